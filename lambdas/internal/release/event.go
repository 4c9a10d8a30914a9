package release

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"maps"
	"net/url"
	"strconv"
	"strings"
	"time"

	"annex/lambdas/internal/httpapi"
)

// A Request is one request of a client's, as the service's API would pass it on.
type Request struct {
	// Route is the route's key, as in the template: "PUT /{cart}/items/{product}". Required.
	Route string

	// Method is the request's.
	// Default: the route's, and GET for a route of every method.
	Method string

	// Path is the request's path below the service's, percent-encoded and with the query, if any: "/ABC/items/tea-towel".
	// Required.
	Path string

	// Header is what the request has besides what the API adds: "If-Match": `"3"`. A body without a Content-Type is JSON.
	Header map[string]string

	// Body is the request's, as text.
	Body string

	// Edit changes the event before it is sent, to give it what an authorizer would have found out about the caller.
	// Default: nothing is changed.
	Edit func(*httpapi.Request)

	// Want is the status that the answer must have.
	// Default: 200.
	Want int
}

func (r Request) want() int { return cmp.Or(r.Want, 200) }

// event is the request in payload format 2.0, as API Gateway sends it. The function's ARN says which account's.
func (r Request) event(function string) (httpapi.Request, error) {
	location, err := url.ParseRequestURI(r.Path)
	if err != nil || !strings.HasPrefix(r.Path, "/") {
		return httpapi.Request{}, fmt.Errorf("path %q: want one below the service's that begins with a slash", r.Path)
	}
	method, template, ok := strings.Cut(r.Route, " ")
	parameters := map[string]string(nil)
	switch {
	case r.Route == "$default":
		method = "ANY"
	case !ok:
		return httpapi.Request{}, fmt.Errorf(`route %q: want a route key of the service's API, such as "GET /{cart}"`, r.Route)
	default:
		if parameters, ok = match(template, location.Path); !ok {
			return httpapi.Request{}, fmt.Errorf("path %q is not one of route %q", location.Path, r.Route)
		}
	}
	if method == "ANY" {
		method = "GET"
	}
	method = cmp.Or(r.Method, method)

	const host = "release-check.invalid"
	now := time.Now().UTC()
	event := httpapi.Request{
		Version:               "2.0",
		RouteKey:              r.Route,
		RawPath:               location.Path,
		RawQueryString:        location.RawQuery,
		Headers:               map[string]string{},
		QueryStringParameters: joined(location.Query()),
		PathParameters:        parameters,
		Body:                  r.Body,
	}
	maps.Copy(event.Headers, map[string]string{
		"accept": "*/*", "content-length": strconv.Itoa(len(r.Body)), "host": host, "user-agent": "annex-release-check",
		"x-forwarded-for": "127.0.0.1", "x-forwarded-port": "443", "x-forwarded-proto": "https",
	})
	if r.Body != "" {
		event.Headers["content-type"] = "application/json"
	}
	for name, value := range r.Header {
		event.Headers[strings.ToLower(name)] = value
	}
	about := &event.RequestContext
	about.RouteKey, about.Stage, about.RequestID = r.Route, "$default", rand.Text()[:15]+"="
	about.AccountID, about.APIID = account(function), "releasecheck"
	about.DomainName, about.DomainPrefix = host, "release-check"
	about.Time, about.TimeEpoch = now.Format("02/Jan/2006:15:04:05 -0700"), now.UnixMilli()
	about.HTTP.Method, about.HTTP.Path, about.HTTP.Protocol = method, location.Path, "HTTP/1.1"
	about.HTTP.SourceIP, about.HTTP.UserAgent = "127.0.0.1", event.Headers["user-agent"]
	if r.Edit != nil {
		r.Edit(&event)
	}
	return event, nil
}

// match gives the parameters of a route's path, such as "/{cart}/items/{product}", in a request's. A last {name+} takes
// all that is left.
func match(template, path string) (parameters map[string]string, ok bool) {
	wanted, given := strings.Split(template, "/"), strings.Split(path, "/")
	for i, segment := range wanted {
		name, isParameter := strings.CutPrefix(segment, "{")
		name = strings.TrimSuffix(name, "}")
		greedy, isGreedy := strings.CutSuffix(name, "+")
		switch {
		case i >= len(given):
			return nil, false
		case !isParameter && segment != given[i]:
			return nil, false
		case !isParameter:
			continue
		case given[i] == "":
			return nil, false
		}
		if parameters == nil {
			parameters = map[string]string{}
		}
		if isGreedy {
			parameters[greedy] = strings.Join(given[i:], "/")
			return parameters, true
		}
		parameters[name] = given[i]
	}
	return parameters, len(wanted) == len(given)
}

// joined are the query's parameters, the values of a repeated one joined by commas.
func joined(query url.Values) map[string]string {
	if len(query) == 0 {
		return nil
	}
	values := make(map[string]string, len(query))
	for name, all := range query {
		values[name] = strings.Join(all, ",")
	}
	return values
}

// account is the account in an ARN.
func account(arn string) string {
	if parts := strings.Split(arn, ":"); len(parts) > 4 {
		return parts[4]
	}
	return ""
}
