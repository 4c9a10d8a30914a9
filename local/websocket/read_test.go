package websocket

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"annex/local/apigateway"
	"annex/local/assembly"
	"annex/local/assembly/assemblytest"
)

// service is a template as a stack makes one: a WebSocket API with an authorizer
// and a two-way route, and beside it an HTTP API that is not this package's.
const service = `{
	"Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Name": "updates", "ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$request.body.action", "DisableExecuteApiEndpoint": true}},
	"Other": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Name": "cart", "ProtocolType": "HTTP"}},
	"OtherRoute": {"Type": "AWS::ApiGatewayV2::Route", "Properties": {"ApiId": {"Ref": "Other"}, "RouteKey": "GET /{cart}", "Target": {"Fn::Join": ["", ["integrations/", {"Ref": "OtherIntegration"}]]}}},
	"OtherIntegration": {"Type": "AWS::ApiGatewayV2::Integration", "Properties": {"ApiId": {"Ref": "Other"}, "IntegrationType": "AWS_PROXY", "PayloadFormatVersion": "2.0", "IntegrationUri": {"Fn::GetAtt": ["Function", "Arn"]}}},
	"Stage": {"Type": "AWS::ApiGatewayV2::Stage", "Properties": {"ApiId": {"Ref": "Api"}, "StageName": "live", "AutoDeploy": true, "StageVariables": {"colour": "red"},
		"DefaultRouteSettings": {"ThrottlingRateLimit": 50, "ThrottlingBurstLimit": 100, "LoggingLevel": "ERROR"}, "RouteSettings": {"ping": {"ThrottlingRateLimit": 5}}}},
	"Function": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "updates"}},
	"Integration": {"Type": "AWS::ApiGatewayV2::Integration", "Properties": {"ApiId": {"Ref": "Api"}, "IntegrationType": "AWS_PROXY", "TimeoutInMillis": "5000",
		"IntegrationUri": {"Fn::Join": ["", ["arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/", {"Fn::GetAtt": ["Function", "Arn"]}, "/invocations"]]}}},
	"Pages": {"Type": "AWS::ApiGatewayV2::Authorizer", "Properties": {"ApiId": {"Ref": "Api"}, "Name": "Pages", "AuthorizerType": "REQUEST", "IdentitySource": ["route.request.querystring.cart"],
		"AuthorizerUri": {"Fn::Join": ["", ["arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/", {"Fn::GetAtt": ["Function", "Arn"]}, "/invocations"]]}}},
	"Connect": {"Type": "AWS::ApiGatewayV2::Route", "Properties": {"ApiId": {"Ref": "Api"}, "RouteKey": "$connect", "AuthorizationType": "CUSTOM", "AuthorizerId": {"Ref": "Pages"},
		"Target": {"Fn::Join": ["", ["integrations/", {"Ref": "Integration"}]]}}},
	"Ping": {"Type": "AWS::ApiGatewayV2::Route", "Properties": {"ApiId": {"Ref": "Api"}, "RouteKey": "ping", "RouteResponseSelectionExpression": "$default",
		"Target": {"Fn::Join": ["", ["integrations/", {"Ref": "Integration"}]]}}},
	"Pong": {"Type": "AWS::ApiGatewayV2::RouteResponse", "Properties": {"ApiId": {"Ref": "Api"}, "RouteId": {"Ref": "Ping"}, "RouteResponseKey": "$default"}},
	"Domain": {"Type": "AWS::ApiGatewayV2::DomainName", "Properties": {"DomainName": "ws.dev.example.com"}},
	"Mapping": {"Type": "AWS::ApiGatewayV2::ApiMapping", "Properties": {"ApiId": {"Ref": "Api"}, "DomainName": {"Ref": "Domain"}, "Stage": {"Ref": "Stage"}, "ApiMappingKey": "updates"}}
}`

// change is the service's template with properties of its resources replaced,
// and taken away by null.
func change(t *testing.T, changes string) *assembly.Assembly {
	t.Helper()
	resources, more := map[string]map[string]any{}, map[string]map[string]any{}
	for text, to := range map[string]*map[string]map[string]any{service: &resources, changes: &more} {
		if err := json.Unmarshal([]byte(text), to); err != nil {
			t.Fatal(err)
		}
	}
	for id, properties := range more {
		own, _ := resources[id]["Properties"].(map[string]any)
		maps.Copy(own, properties)
		maps.DeleteFunc(own, func(_ string, value any) bool { return value == nil })
	}
	template, err := json.Marshal(resources)
	if err != nil {
		t.Fatal(err)
	}
	return assemblytest.Stack(t, "annex-dev-updates", "aws://111111111111/eu-west-1", string(template))
}

// read reads an assembly as the runner does.
func read(a *assembly.Assembly) (Config, []assembly.Notice, error) {
	shared, notices, err := apigateway.Read(a)
	if err != nil {
		return Config{}, nil, err
	}
	config, more, err := Read(a, shared)
	return config, append(notices, more...), err
}

func TestReadResolvesAService(t *testing.T) {
	got, notices, err := read(change(t, `{}`))
	if err != nil || len(notices) > 0 {
		t.Fatalf("got notices %v and error %v", notices, err)
	}
	const function = "arn:aws:lambda:eu-west-1:111111111111:function:updates"
	api := got.APIs[0]
	pages := api.Routes[0].Authorizer
	want := Config{
		APIs: []API{{
			ID: api.ID, Name: "updates", Account: "111111111111", Region: "eu-west-1",
			Endpoint: api.ID + ".execute-api.eu-west-1.amazonaws.com", EndpointDisabled: true, Selection: config().APIs[0].Selection,
			Stages: []Stage{{
				Name: "live", Deployed: true, Variables: map[string]string{"colour": "red"}, Throttles: apigateway.Throttles{
					Throttle: &apigateway.Throttle{Rate: 50, Burst: 100}, RouteThrottles: map[string]apigateway.Throttle{"ping": {Rate: 5, Burst: 100}},
				},
			}},
			Routes: []Route{
				{Key: "$connect", FunctionARN: function, Timeout: 5 * time.Second, Authorization: apigateway.Custom, Authorizer: &Authorizer{
					ID: pages.ID, Name: "Pages", FunctionARN: function, Sources: []Source{{fromQuery, "cart"}},
				}},
				{Key: "ping", FunctionARN: function, Timeout: 5 * time.Second, Authorization: apigateway.None, TwoWay: true},
			},
		}},
		Domains: []apigateway.Domain{{Name: "ws.dev.example.com", Mappings: []apigateway.Mapping{{Key: "updates", API: api.ID, Stage: "live"}}}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Expression{}, part{}, Source{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if hosts := got.Hosts(); !cmp.Equal(hosts, []string{"ws.dev.example.com"}) {
		t.Errorf("it is served at %v", hosts)
	}
	id, stage, found := got.At("ws.dev.example.com/updates")
	if id != api.ID || stage != "live" || !found {
		t.Errorf("at its address is %s %s %v", id, stage, found)
	}
	others, notices, err := apigateway.Read(change(t, `{}`))
	if err != nil || len(others.APIs) != 1 || others.APIs[0].Name != "cart" || len(others.Domains) != 0 {
		t.Errorf("package apigateway reads %+v, %v, %v", others, notices, err)
	}
}

// TestReadNamesWhatIsNotServed: each is a notice, and who needs it is told.
func TestReadNamesWhatIsNotServed(t *testing.T) {
	for name, c := range map[string]struct{ changes, notice string }{
		"a mock integration":           {`{"Integration": {"IntegrationType": "MOCK"}}`, "IntegrationType: MOCK: local mode has AWS_PROXY only"},
		"a request template":           {`{"Integration": {"RequestTemplates": {"$default": "{}"}}}`, "RequestTemplates: local mode gives a function the whole event"},
		"an integration's role":        {`{"Integration": {"CredentialsArn": "arn:aws:iam::111111111111:role/x"}}`, "CredentialsArn: local mode invokes functions only"},
		"a context variable":           {`{"Pages": {"IdentitySource": ["context.identity.sourceIp"]}}`, "IdentitySource: context.identity.sourceIp: local mode looks at headers"},
		"an API key":                   {`{"Ping": {"ApiKeyRequired": true}}`, "ApiKeyRequired: local mode has no API keys"},
		"a route without a target":     {`{"Ping": {"Target": null}}`, "Target: the route has no integration"},
		"an expression of JSONPath":    {`{"Api": {"RouteSelectionExpression": "$request.body.a[0]"}}`, "local mode reads the properties of a message"},
		"a domain's routing rules":     {`{"Domain": {"RoutingMode": "ROUTING_RULE_ONLY"}}`, "local mode has API_MAPPING_ONLY only"},
		"another app's domain":         {`{"Mapping": {"DomainName": "ws.example.com"}}`, "is called ws.example.com"},
		"a property nobody knows":      {`{"Api": {"Colour": "red"}}`, "Colour: not known to local mode"},
		"a stage without a deployment": {`{"Stage": {"AutoDeploy": false}}`, "nobody can connect"},
	} {
		t.Run(name, func(t *testing.T) {
			_, notices, err := read(change(t, c.changes))
			if err != nil || len(notices) != 1 || !strings.Contains(notices[0].String(), c.notice) {
				t.Errorf("got %v, %v, want one with %q", notices, err, c.notice)
			}
		})
	}
}

// TestReadRefusesWhatADeploymentWould names the resource.
func TestReadRefusesWhatADeploymentWould(t *testing.T) {
	for name, c := range map[string]struct{ changes, err string }{
		"an authorizer beside $connect": {`{"Ping": {"AuthorizationType": "AWS_IAM"}}`, "on $connect alone"},
		"an authorizer that is none":    {`{"Connect": {"AuthorizerId": "other"}}`, "is no authorizer of its API"},
		"a JWT authorizer":              {`{"Pages": {"AuthorizerType": "JWT"}}`, "want REQUEST"},
		"an HTTP API's identity source": {`{"Pages": {"IdentitySource": ["$request.header.Authorization"]}}`, "want one like route.request.querystring.cart"},
		"a reserved key":                {`{"Ping": {"RouteKey": "$ping"}}`, "RouteKey"},
		"a key that is there already":   {`{"Ping": {"RouteKey": "$connect"}, "Stage": {"RouteSettings": null}}`, "has that route already"},
		"a target that is none":         {`{"Ping": {"Target": "integrations/other"}}`, "is no integration of its API"},
		"a timeout of 30 seconds":       {`{"Integration": {"TimeoutInMillis": 30000}}`, "want 50 to 29000"},
		"another response":              {`{"Pong": {"RouteResponseKey": "ok"}}`, "want $default"},
		"settings of no route":          {`{"Stage": {"RouteSettings": {"pong": {"ThrottlingRateLimit": 1}}}}`, `has no route "pong"`},
		"a mapping key that is none":    {`{"Mapping": {"ApiMappingKey": "/updates"}}`, `mapping key "/updates"`},
		"a mapping to no stage":         {`{"Mapping": {"Stage": "dead"}}`, `has no stage "dead"`},
		"a text for a number":           {`{"Integration": {"TimeoutInMillis": "soon"}}`, "TimeoutInMillis"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := read(change(t, c.changes)); err == nil || !strings.Contains(err.Error(), c.err) || !strings.Contains(err.Error(), "annex-dev-updates/") {
				t.Errorf("got %v, want one of a resource with %q", err, c.err)
			}
		})
	}
}

func TestExpressions(t *testing.T) {
	const message = `{"service": "chat", "action": "join", "data": {"room": "r1", "n": 12345678901234567890, "list": [1, 2]}}`
	for _, c := range []struct{ fact, expression, message, key string }{
		{"4.2 an unwrapped variable", "$request.body.action", message, "join"},
		{"4.2 a wrapped one", "${request.body.action}", message, "join"},
		{"4.2 several with text between", "${request.body.service}/${request.body.action}", message, "chat/join"},
		{"4.2 a path that is not found is empty", "${request.body.action}-${request.body.invalidPath}", message, "join-"},
		{"4.2 a static value", "action", message, "action"},
		{"4.2 $default", `\$default`, message, "$default"},
		{"4.2 a property of a property", "$request.body.data.room", message, "r1"},
		{"4.2 a number as it is written [?]", "$request.body.data.n", message, "12345678901234567890"},
		{"4.2 a list as text [?]", "$request.body.data.list", message, "[1,2]"},
		{"4.2 a message that is no object", "$request.body.action", `"join"`, ""},
	} {
		t.Run(c.fact, func(t *testing.T) {
			e, err := ParseExpression(c.expression)
			if err != nil {
				t.Fatal(err)
			}
			if key, ok := e.key([]byte(c.message)); key != c.key || !ok {
				t.Errorf("got %q, %v, want %q", key, ok, c.key)
			}
		})
	}
	for _, text := range []string{"", "$request.header.action", "$request.body", "${request.body.a[0]}", "$request.body..a"} {
		if e, err := ParseExpression(text); err == nil {
			t.Errorf("%q is read as %+v", text, e)
		}
	}
}

// FuzzFrames: however a stream is cut, what its frames say is the same, and no
// stream is too much.
func FuzzFrames(f *testing.F) {
	large := append([]byte{0x81, 0xfe, 0x80, 0x01, 1, 2, 3, 4}, make([]byte, 0x8001)...)
	f.Add([]byte{0x81, 0x82, 1, 2, 3, 4, 'h', 'i', 0x89, 0x80, 1, 2, 3, 4}, uint8(3))
	f.Add(large, uint8(7))
	f.Add([]byte{0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, uint8(1))
	f.Fuzz(func(t *testing.T, stream []byte, cut uint8) {
		var whole, parts frames
		whole.measure(stream)
		for rest, size := stream, int(cut)%97+1; len(rest) > 0; {
			n := min(size, len(rest))
			parts.measure(rest[:n])
			rest = rest[n:]
		}
		if whole.messages != parts.messages || whole.oversize.Load() != parts.oversize.Load() || whole.left != parts.left {
			t.Errorf("%d, %d, %d and in parts %d, %d, %d", whole.messages, whole.oversize.Load(), whole.left, parts.messages, parts.oversize.Load(), parts.left)
		}
		if at := whole.oversize.Load(); at > 0 && !whole.tooLarge(at) || whole.tooLarge(0) {
			t.Error("the message with the large frame is not too large, or one before it is")
		}
	})
}
