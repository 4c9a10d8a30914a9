package httpapi

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxBody is the size of the largest body that Decode takes, in bytes.
const MaxBody = 16 << 10

// Decode reads the request's JSON body, an object, into v, a pointer to a struct. It is strict, for a misspelt or
// doubled field is a mistake that the sender wants to hear of. The error is a *Problem that names the field at fault:
// status 413 for a body over MaxBody, 415 for one that is not application/json, 400 for all else.
//
// A field that is missing or null leaves v's as it was: give v a pointer where that matters.
func Decode(request Request, v any) error {
	body, err := readBody(request)
	if err != nil {
		return err
	}
	if mediaType, _, err := mime.ParseMediaType(request.Headers["content-type"]); err != nil || mediaType != "application/json" {
		return &Problem{
			Status: http.StatusUnsupportedMediaType,
			Detail: "The body must be application/json.",
			Errors: []FieldError{{Field: "Content-Type", Detail: "must be application/json"}},
		}
	}
	if !ValidText(string(body)) {
		return Invalid("body", "must be valid UTF-8")
	}
	content := bytes.TrimLeft(body, " \t\r\n")
	switch {
	case len(content) == 0:
		return Invalid("body", "is missing, must be a JSON object")
	case content[0] != '{':
		return Invalid("body", "must be a JSON object")
	}

	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		return decodeProblem(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Invalid("body", fmt.Sprintf("must end after its JSON object, at byte %d", decoder.InputOffset()))
	}
	if name, found := repeatedName(json.NewDecoder(bytes.NewReader(body))); found {
		return Invalid(name, "must be given once")
	}
	return nil
}

// readBody is the request's body as its sender wrote it. The error is a *Problem: status 413 where it is over MaxBody, 400
// where the event's base64 is damaged.
func readBody(request Request) ([]byte, error) {
	body := []byte(request.Body)
	if request.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(request.Body); err != nil {
			return nil, Invalid("body", "must be valid base64 where the event says that it is base64")
		}
	}
	if len(body) > MaxBody {
		return nil, &Problem{
			Status: http.StatusRequestEntityTooLarge,
			Detail: fmt.Sprintf("The body must be no larger than %d bytes, was %d.", MaxBody, len(body)),
			Errors: []FieldError{{Field: "body", Detail: fmt.Sprintf("must be no larger than %d bytes, was %d", MaxBody, len(body))}},
		}
	}
	return body, nil
}

// ValidText tells whether text from a request is what its sender wrote in UTF-8. Invalid bytes do not reach a
// handler: in the JSON of the event they have become U+FFFD, which therefore counts as invalid too.
func ValidText(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsRune(text, utf8.RuneError)
}

func decodeProblem(err error) *Problem {
	if wrongType, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return Invalid(wrongType.Field, typeDetail(wrongType))
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return Invalid("body", fmt.Sprintf("must be valid JSON: %v, at byte %d", syntax, syntax.Offset))
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return Invalid("body", "must be valid JSON: it ends too early")
	}
	// encoding/json has no type for this error, only its text.
	if quoted, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		if name, err := strconv.Unquote(quoted); err == nil {
			return Invalid(name, "is not a field of this request")
		}
	}
	return Invalid("body", "must be valid JSON of this request: "+err.Error())
}

func typeDetail(err *json.UnmarshalTypeError) string {
	want := "of another type"
	number, isNumber := strings.CutPrefix(err.Value, "number ")
	switch err.Type.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		want = "a whole number"
		if isNumber && !strings.ContainsAny(number, ".eE") {
			want = "a whole number closer to zero"
		}
	case reflect.Float32, reflect.Float64:
		want = "a number"
	case reflect.String:
		want = "a string"
	case reflect.Bool:
		want = "true or false"
	case reflect.Slice, reflect.Array:
		want = "an array"
	case reflect.Struct, reflect.Map:
		want = "an object"
	}
	if isNumber {
		return fmt.Sprintf("must be %s, was %.40s", want, number)
	}
	return fmt.Sprintf("must be %s, was of JSON type %s", want, err.Value)
}

// repeatedName finds a name that one object of the next value has twice, of which encoding/json would take the last.
// Like encoding/json it takes names that differ only in case for the same.
func repeatedName(decoder *json.Decoder) (name string, found bool) {
	start, err := decoder.Token()
	if err != nil || start != json.Delim('{') && start != json.Delim('[') {
		return "", false
	}
	names := map[string]bool{}
	for decoder.More() {
		if start == json.Delim('{') {
			token, err := decoder.Token()
			if err != nil {
				return "", false
			}
			name := token.(string)
			folded := strings.ToLower(strings.ToUpper(name))
			if names[folded] {
				return name, true
			}
			names[folded] = true
		}
		if name, found := repeatedName(decoder); found {
			return name, true
		}
	}
	_, _ = decoder.Token() // the closing bracket, of a document known to be valid
	return "", false
}
