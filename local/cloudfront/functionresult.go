package cloudfront

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"

	"github.com/dop251/goja"
)

// result reads what a handler returned for an event: a response has a status
// code, anything else must be a request.
func (m *machine) result(v goja.Value, e functionEvent) (functionResult, error) {
	o, ok := v.(*goja.Object)
	if !ok {
		return functionResult{}, invalid("want a request or a response, got %s", describe(v))
	}
	if isSet(o.Get("statusCode")) {
		var was functionResponse
		if e.response != nil {
			was = *e.response
		}
		response, err := readResponse(o, was)
		return functionResult{response: response}, err
	}
	r := &functionRequest{}
	var err [5]error
	r.method, err[0] = readText(o, "method")
	r.uri, err[1] = readText(o, "uri")
	r.querystring, err[2] = readFields(o, "querystring", e.request.querystring)
	r.headers, err[3] = readFields(o, "headers", e.request.headers)
	r.cookies, err[4] = readFields(o, "cookies", e.request.cookies)
	return functionResult{request: r}, cmp.Or(err[:]...)
}

func readResponse(o *goja.Object, was functionResponse) (*functionResponse, error) {
	status, ok := o.Get("statusCode").Export().(int64)
	if !ok || status < 200 || status > 599 {
		return nil, invalid("statusCode is %s, want a whole number from 200 to 599", describe(o.Get("statusCode")))
	}
	r := &functionResponse{statusCode: int(status)}
	var err [4]error
	if isSet(o.Get("statusDescription")) {
		r.statusDescription, err[0] = readText(o, "statusDescription")
	}
	r.headers, err[1] = readFields(o, "headers", was.headers)
	r.cookies, err[2] = readFields(o, "cookies", was.cookies)
	r.body, err[3] = readBody(o.Get("body"))
	return r, cmp.Or(err[:]...)
}

// readBody reads a body, which is text, or text and its encoding.
func readBody(v goja.Value) (*string, error) {
	if !isSet(v) {
		return nil, nil
	}
	if s, ok := v.(goja.String); ok {
		text := s.String()
		return &text, nil
	}
	o, ok := v.(*goja.Object)
	if !ok {
		return nil, invalid("body is %s, want a string or an object", describe(v))
	}
	data, err := readText(o, "data")
	if err != nil {
		return nil, invalid("body: %v", err)
	}
	switch encoding, _ := readText(o, "encoding"); encoding {
	case "text":
	case "base64":
		decoded, err := base64.StdEncoding.DecodeString(data)
		if err != nil {
			return nil, invalid("body: %v", err)
		}
		data = string(decoded)
	default:
		return nil, invalid("body.encoding is %s, want \"text\" or \"base64\"", describe(o.Get("encoding")))
	}
	return &data, nil
}

// readFields reads querystring, headers or cookies, which were something
// before the function ran. What is not there at all is empty.
func readFields(parent *goja.Object, name string, was []field) ([]field, error) {
	value := parent.Get(name)
	if !isSet(value) {
		return nil, nil
	}
	o, ok := value.(*goja.Object)
	if !ok {
		return nil, invalid("%s is %s, want an object", name, describe(value))
	}
	var fields []field
	for _, key := range o.Keys() {
		var before []fieldValue
		if i := slices.IndexFunc(was, func(f field) bool { return f.name == key }); i >= 0 {
			before = was[i].values
		}
		values, err := readValues(o.Get(key), before)
		if err != nil {
			return nil, invalid("%s[%q]: %v", name, key, err)
		}
		fields = append(fields, field{name: key, values: values})
	}
	return fields, nil
}

// readValues reads the value of one field, or its values. A changed multiValue
// counts, and only beside an unchanged one does value, which is the first of
// them.
func readValues(v goja.Value, before []fieldValue) ([]fieldValue, error) {
	entry, ok := v.(*goja.Object)
	if !ok {
		return nil, fmt.Errorf("it is %s, want an object with a value", describe(v))
	}
	list, ok := entry.Get("multiValue").(*goja.Object)
	if !ok || len(list.Keys()) == 0 {
		first, err := readValue(entry)
		return []fieldValue{first}, err
	}
	var values []fieldValue
	for _, index := range list.Keys() {
		value, err := readValue(list.Get(index))
		if err != nil {
			return nil, fmt.Errorf("multiValue[%s]: %w", index, err)
		}
		values = append(values, value)
	}
	if slices.Equal(values, before) {
		first, err := readValue(entry)
		if err != nil {
			return nil, err
		}
		values[0] = first
	}
	return values, nil
}

func readValue(v goja.Value) (fieldValue, error) {
	o, ok := v.(*goja.Object)
	if !ok {
		return fieldValue{}, fmt.Errorf("it is %s, want an object with a value", describe(v))
	}
	var value fieldValue
	var err error
	if value.value, err = readText(o, "value"); err != nil {
		return value, err
	}
	if isSet(o.Get("attributes")) {
		value.attributes, err = readText(o, "attributes")
	}
	return value, err
}

func readText(o *goja.Object, name string) (string, error) {
	s, ok := o.Get(name).(goja.String)
	if !ok {
		return "", invalid("%s is %s, want a string", name, describe(o.Get(name)))
	}
	return s.String(), nil
}

func isSet(v goja.Value) bool { return v != nil && !goja.IsUndefined(v) && !goja.IsNull(v) }

func describe(v goja.Value) string {
	if v == nil {
		return "undefined"
	}
	if s, ok := v.(goja.String); ok {
		return fmt.Sprintf("%q", s.String())
	}
	return v.String()
}
