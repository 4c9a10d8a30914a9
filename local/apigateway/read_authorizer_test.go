package apigateway

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// authorizers are those that web makes: a JWT authorizer on GET /{cart} and a
// Lambda authorizer on $default.
const authorizers = `{
	"Jwt": {"Type": "AWS::ApiGatewayV2::Authorizer", "Properties": {"ApiId": {"Ref": "Api"}, "Name": "SignedIn", "AuthorizerType": "JWT",
		"IdentitySource": ["$request.header.Authorization"], "JwtConfiguration": {"Issuer": "https://login.example.com", "Audience": ["shop"]}}},
	"Key": {"Type": "AWS::ApiGatewayV2::Authorizer", "Properties": {"ApiId": {"Ref": "Api"}, "Name": "Partners", "AuthorizerType": "REQUEST",
		"AuthorizerUri": {"Fn::Join": ["", ["arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/", {"Ref": "Live"}, "/invocations"]]},
		"AuthorizerPayloadFormatVersion": "2.0", "EnableSimpleResponses": true, "IdentitySource": ["$request.header.x-api-key", "$context.routeKey"],
		"AuthorizerResultTtlInSeconds": 300}},
	"GetCart": {"Properties": {"AuthorizationType": "JWT", "AuthorizerId": {"Ref": "Jwt"}, "AuthorizationScopes": ["cart/read"]}},
	"Rest": {"Properties": {"AuthorizationType": "CUSTOM", "AuthorizerId": {"Ref": "Key"}}}
}`

// merged is the authorizers with the properties of the changes, by resource.
func merged(t testing.TB, changes string) string {
	t.Helper()
	var base, more map[string]map[string]any
	for text, to := range map[string]*map[string]map[string]any{authorizers: &base, changes: &more} {
		if err := json.Unmarshal([]byte(text), to); err != nil {
			t.Fatal(err)
		}
	}
	for id, r := range more {
		if base[id] == nil || r["Type"] != nil {
			base[id] = r
			continue
		}
		for name, value := range r["Properties"].(map[string]any) {
			base[id]["Properties"].(map[string]any)[name] = value
			if value == nil {
				delete(base[id]["Properties"].(map[string]any), name)
			}
		}
	}
	document, err := json.Marshal(base)
	if err != nil {
		t.Fatal(err)
	}
	return string(document)
}

func TestReadAuthorizers(t *testing.T) {
	config, notices, err := Read(change(t, authorizers))
	if err != nil || len(notices) > 0 {
		t.Fatalf("got notices %v and error %v", notices, err)
	}
	got, want := map[string]Route{}, map[string]Route{
		"GET /{cart}": {
			Authorization: JWT, Scopes: []string{"cart/read"}, Authorizer: &Authorizer{
				Name: "SignedIn", IdentitySources: []IdentitySource{mustSource(t, "$request.header.Authorization")},
				Issuer: issuerURL, Audience: []string{"shop"},
			},
		},
		"$default": {Authorization: Custom, Authorizer: &Authorizer{
			Name: "Partners", IdentitySources: []IdentitySource{mustSource(t, "$request.header.x-api-key"), mustSource(t, "$context.routeKey")},
			FunctionARN: functionLive, SimpleResponses: true, TTL: 5 * time.Minute,
		}},
	}
	for _, route := range config.APIs[0].Routes {
		if route.Authorizer.ID == "" {
			t.Errorf("the authorizer of %s has no ID", route.Key)
		}
		route.Authorizer.ID = ""
		got[route.Key.String()] = Route{Authorization: route.Authorization, Authorizer: route.Authorizer, Scopes: route.Scopes}
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(IdentitySource{}), cmp.Comparer(func(a, b RouteKey) bool { return a.String() == b.String() })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadNamesWhatOfAuthorizersIsNotServed(t *testing.T) {
	for _, c := range []struct {
		name, changes, notice string
		key                   string // of the only route that gets 501
	}{
		{"payload format 1.0", `{"Key": {"Properties": {"AuthorizerPayloadFormatVersion": "1.0"}}}`, "Key (AWS::ApiGatewayV2::Authorizer): AuthorizerPayloadFormatVersion: 1.0: local mode has 2.0 only", "PUT /cart/other"},
		{"no payload format", `{"Key": {"Properties": {"AuthorizerPayloadFormatVersion": null}}}`, "not given: local mode has 2.0 only", "PUT /cart/other"},
		{"a role to invoke with", `{"Key": {"Properties": {"AuthorizerCredentialsArn": "arn:aws:iam::111111111111:role/x"}}}`, "AuthorizerCredentialsArn: local mode invokes by the function's permissions only", "PUT /cart/other"},
		{"a stage variable for an identity source", `{"Key": {"Properties": {"IdentitySource": ["$stageVariables.key"]}}}`, "IdentitySource: $stageVariables.key: local mode has no such value", "PUT /cart/other"},
		{"a function that is none", `{"Key": {"Properties": {"AuthorizerUri": "https://example.com"}}}`, "AuthorizerUri: https://example.com is not a function's ARN", "PUT /cart/other"},
		{"an unknown property", `{"Jwt": {"Properties": {"Colour": "red"}}}`, "Colour: not known to local mode", "GET /cart/c1"},
		{"an unknown property of the JWT configuration", `{"Jwt": {"Properties": {"JwtConfiguration": {"Issuer": "https://login.example.com", "Audience": ["shop"], "Colour": "red"}}}}`, "JwtConfiguration.Colour: not known to local mode", "GET /cart/c1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			config, notices, err := Read(change(t, merged(t, c.changes)))
			if err != nil {
				t.Fatal(err)
			}
			if len(notices) != 1 || !strings.Contains(notices[0].String(), c.notice) {
				t.Fatalf("got notices %v, want one with %q", notices, c.notice)
			}
			g := New(config, returns(`{"statusCode":200}`), Options{Issuers: newIssuer(t)})
			for _, request := range []string{"GET /cart/c1", "PUT /cart/other"} {
				want := 401 // it comes to the authorizer
				if request == c.key {
					want = 501
				}
				if resp, body := answer(t, g, parse(t, request+" HTTP/1.1\nHost: api.dev.example.com")); resp.StatusCode != want {
					t.Errorf("%s got %d %s, want %d", request, resp.StatusCode, body, want)
				}
			}
		})
	}
}

func TestReadRefusesAuthorizersThatADeploymentWould(t *testing.T) {
	eleven := map[string]any{}
	for i := range 9 {
		eleven[fmt.Sprint("More", i)] = map[string]any{"Type": "AWS::ApiGatewayV2::Authorizer", "Properties": map[string]any{
			"ApiId": map[string]any{"Ref": "Api"}, "Name": "More", "AuthorizerType": "JWT", "IdentitySource": []string{"$request.header.x"},
			"JwtConfiguration": map[string]any{"Issuer": "https://login.example.com", "Audience": []string{"shop"}},
		}}
	}
	tooMany, err := json.Marshal(eleven)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ fact, changes, resource, want string }{
		{"1.9 an identity source that is none", `{"Key": {"Properties": {"IdentitySource": ["authorization"]}}}`, "Key", `identity source "authorization"`},
		{"1.9 two identity sources for a token", `{"Jwt": {"Properties": {"IdentitySource": ["$request.header.a", "$request.header.b"]}}}`, "Jwt", "want one header or query string parameter"},
		{"1.9 a token in the context", `{"Jwt": {"Properties": {"IdentitySource": ["$context.routeKey"]}}}`, "Jwt", "want one header or query string parameter"},
		{"1.9 an issuer over http", `{"Jwt": {"Properties": {"JwtConfiguration": {"Issuer": "http://login.example.com", "Audience": ["shop"]}}}}`, "Jwt", `JwtConfiguration.Issuer: "http://login.example.com", want an https URL`},
		{"1.9 no audience", `{"Jwt": {"Properties": {"JwtConfiguration": {"Issuer": "https://login.example.com"}}}}`, "Jwt", "JwtConfiguration.Audience: 0 of them, want 1 to 50"},
		{"1.7 51 audiences", `{"Jwt": {"Properties": {"JwtConfiguration": {"Issuer": "https://login.example.com", "Audience": [` + strings.Repeat(`"a",`, 50) + `"a"]}}}}`, "Jwt", "JwtConfiguration.Audience: 51 of them, want 1 to 50"},
		{"1.9 another type of authorizer", `{"Jwt": {"Properties": {"AuthorizerType": "TOKEN"}}}`, "Jwt", `"TOKEN", want JWT or REQUEST`},
		{"1.9 answers kept for too long", `{"Key": {"Properties": {"AuthorizerResultTtlInSeconds": 3601}}}`, "Key", "3601, want 0 to 3600"},
		{"1.9 answers kept by nothing", `{"Key": {"Properties": {"IdentitySource": null}}}`, "Key", "it has none"},
		{"1.7 eleven authorizers", string(tooMany), "", "more than 10 authorizers"},
		{"1.9 a JWT route with a Lambda authorizer", `{"GetCart": {"Properties": {"AuthorizerId": {"Ref": "Key"}}}}`, "GetCart", "AuthorizationType: JWT, but its authorizer Partners is of the other type"},
		{"1.9 a Lambda route with a JWT authorizer", `{"Rest": {"Properties": {"AuthorizerId": {"Ref": "Jwt"}}}}`, "Rest", "AuthorizationType: CUSTOM, but its authorizer SignedIn is of the other type"},
		{"1.9 an authorizer that is not there", `{"Rest": {"Properties": {"AuthorizerId": "none"}}}`, "Rest", `"none" is no authorizer of its API`},
		{"1.9 a type that is none", `{"Rest": {"Properties": {"AuthorizationType": "BASIC"}}}`, "Rest", `"BASIC", want NONE, JWT, CUSTOM or AWS_IAM`},
		{"1.9 scopes of a Lambda authorizer", `{"Rest": {"Properties": {"AuthorizationScopes": ["a"]}}}`, "Rest", "only a route with the AuthorizationType JWT has them, and this one has CUSTOM"},
		{"1.7 eleven scopes", `{"GetCart": {"Properties": {"AuthorizationScopes": ["a","b","c","d","e","f","g","h","i","j","k"]}}}`, "GetCart", "11 of them, want at most 10"},
	} {
		t.Run(c.fact, func(t *testing.T) {
			_, _, err := Read(change(t, merged(t, c.changes)))
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.resource) {
				t.Errorf("got %v, want an error with %s and %q", err, c.resource, c.want)
			}
		})
	}
}
