package apigateway

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// response is an answer to a client.
type response struct {
	status int
	header http.Header
	body   []byte
}

// contentJSON is the Content-Type of every answer that no function gave one.
const contentJSON = "application/json"

// newResponse makes the response of a function's result in payload format
// 2.0 (§1.5). An error means that API Gateway cannot read the result and
// answers 500; it says what is wrong with it.
//
// A result that is not JSON is such an error. One emulator claims that it is
// sent as it is; but the runtimes that it was tried with only return JSON.
func newResponse(payload []byte) (response, error) {
	var err error
	switch first := bytes.TrimLeft(payload, " \t\r\n"); {
	case bytes.HasPrefix(first, []byte("{")):
		var fields map[string]json.RawMessage // not a struct: field names are case-sensitive
		if err = json.Unmarshal(payload, &fields); err == nil && present(fields["statusCode"]) {
			return structured(fields)
		}
	case bytes.HasPrefix(first, []byte(`"`)):
		var text string
		if err = json.Unmarshal(payload, &text); err == nil {
			return jsonResponse(http.StatusOK, []byte(text)), nil
		}
	default:
		err = json.Unmarshal(payload, new(json.RawMessage))
	}
	if err != nil {
		return response{}, fmt.Errorf("the result is not JSON (%w): %.200q", err, payload)
	}
	return jsonResponse(http.StatusOK, payload), nil
}

func jsonResponse(status int, body []byte) response {
	return response{status: status, header: http.Header{"Content-Type": {contentJSON}}, body: body}
}

// present says that a field is there and not null. Go functions write null
// for what they do not set.
func present(field json.RawMessage) bool {
	return len(field) > 0 && !bytes.Equal(field, []byte("null"))
}

// structured makes the response of a result that has a status code.
// multiValueHeaders belongs to format 1.0 and counts for nothing.
func structured(fields map[string]json.RawMessage) (response, error) {
	var (
		r   response
		err error
	)
	if r.status, err = statusCode(fields["statusCode"]); err != nil {
		return response{}, err
	}
	if r.header, err = responseHeader(fields["headers"], fields["cookies"]); err != nil {
		return response{}, err
	}
	if r.body, err = responseBody(fields["body"], fields["isBase64Encoded"]); err != nil {
		return response{}, err
	}
	return r, nil
}

// statusCode is a whole number, or one in a string as AWS's own sample has
// it. What is not a final HTTP status is refused: 0, which a Go function
// leaves when it sets none, and 200.5 were seen to give 500 (aws-lambda-dotnet,
// ApiGatewayResponseTestCases); the exact bounds are not known.
func statusCode(field json.RawMessage) (int, error) {
	status, err := strconv.Atoi(strings.Trim(string(field), `"`))
	if err != nil || status < 200 || status > 599 {
		return 0, fmt.Errorf("statusCode %s, want a whole number from 200 to 599", field)
	}
	return status, nil
}

// responseHeader makes the headers. Cookies come before a Set-Cookie among
// the headers, both are sent.
func responseHeader(headers, cookies json.RawMessage) (http.Header, error) {
	header := http.Header{}
	if present(cookies) {
		var values []string
		if err := json.Unmarshal(cookies, &values); err != nil {
			return nil, fmt.Errorf("cookies %.200s, want a list of strings", cookies)
		}
		for _, cookie := range values {
			if !validValue(cookie) {
				return nil, fmt.Errorf("cookie %.200q holds a control character", cookie)
			}
			header.Add("Set-Cookie", cookie)
		}
	}
	if present(headers) {
		var values map[string]json.RawMessage
		if err := json.Unmarshal(headers, &values); err != nil {
			return nil, fmt.Errorf("headers %.200s, want an object of strings", headers)
		}
		// Sorted, so that of two spellings of one name the same one wins always.
		for _, name := range slices.Sorted(maps.Keys(values)) {
			if err := addHeader(header, name, values[name]); err != nil {
				return nil, err
			}
		}
	}
	if _, given := header["Content-Type"]; !given {
		header.Set("Content-Type", "text/plain; charset=utf-8")
	}
	return header, nil
}

func addHeader(header http.Header, name string, field json.RawMessage) error {
	if !present(field) {
		return nil
	}
	value, err := headerValue(field)
	switch {
	case err != nil:
		return fmt.Errorf("header %s: %w", name, err)
	case !validName(name):
		return fmt.Errorf("header name %.100q is not a token", name)
	case !validValue(value):
		return fmt.Errorf("header %s holds a control character", name)
	}
	switch name := http.CanonicalHeaderKey(name); name {
	case "Connection", "Content-Length", "Date", "Upgrade", "Transfer-Encoding": // the gateway's own (§1.5)
	case "Set-Cookie":
		header.Add(name, value)
	default:
		header.Set(name, value)
	}
	return nil
}

// headerValue takes a number and a boolean as their text. Nothing says what
// AWS does with them, and a Go function only has strings to give.
func headerValue(field json.RawMessage) (string, error) {
	switch field[0] {
	case '"':
		var text string
		err := json.Unmarshal(field, &text)
		return text, err
	case '{', '[':
		return "", fmt.Errorf("value %.200s, want a string", field)
	}
	return string(field), nil
}

func responseBody(body, isBase64 json.RawMessage) ([]byte, error) {
	var (
		text    string
		encoded bool
	)
	if present(body) && json.Unmarshal(body, &text) != nil {
		return nil, fmt.Errorf("body %.200s, want a string", body)
	}
	if present(isBase64) && json.Unmarshal(isBase64, &encoded) != nil {
		return nil, fmt.Errorf("isBase64Encoded %.200s, want true or false", isBase64)
	}
	if !encoded {
		return []byte(text), nil
	}
	decoded, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, errors.New("body is not base64, though isBase64Encoded is true")
	}
	return decoded, nil
}

// validName says that a header's name is a token (RFC 9110, section 5.6.2).
func validName(name string) bool {
	for i := range len(name) {
		c := name[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return name != ""
}

// validValue says that a header's value has no control character but tab.
func validValue(value string) bool {
	for i := range len(value) {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
