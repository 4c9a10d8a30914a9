// Runs dynalite for local/aws, with the transactions and streams that it lacks:
// node -e <dynalite_transactions.js, dynalite_streams.js and this> <package>
// <folder for the data>.
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

  let store // which dynalite keeps to itself
  const db = require(`${module}/db`)
  const { create } = db
  db.create = (options) => { store = create(options); return store }
  const server = dynalite({ path, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 })
  server.keepAliveTimeout = 0 // the proxy in front decides how long a connection lives
  const { write, operations } = await streams(module, store)
  answering(server, { ...transactions(module, store, write), ...operations })
  onlyPrograms(server)
  server.listen(0, '127.0.0.1', () => console.log(server.address().port))
  process.stdin.resume().on('end', () => {
    server.close(() => process.exit())
    server.closeAllConnections()
  })
}

// answering answers requests for the operations, and leaves the others to the
// server. Who may ask, and that the request is JSON, the proxy in front knows.
function answering (server, operations) {
  const [answer] = server.listeners('request')
  server.removeAllListeners('request').on('request', (request, response) => {
    const [, name] = (request.headers['x-amz-target'] || '').split('.')
    if (!Object.hasOwn(operations, name)) {
      answer(request, response)
      return
    }
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    json(request).then((data) => operations[name](data, gone.signal)).then(
      (out) => reply(response, 200, out),
      (err) => reply(response, err.statusCode || 500, err.body ||
        { __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError', message: err.message }))
  })
}

async function json (request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return JSON.parse(Buffer.concat(chunks).toString() || '{}')
}

function reply (response, status, out) {
  const body = JSON.stringify(out)
  response.writeHead(status, {
    'Content-Type': 'application/x-amz-json-1.0',
    'Content-Length': Buffer.byteLength(body),
    'x-amzn-RequestId': require('crypto').randomUUID(),
    'x-amz-crc32': require('zlib').crc32(body),
  })
  response.end(body)
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
