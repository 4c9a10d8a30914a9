package apigateway

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"annex/local/assembly"
	"annex/local/assembly/assemblytest"
)

// service is a template as the CDK makes one for a service: an API with a
// default stage and two routes to one function's alias, mapped twice.
const service = `{
	"Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Name": "cart", "ProtocolType": "HTTP", "DisableExecuteApiEndpoint": true,
		"CorsConfiguration": {"AllowOrigins": ["https://www.dev.example.com"], "AllowMethods": ["GET"], "MaxAge": "600"}}},
	"Stage": {"Type": "AWS::ApiGatewayV2::Stage", "Properties": {"ApiId": {"Ref": "Api"}, "StageName": "$default", "AutoDeploy": true,
		"DefaultRouteSettings": {"ThrottlingRateLimit": 50, "ThrottlingBurstLimit": 100, "DetailedMetricsEnabled": true},
		"RouteSettings": {"GET /{cart}": {"ThrottlingRateLimit": 5}},
		"AccessLogSettings": {"DestinationArn": "arn:aws:logs:eu-west-1:111111111111:log-group:x", "Format": "$context.requestId"}}},
	"Function": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "cart"}},
	"Version": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Function"}}},
	"Live": {"Type": "AWS::Lambda::Alias", "Properties": {"Name": "live", "FunctionName": {"Ref": "Function"}, "FunctionVersion": {"Fn::GetAtt": ["Version", "Version"]}}},
	"Integration": {"Type": "AWS::ApiGatewayV2::Integration", "Properties": {"ApiId": {"Ref": "Api"}, "IntegrationType": "AWS_PROXY",
		"IntegrationUri": {"Ref": "Live"}, "PayloadFormatVersion": "2.0", "TimeoutInMillis": "5000"}},
	"Permission": {"Type": "AWS::Lambda::Permission", "Properties": {"Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com", "FunctionName": {"Ref": "Live"},
		"SourceArn": {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":execute-api:eu-west-1:111111111111:", {"Ref": "Api"}, "/*"]]}}},
	"GetCart": {"Type": "AWS::ApiGatewayV2::Route", "Properties": {"ApiId": {"Ref": "Api"}, "RouteKey": "GET /{cart}", "AuthorizationType": "NONE",
		"Target": {"Fn::Join": ["", ["integrations/", {"Ref": "Integration"}]]}}},
	"Rest": {"Type": "AWS::ApiGatewayV2::Route", "Properties": {"ApiId": {"Ref": "Api"}, "RouteKey": "$default",
		"Target": {"Fn::Join": ["", ["integrations/", {"Ref": "Integration"}]]}}},
	"Domain": {"Type": "AWS::ApiGatewayV2::DomainName", "Properties": {"DomainName": "api.dev.example.com",
		"DomainNameConfigurations": [{"EndpointType": "REGIONAL", "SecurityPolicy": "TLS_1_2", "CertificateArn": "arn:aws:acm:eu-west-1:111111111111:certificate/x"}]}},
	"Direct": {"Type": "AWS::ApiGatewayV2::ApiMapping", "DependsOn": ["Stage"], "Properties": {"ApiId": {"Ref": "Api"}, "DomainName": {"Ref": "Domain"}, "Stage": {"Ref": "Stage"}, "ApiMappingKey": "cart"}},
	"Site": {"Type": "AWS::ApiGatewayV2::ApiMapping", "Properties": {"ApiId": {"Ref": "Api"}, "DomainName": "api.dev.example.com", "Stage": "$default", "ApiMappingKey": "api/cart"}}
}`

// change is the service's template with resources merged in: properties
// replace those of the same name, and null takes one away.
func change(t testing.TB, changes string) *assembly.Assembly {
	t.Helper()
	resources := map[string]map[string]any{}
	for _, text := range []string{service, changes} {
		more := map[string]map[string]any{}
		if err := json.Unmarshal([]byte(text), &more); err != nil {
			t.Fatal(err)
		}
		for id, r := range more {
			properties, _ := r["Properties"].(map[string]any)
			if r["Type"] == nil {
				merged, _ := resources[id]["Properties"].(map[string]any)
				maps.Copy(merged, properties)
				continue
			}
			resources[id] = r
		}
	}
	for _, r := range resources {
		properties, _ := r["Properties"].(map[string]any)
		maps.DeleteFunc(properties, func(_ string, value any) bool { return value == nil })
	}
	template, err := json.Marshal(resources)
	if err != nil {
		t.Fatal(err)
	}
	return assemblytest.Stack(t, "annex-dev-cart", "aws://111111111111/eu-west-1", string(template))
}

func TestReadResolvesAService(t *testing.T) {
	config, notices, err := Read(change(t, `{}`))
	if err != nil || len(notices) > 0 {
		t.Fatalf("got notices %v and error %v", notices, err)
	}
	id := config.APIs[0].ID
	maxAge := 600
	want := Config{
		APIs: []API{{
			ID: id, Name: "cart", Account: "111111111111", Region: "eu-west-1",
			Endpoint: id + ".execute-api.eu-west-1.amazonaws.com", EndpointDisabled: true,
			CORS: &CORS{AllowOrigins: []string{"https://www.dev.example.com"}, AllowMethods: []string{"GET"}, MaxAge: &maxAge},
			Stages: []Stage{{
				Name: "$default", Deployed: true, Throttles: Throttles{
					Throttle: &Throttle{Rate: 50, Burst: 100}, RouteThrottles: map[string]Throttle{"GET /{cart}": {Rate: 5, Burst: 100}},
				},
			}},
			Routes: []Route{
				{Key: mustKey(t, "GET /{cart}"), FunctionARN: functionLive, Timeout: 5 * time.Second, Authorization: None},
				{Key: mustKey(t, "$default"), FunctionARN: functionLive, Timeout: 5 * time.Second, Authorization: None},
			},
		}},
		Domains: []Domain{{Name: "api.dev.example.com", Mappings: []Mapping{
			{Key: "cart", API: id, Stage: "$default"}, {Key: "api/cart", API: id, Stage: "$default"},
		}}},
		Permissions: []Permission{{FunctionARN: functionLive, SourceARN: "arn:aws:execute-api:eu-west-1:111111111111:" + id + "/*"}},
	}
	same := cmp.Comparer(func(a, b RouteKey) bool { return a.String() == b.String() && a.shape() == b.shape() })
	if diff := cmp.Diff(want, config, same); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestReadNamesWhatIsNotServed: each is a notice, and a request that needs it
// gets 501 with the same words; the other requests are served.
func TestReadNamesWhatIsNotServed(t *testing.T) {
	const (
		get, other = "GET /cart/c1", "PUT /cart/other"
		neither    = ""
	)
	for _, c := range []struct {
		name    string
		changes string
		notice  string // the one notice, or a part of it
		request string // that needs it; none when nothing does
		served  string // that does not need it; none when everything does
	}{
		{
			"an unknown property of a route", `{"GetCart": {"Properties": {"Colour": "red"}}}`,
			"Colour: not known to local mode", get, other,
		},
		{
			"a route without an integration", `{"GetCart": {"Properties": {"Target": null}}}`,
			"Target: the route has no integration", get, other,
		},
		{
			"another integration type", `{"Integration": {"Properties": {"IntegrationType": "HTTP_PROXY", "IntegrationUri": "https://example.com"}}}`,
			"IntegrationType: HTTP_PROXY: local mode has AWS_PROXY only", get, neither,
		},
		{
			"an integration that cannot be resolved", `{"Integration": {"Properties": {"IntegrationUri": {"Fn::GetAtt": ["Listener", "Arn"]}}}}`,
			"IntegrationUri: local mode cannot tell what it is", get, neither,
		},
		{
			"a service integration", `{"Integration": {"Properties": {"IntegrationSubtype": "SQS-SendMessage"}}}`,
			"IntegrationSubtype: ", get, neither,
		},
		{
			"payload format 1.0", `{"Integration": {"Properties": {"PayloadFormatVersion": "1.0"}}}`,
			"PayloadFormatVersion: 1.0: local mode has 2.0 only", get, neither,
		},
		{
			"no payload format", `{"Integration": {"Properties": {"PayloadFormatVersion": null}}}`,
			"PayloadFormatVersion: not given, so 1.0", get, neither,
		},
		{
			"parameter mapping", `{"Integration": {"Properties": {"RequestParameters": {"overwrite:path": "/x"}}}}`,
			"RequestParameters: local mode has no parameter mapping", get, neither,
		},
		{
			"response parameter mapping", `{"Integration": {"Properties": {"ResponseParameters": {"200": {}}}}}`,
			"ResponseParameters: local mode has no parameter mapping", get, neither,
		},
		{
			"a VPC link", `{"Integration": {"Properties": {"ConnectionType": "VPC_LINK"}}}`,
			"ConnectionType: VPC_LINK: local mode has no VPC links", get, neither,
		},
		{
			"a role to invoke with", `{"Integration": {"Properties": {"CredentialsArn": "arn:aws:iam::111111111111:role/x"}}}`,
			"CredentialsArn: local mode invokes by the function's permissions only", get, neither,
		},
		{
			"a stage variable in a function's name", `{"Integration": {"Properties": {"IntegrationUri": "arn:aws:lambda:eu-west-1:111111111111:function:${stageVariables.f}"}}}`,
			"is not a function's ARN", get, neither,
		},
		{
			"stage variables", `{"Stage": {"Properties": {"StageVariables": {"a": "b"}}}}`,
			"StageVariables: local mode has no stage variables", get, neither,
		},
		{
			"a named stage", `{"Stage": {"Properties": {"StageName": "dev"}}, "Site": {"Properties": {"Stage": "dev"}}}`,
			"StageName: dev: local mode has the stage $default only", get, neither,
		},
		{
			"an unknown property inside a stage's settings", `{"Stage": {"Properties": {"DefaultRouteSettings": {"Colour": "red"}}}}`,
			"DefaultRouteSettings.Colour: not known to local mode", get, neither,
		},
		{
			"an API of another protocol", `{"Api": {"Properties": {"ProtocolType": "MQTT"}}}`,
			"ProtocolType: MQTT: local mode has HTTP and WEBSOCKET only", get, neither,
		},
		{
			"an imported definition", `{"Api": {"Properties": {"Body": {"openapi": "3.0.1"}}}}`,
			"Body: local mode reads an API's routes from AWS::ApiGatewayV2::Route resources only", get, neither,
		},
		{
			"an unknown property of CORS", `{"Api": {"Properties": {"CorsConfiguration": {"Colour": "red"}}}}`,
			"CorsConfiguration.Colour: not known to local mode", get, neither,
		},
		{
			"an unknown property of mutual TLS", `{"Domain": {"Properties": {"MutualTlsAuthentication": {"TruststoreUri": "s3://x/y", "Colour": "red"}}}}`,
			"MutualTlsAuthentication.Colour: not known to local mode", neither, neither,
		},
		{
			"routing rules", `{"Domain": {"Properties": {"RoutingMode": "ROUTING_RULE_ONLY"}}}`,
			"RoutingMode: ROUTING_RULE_ONLY: local mode has API_MAPPING_ONLY only", get, neither,
		},
		{
			"a mapping to an API of another app", `{"Direct": {"Properties": {"ApiId": "elsewhere"}}}`,
			`ApiId: API "elsewhere" is not of this app`, get, "GET /api/cart/c1",
		},
		{
			"a route of an API of another app", `{"GetCart": {"Properties": {"ApiId": "elsewhere"}}, "Stage": {"Properties": {"RouteSettings": null}}}`,
			`ApiId: API "elsewhere" is not of this app`, neither, other,
		},
		{
			"a stage without a deployment", `{"Stage": {"Properties": {"AutoDeploy": false}}}`,
			"it answers 404, as at AWS", neither, neither,
		},
		{
			"a domain of another app", `{"Site": {"Properties": {"DomainName": "api.example.org"}}}`,
			"no AWS::ApiGatewayV2::DomainName of this app is called api.example.org", neither, get,
		},
		{
			"an unknown condition on a permission", `{"Permission": {"Properties": {"Colour": "red"}}}`,
			"Colour: not known to local mode", neither, neither,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			config, notices, err := Read(change(t, c.changes))
			if err != nil {
				t.Fatal(err)
			}
			if len(notices) != 1 || !strings.Contains(notices[0].String(), c.notice) {
				t.Fatalf("got notices %v, want one with %q", notices, c.notice)
			}
			g := New(config, returns(`{"statusCode":200}`), Options{})
			if c.request != "" {
				reason, err := json.Marshal(notices[0].String())
				if err != nil {
					t.Fatal(err)
				}
				resp, body := answer(t, g, parse(t, c.request+" HTTP/1.1\nHost: api.dev.example.com"))
				if resp.StatusCode != 501 || !strings.Contains(body, strings.Trim(string(reason), `"`)) {
					t.Errorf("%s got %d %s, want 501 and the notice", c.request, resp.StatusCode, body)
				}
			}
			if c.served != "" {
				resp, body := answer(t, g, parse(t, c.served+" HTTP/1.1\nHost: api.dev.example.com"))
				if resp.StatusCode != 200 {
					t.Errorf("%s got %d %s, want 200", c.served, resp.StatusCode, body)
				}
			}
		})
	}
}

func TestReadRefusesWhatADeploymentWould(t *testing.T) {
	many := resources(t, 300, func(i int) map[string]any {
		return map[string]any{"Type": "AWS::ApiGatewayV2::Integration", "Properties": map[string]any{
			"ApiId": map[string]any{"Ref": "Api"}, "IntegrationType": "AWS_PROXY", "IntegrationUri": functionLive + itoa(i), "PayloadFormatVersion": "2.0",
		}}
	})
	for _, c := range []struct{ fact, changes, resource, want string }{
		{"1.2 a route key that is none", `{"GetCart": {"Properties": {"RouteKey": "GTE /"}}}`, "GetCart", "unknown method GTE"},
		{"1.2 the same route twice", `{"Rest": {"Properties": {"RouteKey": "GET /{cart}"}}}`, "Rest", "has that route already"},
		{"1.2 the same route with a parameter renamed", `{"Rest": {"Properties": {"RouteKey": "GET /{id}"}}}`, "Rest", "has that route already"},
		{"1.2 a route to no integration of its API", `{"Rest": {"Properties": {"Target": "integrations/none"}}}`, "Rest", `"integrations/none" is no integration`},
		{"1.7 301 integrations of an API", many, "", "more than 300 integrations"},
		{"1.7 an integration timeout over 30 s", `{"Integration": {"Properties": {"TimeoutInMillis": 30001}}}`, "Integration", "30001, want 50 to 30000"},
		{"1.7 an integration timeout under 50 ms", `{"Integration": {"Properties": {"TimeoutInMillis": 49}}}`, "Integration", "49, want 50 to 30000"},
		{"1.8 credentials for any origin", `{"Api": {"Properties": {"CorsConfiguration": {"AllowOrigins": ["*"], "AllowCredentials": true}}}}`, "Api", "allow-credentials is not supported if 'allow-origin' is *"},
		{"1.10 settings for a route that is not there", `{"Stage": {"Properties": {"RouteSettings": {"GET /x": {}}}}}`, "Stage", `no route "GET /x"`},
		{"1.1 a mapping key that is none", `{"Direct": {"Properties": {"ApiMappingKey": "/cart"}}}`, "Direct", `mapping key "/cart"`},
		{"1.1 a mapping key twice", `{"Site": {"Properties": {"ApiMappingKey": "cart"}}}`, "Site", `a mapping with the key "cart" already`},
		{"1.1 a mapping to a stage that is not there", `{"Site": {"Properties": {"Stage": "dev"}}}`, "Site", `no stage "dev"`},
		{"1.1 a domain twice", `{"Again": {"Type": "AWS::ApiGatewayV2::DomainName", "Properties": {"DomainName": "API.dev.example.com"}}}`, "Domain", "appears twice"},
		{"1.1 a domain without a name", `{"Again": {"Type": "AWS::ApiGatewayV2::DomainName", "Properties": {}}}`, "Again", "not given"},
		{"a domain of both kinds of APIs", `{
			"Socket": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Name": "updates", "ProtocolType": "WEBSOCKET"}},
			"Live": {"Type": "AWS::ApiGatewayV2::Stage", "Properties": {"ApiId": {"Ref": "Socket"}, "StageName": "live", "AutoDeploy": true}},
			"Updates": {"Type": "AWS::ApiGatewayV2::ApiMapping", "Properties": {"ApiId": {"Ref": "Socket"}, "DomainName": {"Ref": "Domain"}, "Stage": {"Ref": "Live"}, "ApiMappingKey": "updates"}}
		}`, "api.dev.example.com", "a domain name is for one kind"},
		{"a property of the wrong type", `{"Stage": {"Properties": {"AutoDeploy": []}}}`, "Stage", "AutoDeploy: want true or false"},
	} {
		t.Run(c.fact, func(t *testing.T) {
			_, _, err := Read(change(t, c.changes))
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.resource) {
				t.Errorf("got %v, want an error with %s and %q", err, c.resource, c.want)
			}
		})
	}
}

// resources is a change that adds n resources.
func resources(t *testing.T, n int, resource func(i int) map[string]any) string {
	t.Helper()
	all := map[string]any{}
	for i := range n {
		all["Added"+itoa(i)] = resource(i)
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestReadPermissions(t *testing.T) {
	const base = "arn:aws:lambda:eu-west-1:111111111111:function:cart"
	for _, c := range []struct {
		name    string
		changes string
		want    []string // functions
	}{
		{"by ARN", `{}`, []string{functionLive}},
		{"by name", `{"Permission": {"Properties": {"FunctionName": "cart"}}}`, []string{base}},
		{"by name and alias", `{"Permission": {"Properties": {"FunctionName": "cart:live"}}}`, []string{functionLive}},
		{"by partial ARN", `{"Permission": {"Properties": {"FunctionName": "111111111111:function:cart:live"}}}`, []string{functionLive}},
		{"for everybody", `{"Permission": {"Properties": {"Principal": "*"}}}`, []string{functionLive}},
		{"for every action", `{"Permission": {"Properties": {"Action": "lambda:*"}}}`, []string{functionLive}},
		{"for another action", `{"Permission": {"Properties": {"Action": "lambda:GetFunction"}}}`, nil},
		{"for another service", `{"Permission": {"Properties": {"Principal": "s3.amazonaws.com", "Colour": "not ours to name"}}}`, nil},
		{"for function URLs", `{"Permission": {"Properties": {"Principal": "*", "FunctionUrlAuthType": "NONE"}}}`, nil},
		{"for an organization", `{"Permission": {"Properties": {"Principal": "*", "PrincipalOrgID": "o-1"}}}`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			config, notices, err := Read(change(t, c.changes))
			if err != nil || len(notices) > 0 {
				t.Fatalf("got notices %v and error %v", notices, err)
			}
			var got []string
			for _, p := range config.Permissions {
				got = append(got, p.FunctionARN)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestAPermissionWithAnUnknownConditionPermitsNothing: the property might be a
// condition that API Gateway does not fulfil.
func TestAPermissionWithAnUnknownConditionPermitsNothing(t *testing.T) {
	config, notices, err := Read(change(t, `{"Permission": {"Properties": {"Colour": "red"}}}`))
	if err != nil || len(notices) != 1 || len(config.Permissions) > 0 {
		t.Errorf("got permissions %v, notices %v and error %v", config.Permissions, notices, err)
	}
}

func TestFunctionARN(t *testing.T) {
	for _, c := range []struct{ uri, want string }{
		{functionLive, functionLive},
		{"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/" + functionLive + "/invocations", functionLive},
		{"https://example.com", ""},
		{"arn:aws:sqs:eu-west-1:111111111111:queue", ""},
	} {
		if got, err := FunctionARN(c.uri); got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: got %q and %v, want %q", c.uri, got, err, c.want)
		}
	}
}
