package httpapi

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// order has a field of every kind that typeDetail words.
type order struct {
	Quantity *int     `json:"quantity"`
	Note     string   `json:"note"`
	Gift     bool     `json:"gift"`
	Weight   float64  `json:"weight"`
	Codes    []string `json:"codes"`
	To       struct {
		Floor int8 `json:"floor"`
	} `json:"to"`
}

func jsonRequest(body string) Request {
	return Request{Headers: map[string]string{"content-type": "application/json"}, Body: body}
}

func TestDecodeReadsTheBody(t *testing.T) {
	body := `{"quantity": 2, "note": "für Zoë", "to": {"floor": -1}}`
	two := 2
	want := order{Quantity: &two, Note: "für Zoë"}
	want.To.Floor = -1

	withParameter := jsonRequest(body)
	withParameter.Headers["content-type"] = "Application/JSON; charset=utf-8"
	inBase64 := jsonRequest(base64.StdEncoding.EncodeToString([]byte(body)))
	inBase64.IsBase64Encoded = true

	for name, request := range map[string]Request{
		"as text":               jsonRequest(body),
		"with white space":      jsonRequest("\r\n\t " + body + " \n"),
		"with type parameters":  withParameter,
		"in base64":             inBase64,
		"as large as it may be": jsonRequest(body + strings.Repeat(" ", MaxBody-len(body))),
	} {
		t.Run(name, func(t *testing.T) {
			var got order
			if err := Decode(request, &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("decoded (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecodeNamesTheFieldAtFault(t *testing.T) {
	typed := func(contentType string) Request {
		return Request{Headers: map[string]string{"content-type": contentType}, Body: `{"quantity":2}`}
	}
	damaged := jsonRequest("{!}")
	damaged.IsBase64Encoded = true
	bytes := jsonRequest(base64.StdEncoding.EncodeToString([]byte("{\"note\":\"\xff\"}")))
	bytes.IsBase64Encoded = true
	largeInBase64 := jsonRequest(base64.StdEncoding.EncodeToString([]byte(strings.Repeat(" ", MaxBody+1))))
	largeInBase64.IsBase64Encoded = true

	for name, test := range map[string]struct {
		request Request
		status  int
		field   string
		detail  string // part of it
	}{
		"no content type":          {Request{Body: `{}`}, 415, "Content-Type", "application/json"},
		"another content type":     {typed("text/plain"), 415, "Content-Type", "application/json"},
		"a malformed content type": {typed("application/json; ="), 415, "Content-Type", "application/json"},
		"a form":                   {typed("application/x-www-form-urlencoded"), 415, "Content-Type", "application/json"},

		"too large":           {jsonRequest(strings.Repeat(" ", MaxBody+1)), 413, "body", "16384 bytes, was 16385"},
		"too large in base64": {largeInBase64, 413, "body", "16384 bytes, was 16385"},

		"damaged base64":            {damaged, 400, "body", "base64"},
		"invalid UTF-8":             {bytes, 400, "body", "UTF-8"},
		"invalid UTF-8 as replaced": {jsonRequest("{\"note\":\"\ufffd\"}"), 400, "body", "UTF-8"},

		"no body":           {jsonRequest(""), 400, "body", "is missing"},
		"an empty body":     {jsonRequest(" \n"), 400, "body", "is missing"},
		"null":              {jsonRequest(`null`), 400, "body", "JSON object"},
		"an array":          {jsonRequest(`[{"quantity":2}]`), 400, "body", "JSON object"},
		"no JSON":           {jsonRequest(`quantity=2`), 400, "body", "JSON object"},
		"cut off":           {jsonRequest(`{"quantity":2`), 400, "body", "ends too early"},
		"a syntax error":    {jsonRequest(`{"quantity":2,}`), 400, "body", "at byte 15"},
		"a second value":    {jsonRequest(`{"quantity":2}{"quantity":3}`), 400, "body", "must end after"},
		"trailing garbage":  {jsonRequest(`{"quantity":2}]`), 400, "body", "must end after"},
		"an unknown field":  {jsonRequest(`{"quantity":2,"prize":1}`), 400, "prize", "not a field"},
		"a nested unknown":  {jsonRequest(`{"to":{"door":1}}`), 400, "door", "not a field"},
		"an odd unknown":    {jsonRequest(`{"a \"b\" é":1}`), 400, `a "b" é`, "not a field"},
		"a field twice":     {jsonRequest(`{"quantity":2,"quantity":3}`), 400, "quantity", "once"},
		"a field in cases":  {jsonRequest(`{"quantity":2,"Quantity":3}`), 400, "Quantity", "once"},
		"a nested twice":    {jsonRequest(`{"codes":["a"],"to":{"floor":1,"floor":2}}`), 400, "floor", "once"},
		"a fraction":        {jsonRequest(`{"quantity":1.5}`), 400, "quantity", "must be a whole number, was 1.5"},
		"an exponent":       {jsonRequest(`{"quantity":1e2}`), 400, "quantity", "must be a whole number, was 1e2"},
		"a huge number":     {jsonRequest(`{"to":{"floor":1000}}`), 400, "to.floor", "closer to zero, was 1000"},
		"text for number":   {jsonRequest(`{"quantity":"2"}`), 400, "quantity", "must be a whole number, was of JSON type string"},
		"number for text":   {jsonRequest(`{"note":2}`), 400, "note", "must be a string"},
		"text for a truth":  {jsonRequest(`{"gift":"yes"}`), 400, "gift", "must be true or false"},
		"text for a weight": {jsonRequest(`{"weight":"2"}`), 400, "weight", "must be a number"},
		"object for list":   {jsonRequest(`{"codes":{}}`), 400, "codes", "must be an array"},
		"list for object":   {jsonRequest(`{"to":[]}`), 400, "to", "must be an object"},
	} {
		t.Run(name, func(t *testing.T) {
			var problem *Problem
			if err := Decode(test.request, &order{}); !errors.As(err, &problem) {
				t.Fatalf("error is %v, want a problem", err)
			}
			if problem.Status != test.status {
				t.Errorf("status is %d, want %d", problem.Status, test.status)
			}
			if len(problem.Errors) != 1 || problem.Errors[0].Field != test.field || !strings.Contains(problem.Errors[0].Detail, test.detail) {
				t.Errorf("errors are %+v, want field %q with %q", problem.Errors, test.field, test.detail)
			}
		})
	}
}

// What Decode accepts is JSON that a plain decoder reads as the same; what it refuses, it refuses with a client error
// that names a field.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"quantity":2}`, `{"quantity":2,"quantity":3}`, `{"quantity":1.5}`, `{"x":{}}`, `[`, `{"codes":["a",null]}`,
		"{\"note\":\"\xff\"}", `{"to":{"floor":1,"Floor":2}}`, `{} {}`, `{"note":"\ud800"}`, strings.Repeat(`{"to":`, 50),
	} {
		f.Add(seed, "application/json")
	}
	f.Add(`{}`, "text/plain")
	f.Fuzz(func(t *testing.T, body, contentType string) {
		var got, want order
		err := Decode(Request{Headers: map[string]string{"content-type": contentType}, Body: body}, &got)
		if err == nil {
			if err := json.Unmarshal([]byte(body), &want); err != nil {
				t.Fatalf("accepted %q: %v", body, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("decoded %q (-want +got):\n%s", body, diff)
			}
			return
		}
		var problem *Problem
		if !errors.As(err, &problem) {
			t.Fatalf("refused %q with %v, want a problem", body, err)
		}
		if problem.Status < http.StatusBadRequest || problem.Status >= http.StatusInternalServerError || len(problem.Errors) != 1 || problem.Errors[0].Detail == "" {
			t.Errorf("refused %q with %v, errors %+v", body, problem, problem.Errors)
		}
	})
}
