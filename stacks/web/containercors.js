// Answers the preflight of a page of another origin for an origin that knows
// nothing of CORS, where the page's origin is one that may call it. Everything
// else goes on as it came; what CORS wants in its response the response headers
// policy adds.
//
// ORIGINS are put in at synth.
const origins = ORIGINS;

function handler(event) {
  const request = event.request;
  const headers = request.headers;
  const origin = headers.origin ? headers.origin.value : '';
  const method = headers['access-control-request-method'];
  if (request.method !== 'OPTIONS' || !method || !origins.includes(origin)) {
    return request;
  }
  const answer = {
    'access-control-allow-origin': { value: origin },
    'access-control-allow-methods': { value: 'GET, HEAD, POST, PUT, PATCH, DELETE' },
    'access-control-max-age': { value: '86400' },
    'strict-transport-security': { value: 'max-age=63072000' },
    'vary': { value: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers' },
  };
  // A star would not stand for Authorization, and nothing here knows which
  // headers the origin reads.
  const wanted = headers['access-control-request-headers'];
  if (wanted) {
    answer['access-control-allow-headers'] = { value: wanted.value };
  }
  return { statusCode: 204, statusDescription: 'No Content', headers: answer };
}
