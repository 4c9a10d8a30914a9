package apigateway

import (
	"fmt"
	"strings"
)

// IdentitySource is where in a request an authorizer looks for the caller:
// $request.header.authorization, $request.querystring.key, $context.routeKey.
type IdentitySource struct {
	text string
	from sourceKind
	name string // of a header in lower case; of the others as it is written
}

type sourceKind int

const (
	sourceHeader sourceKind = iota
	sourceQuery
	sourceContext
	sourceStageVariable
)

var sourcePrefixes = []struct {
	prefix string
	from   sourceKind
}{
	{"$request.header.", sourceHeader},
	{"$request.querystring.", sourceQuery},
	{"$context.", sourceContext},
	{"$stageVariables.", sourceStageVariable},
}

// String is the identity source as the template has it.
func (s IdentitySource) String() string { return s.text }

// ParseIdentitySource reads an identity source by the rules of "Identity
// sources" in "Working with AWS Lambda authorizers for HTTP APIs".
func ParseIdentitySource(text string) (IdentitySource, error) {
	for _, known := range sourcePrefixes {
		name, ok := strings.CutPrefix(text, known.prefix)
		if !ok {
			continue
		}
		if known.from == sourceHeader {
			name = strings.ToLower(name)
		}
		if name == "" || strings.ContainsAny(name, " \t\r\n,") {
			break
		}
		return IdentitySource{text: text, from: known.from, name: name}, nil
	}
	return IdentitySource{}, fmt.Errorf("identity source %q: want one like $request.header.authorization, $request.querystring.key or $context.routeKey", text)
}

// known says whether the gateway has such values at all: a name that it does
// not have would be missing from every request.
func (s IdentitySource) known() bool {
	switch s.from {
	case sourceStageVariable:
		return false
	case sourceContext:
		return contextVariables[s.name] != nil
	}
	return true
}

// value is what a request has there; empty is the same as missing.
func (s IdentitySource) value(e *event) string {
	switch s.from {
	case sourceHeader:
		if s.name == "cookie" {
			return strings.Join(e.Cookies, "; ")
		}
		return e.Headers[s.name]
	case sourceQuery:
		return e.QueryStringParameters[s.name]
	case sourceContext:
		if variable := contextVariables[s.name]; variable != nil {
			return variable(e)
		}
	}
	return ""
}

// contextVariables are those that are known before a request is authorized
// ("Customizing HTTP API access logs").
var contextVariables = map[string]func(*event) string{
	"accountId":          func(e *event) string { return e.RequestContext.AccountID },
	"apiId":              func(e *event) string { return e.RequestContext.APIID },
	"domainName":         func(e *event) string { return e.RequestContext.DomainName },
	"domainPrefix":       func(e *event) string { return e.RequestContext.DomainPrefix },
	"httpMethod":         func(e *event) string { return e.RequestContext.HTTP.Method },
	"identity.sourceIp":  func(e *event) string { return e.RequestContext.HTTP.SourceIP },
	"identity.userAgent": func(e *event) string { return e.RequestContext.HTTP.UserAgent },
	"path":               func(e *event) string { return e.RawPath },
	"protocol":           func(e *event) string { return e.RequestContext.HTTP.Protocol },
	"requestId":          func(e *event) string { return e.RequestContext.RequestID },
	"requestTime":        func(e *event) string { return e.RequestContext.Time },
	"routeKey":           func(e *event) string { return e.RouteKey },
	"stage":              func(e *event) string { return e.RequestContext.Stage },
}

// bearer is the token in the value of an identity source, which may have the
// scheme before it (§1.9). That a scheme counts in any case is RFC 9110's rule,
// section 11.1.
func bearer(value string) string {
	value = strings.TrimSpace(value)
	const scheme = "bearer"
	if len(value) < len(scheme) || !strings.EqualFold(value[:len(scheme)], scheme) {
		return value
	}
	if rest := value[len(scheme):]; rest == "" || rest[0] == ' ' || rest[0] == '\t' {
		return strings.TrimSpace(rest)
	}
	return value
}

// sourceValues are the values of identity sources, and the first source that
// the request lacks.
func sourceValues(sources []IdentitySource, e *event) (values []string, missing *IdentitySource) {
	for i, source := range sources {
		value := source.value(e)
		if value == "" {
			return nil, &sources[i]
		}
		values = append(values, value)
	}
	return values, nil
}

// missingSource is the answer to a request without an identity source.
func missingSource(source IdentitySource) *failure {
	return unauthorized(fmt.Errorf("the request has no %s", source))
}
