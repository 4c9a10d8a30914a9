package main

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"
)

var site = authorizer{[]string{"https://www.dev.example.com", "https://admin.example.com"}}

func connect(t *testing.T) (event events.APIGatewayCustomAuthorizerRequestTypeRequest) {
	t.Helper()
	text, err := os.ReadFile("testdata/connect.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &event); err != nil {
		t.Fatal(err)
	}
	return event
}

func TestPageOfTheSiteHearsOfItsCart(t *testing.T) {
	answer, err := site.authorize(t.Context(), connect(t))
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(answer)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"principalId":"page","policyDocument":{"Version":"2012-10-17","Statement":[` +
		`{"Action":["execute-api:Invoke"],"Effect":"Allow","Resource":["arn:aws:execute-api:eu-west-1:111122223333:dl7ptocha9/live/$connect"]}]},` +
		`"context":{"topic":"JBSWY3DPEHPK3PXPJBSWY3DPEH"}}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error("answer (-want +got):\n", diff)
	}
}

func TestWhoIsLetIn(t *testing.T) {
	for _, test := range []struct {
		name, header, origin, cart string
		want                       string
	}{
		{"a page of the site", "Origin", "https://www.dev.example.com", "JBSWY3DPEHPK3PXPJBSWY3DPEH", "Allow"},
		{"another that may call the APIs", "Origin", "https://admin.example.com", "JBSWY3DPEHPK3PXPJBSWY3DPEH", "Allow"},
		{"a header in small letters", "origin", "https://www.dev.example.com", "JBSWY3DPEHPK3PXPJBSWY3DPEH", "Allow"},
		{"somebody else's page", "Origin", "https://evil.example", "JBSWY3DPEHPK3PXPJBSWY3DPEH", "Deny"},
		{"a host that begins like the site's", "Origin", "https://www.dev.example.com.evil.example", "JBSWY3DPEHPK3PXPJBSWY3DPEH", "Deny"},
		{"the site without TLS", "Origin", "http://www.dev.example.com", "JBSWY3DPEHPK3PXPJBSWY3DPEH", "Deny"},
		{"no origin", "Origin", "", "JBSWY3DPEHPK3PXPJBSWY3DPEH", "Deny"},
		{"no cart", "Origin", "https://www.dev.example.com", "", "Deny"},
		{"no cart's id", "Origin", "https://www.dev.example.com", "JBSWY3DPEHPK3PXPJBSWY3DPEH ", "Deny"},
		{"another id", "Origin", "https://www.dev.example.com", "orders", "Deny"},
	} {
		t.Run(test.name, func(t *testing.T) {
			event := connect(t)
			delete(event.Headers, "Origin")
			event.Headers[test.header] = test.origin
			event.QueryStringParameters = map[string]string{"cart": test.cart}
			answer, err := site.authorize(t.Context(), event)
			if err != nil {
				t.Fatal(err)
			}
			if got := answer.PolicyDocument.Statement[0].Effect; got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
			if told := answer.Context["topic"] != nil; told != (test.want == "Allow") {
				t.Errorf("the context is %v", answer.Context)
			}
		})
	}
}
