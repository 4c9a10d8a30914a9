package release

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"annex/lambdas/internal/httpapi"
)

func TestPathParametersAreThoseOfTheRoute(t *testing.T) {
	type parameters = map[string]string
	for _, test := range []struct {
		route, path string
		want        parameters
		ok          bool
	}{
		{"GET /", "/", nil, true},
		{"GET /", "/a", nil, false},
		{"GET /health", "/health", nil, true},
		{"GET /health", "/healthy", nil, false},
		{"GET /{cart}", "/", nil, false},
		{"GET /{cart}", "/a", parameters{"cart": "a"}, true},
		{"GET /{cart}", "/caf%C3%A9", parameters{"cart": "café"}, true},
		{"GET /{cart}", "/a/b", nil, false},
		{"GET /{cart}/items/{product}", "/a/items/b", parameters{"cart": "a", "product": "b"}, true},
		{"GET /{cart}/items/{product}", "/a/orders/b", nil, false},
		{"GET /{cart}/items/{product}", "/a/items", nil, false},
		{"ANY /files/{path+}", "/files/a/b", parameters{"path": "a/b"}, true},
		{"ANY /files/{path+}", "/files", nil, false},
		{"$default", "/any/thing", nil, true},
	} {
		event, err := Request{Route: test.route, Path: test.path}.event("")
		if (err == nil) != test.ok || !cmp.Equal(event.PathParameters, test.want) {
			t.Errorf("%s of %s: parameters %v, error %v", test.path, test.route, event.PathParameters, err)
		}
		if err == nil && event.RequestContext.HTTP.Method != "GET" {
			t.Errorf("%s: method %s", test.route, event.RequestContext.HTTP.Method)
		}
	}
}

func TestRequestMayBeMadeAnyOther(t *testing.T) {
	event, err := Request{
		Route: "ANY /{cart}", Path: "/a?q=b&q=c", Method: "POST", Body: "<a/>", Header: map[string]string{"Content-Type": "text/xml"},
		Edit: func(r *httpapi.Request) { r.RequestContext.AccountID = "edited" },
	}.event("arn:aws:lambda:eu-west-1:123456789012:function:cart")
	if err != nil {
		t.Fatal(err)
	}
	if event.RequestContext.HTTP.Method != "POST" || event.Headers["content-type"] != "text/xml" || event.QueryStringParameters["q"] != "b,c" || event.RequestContext.AccountID != "edited" {
		t.Errorf("event is %+v", event)
	}
}
