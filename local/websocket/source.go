package websocket

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Source is an identity source of an authorizer, such as
// route.request.querystring.cart (AWS::ApiGatewayV2::Authorizer,
// "IdentitySource": without the $ that those of HTTP APIs begin with).
type Source struct{ from, name string }

const (
	fromHeader   = "route.request.header."
	fromQuery    = "route.request.querystring."
	fromVariable = "stageVariables."
)

func (s Source) String() string { return s.from + s.name }

// ParseSource reads an identity source.
func ParseSource(text string) (Source, error) {
	for _, from := range []string{fromHeader, fromQuery, fromVariable} {
		if name, ok := strings.CutPrefix(text, from); ok && name != "" && !strings.ContainsAny(name, " \t\r\n,") {
			return Source{from, name}, nil
		}
	}
	return Source{}, fmt.Errorf("identity source %q: want one like route.request.querystring.cart, route.request.header.Authorization or stageVariables.name", text)
}

// value is what a request has there; empty is the same as missing.
func (s Source) value(header http.Header, query url.Values, variables map[string]string) string {
	switch s.from {
	case fromHeader:
		return header.Get(s.name)
	case fromQuery:
		return query.Get(s.name)
	}
	return variables[s.name]
}
