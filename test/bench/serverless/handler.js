// What the cart answers to GET /not-a-cart, which make bench puts into the environment.
exports.get = async () => ({
  statusCode: 404,
  headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
  body: process.env.BODY,
})
