// Runs dynalite for local/aws: node -e <this> <package> <folder for the data>.
// Its own command line cannot take a free port, and does not say why it cannot
// use its folder. This prints the port, and ends, with the data on disk, when
// its standard input does: when whoever started it closes that, ends, or is
// killed.
const [, module, path] = process.argv
const dynalite = require(module)
const { Level } = require(require.resolve('level', { paths: [module] }))

process.on('SIGINT', () => {}) // Ctrl-C reaches every process of a terminal; whoever started this says when

async function main () {
  const level = new Level(path)
  await level.open()
  await level.close()

  const server = dynalite({ path, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 })
  server.keepAliveTimeout = 0 // the proxy in front decides how long a connection lives
  onlyPrograms(server)
  server.listen(0, '127.0.0.1', () => console.log(server.address().port))
  process.stdin.resume().on('end', () => {
    server.close(() => process.exit())
    server.closeAllConnections()
  })
}

// onlyPrograms refuses what browsers send: dynalite itself lets the pages of
// every origin read and write, and answers whatever name they resolve to this
// machine. The proxy in front sends this Host, and neither of these headers.
function onlyPrograms (server) {
  const [answer] = server.listeners('request')
  let address
  server.on('listening', () => { address = `127.0.0.1:${server.address().port}` })
  server.removeAllListeners('request').on('request', (request, response) => {
    const { host, origin, 'sec-fetch-site': site } = request.headers
    if (host !== address || origin !== undefined || site !== undefined) {
      request.resume()
      response.writeHead(403).end('only local mode may ask this DynamoDB\n')
      return
    }
    answer(request, response)
  })
}

main().catch((err) => {
  console.error(`Error: ${(err.cause || err).message}`)
  process.exit(1)
})
