// Serves a folder's index.html for the folder's address: "/basket" and
// "/basket/" give /basket/index.html. Without it S3 knows no folders.
function handler(event) {
  const request = event.request;
  if (request.uri.endsWith('/')) {
    request.uri += 'index.html';
  } else if (!request.uri.split('/').pop().includes('.')) {
    request.uri += '/index.html';
  }
  return request;
}
