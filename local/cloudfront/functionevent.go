package cloudfront

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja"
)

// functionEvent is what a handler gets, and functionResult what it returns
// ("CloudFront Functions event structure").
type functionEvent struct {
	distributionDomainName, distributionID string
	eventType, requestID, viewerIP         string
	request                                functionRequest
	response                               *functionResponse // nil at viewer-request
}

// functionResult has one of the two.
type functionResult struct {
	request  *functionRequest
	response *functionResponse
}

type functionRequest struct {
	method, uri                   string
	querystring, headers, cookies []field
}

type functionResponse struct {
	statusCode        int
	statusDescription string
	headers, cookies  []field
	body              *string // the bytes; nil: the function gave none
}

// field is one query string, header or cookie. All its values are in values;
// of most there is one.
type field struct {
	name   string
	values []fieldValue
}

type fieldValue struct{ value, attributes string }

// invalidError is a result that CloudFront does not take.
type invalidError struct{ reason string }

func (e *invalidError) Error() string { return e.reason }

func invalid(format string, arguments ...any) error {
	return &invalidError{reason: fmt.Sprintf(format, arguments...)}
}

// pairs turns "a=1&b=2", or a Cookie header's "a=1; b=2", into fields. Names
// and values stay as they are encoded.
func pairs(text, separator string) []field {
	var fields []field
	for part := range strings.SplitSeq(text, separator) {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		name, value, _ := strings.Cut(toUTF8(part), "=")
		fields = addValue(fields, name, fieldValue{value: value})
	}
	return fields
}

// addValue adds a value to the field with the name, which may be new.
func addValue(fields []field, name string, value fieldValue) []field {
	i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
	if i < 0 {
		return append(fields, field{name: name, values: []fieldValue{value}})
	}
	fields[i].values = append(fields[i].values, value)
	return fields
}

// joined is the opposite of pairs.
func joined(fields []field, separator string) string {
	var parts []string
	for _, f := range fields {
		for _, v := range f.values {
			parts = append(parts, f.name+"="+v.value)
		}
	}
	return strings.Join(parts, separator)
}

// headerFields are the headers that a function sees, by name: lower case,
// without cookies and without those that are kept from functions.
func headerFields(h http.Header) []field {
	var fields []field
	for name, values := range h {
		lower := strings.ToLower(name)
		if lower == "cookie" || lower == "set-cookie" || isDisallowed(lower) {
			continue
		}
		for _, v := range values {
			fields = addValue(fields, lower, fieldValue{value: toUTF8(v)})
		}
	}
	slices.SortFunc(fields, func(a, b field) int { return strings.Compare(a.name, b.name) })
	return fields
}

// toUTF8 takes what is not UTF-8 for ISO-8859-1 ("URI and query string
// encoding").
func toUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}

// setCookieFields are a response's cookies as a function sees them.
func setCookieFields(lines []string) []field {
	var fields []field
	for _, line := range lines {
		cookie, attributes, _ := strings.Cut(line, ";")
		name, value, _ := strings.Cut(toUTF8(cookie), "=")
		fields = addValue(fields, strings.TrimSpace(name), fieldValue{value: strings.TrimSpace(value), attributes: strings.TrimSpace(attributes)})
	}
	return fields
}

// setCookieLines is the opposite of setCookieFields.
func setCookieLines(fields []field) []string {
	var lines []string
	for _, f := range fields {
		for _, v := range f.values {
			line := f.name + "=" + v.value
			if v.attributes != "" {
				line += "; " + v.attributes
			}
			lines = append(lines, line)
		}
	}
	return lines
}

// event is the object that the handler gets.
func (m *machine) event(e functionEvent) *goja.Object {
	event := m.object("version", "1.0",
		"context", m.object(
			"distributionDomainName", e.distributionDomainName, "distributionId", e.distributionID,
			"eventType", e.eventType, "requestId", e.requestID),
		"viewer", m.object("ip", e.viewerIP),
		"request", m.object(
			"method", e.request.method, "uri", e.request.uri, "querystring", m.fields(e.request.querystring),
			"headers", m.fields(e.request.headers), "cookies", m.fields(e.request.cookies)))
	if r := e.response; r != nil {
		must(event.Set("response", m.object(
			"statusCode", r.statusCode, "statusDescription", r.statusDescription,
			"headers", m.fields(r.headers), "cookies", m.fields(r.cookies))))
	}
	return event
}

// object is a new object with the names and values in turn.
func (m *machine) object(namesAndValues ...any) *goja.Object {
	o := m.vm.NewObject()
	for i := 0; i+1 < len(namesAndValues); i += 2 {
		name, _ := namesAndValues[i].(string)
		must(o.Set(name, namesAndValues[i+1]))
	}
	return o
}

func (m *machine) fields(fields []field) *goja.Object {
	o := m.vm.NewObject()
	for _, f := range fields {
		entry := m.fieldValue(f.values[0])
		if len(f.values) > 1 {
			values := make([]any, len(f.values))
			for i, v := range f.values {
				values[i] = m.fieldValue(v)
			}
			must(entry.Set("multiValue", m.vm.NewArray(values...)))
		}
		must(o.Set(f.name, entry))
	}
	return o
}

func (m *machine) fieldValue(v fieldValue) *goja.Object {
	o := m.object("value", v.value)
	if v.attributes != "" {
		must(o.Set("attributes", v.attributes))
	}
	return o
}

// must holds for setting properties of new objects, which cannot fail; a
// failure ends the run like anything that is thrown.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
