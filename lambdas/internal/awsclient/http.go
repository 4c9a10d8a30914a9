package awsclient

import (
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// readOnlyBodies sends requests without the WriteTo of their bodies.
//
// The SDK closes a request's body once the response's header has arrived, and what its body then answers to WriteTo is
// an error, io.EOF (to Read it is the plain end, as it should be; smithy-go 1.28.8, transport/http/internal/io/safe.go).
// Where net/http has yet to look for the end of the body, it takes that for a request that failed, and closes the
// connection: the next request must connect again, and the rest of a response over 4 KB is lost. Against a local
// DynamoDB that was one or two requests in a hundred.
type readOnlyBodies struct{ client aws.HTTPClient }

func (c readOnlyBodies) Do(request *http.Request) (*http.Response, error) {
	if request.Body != nil && request.Body != http.NoBody {
		request.Body = struct{ io.ReadCloser }{request.Body}
	}
	return c.client.Do(request)
}
