package web_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/jsii-runtime-go"
	"github.com/google/go-cmp/cmp"

	"annex/stacks/bundle"
	"annex/stacks/web"
	"annex/test/cdktest"
)

func newSocket(stack awscdk.Stack) *web.Socket {
	return web.NewSocket(stack, "Socket", &web.SocketProps{DomainName: "ws.example.com", Path: "updates"})
}

// sockets defines a WebSocket API with all that one can have.
func sockets(stack awscdk.Stack, code *bundle.Handlers) {
	socket := web.NewSocket(stack, "Socket", &web.SocketProps{
		DomainName: "ws.example.com", Path: "updates", RouteBy: "message.kind",
		AlarmTopic: awssns.Topic_FromTopicArn(stack, jsii.String("Topic"), jsii.String("arn:aws:sns:us-east-1:111122223333:alarms")),
	})
	one, two := newFunction(stack, "One", code), newFunction(stack, "Two", code)
	pages := web.NewSocketAuthorizer(stack, "Pages", &web.SocketAuthorizerProps{
		Socket: socket, Function: two, IdentitySources: []string{"route.request.header.Origin"},
	})
	web.NewSocketRoute(stack, "Connect", &web.SocketRouteProps{Socket: socket, Key: "$connect", Function: one, Authorizer: pages})
	web.NewSocketRoute(stack, "Disconnect", &web.SocketRouteProps{Socket: socket, Key: "$disconnect", Function: one})
	web.NewSocketRoute(stack, "Ping", &web.SocketRouteProps{
		Socket: socket, Key: "ping", Function: one, Answers: true, Throttle: web.Throttle{PerSecond: 2, Burst: 3},
	})
	web.NewSocketRoute(stack, "Unknown", &web.SocketRouteProps{Socket: socket, Key: "$default", Function: two})
	socket.GrantConnect(one)
	socket.GrantPush(two)
}

func TestSocketAnswersOnItsDomainNameAlone(t *testing.T) {
	template := synth(t, sockets)
	api := template.Only(t, "AWS::ApiGatewayV2::Api")
	want := map[string]any{
		"Name": "shop", "ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$request.body.message.kind",
		"DisableExecuteApiEndpoint": true,
	}
	if diff := cmp.Diff(want, api.Properties); diff != "" {
		t.Error("API (-want +got):\n", diff)
	}
	mapping := template.Only(t, "AWS::ApiGatewayV2::ApiMapping")
	want = map[string]any{
		"ApiId": ref(api), "ApiMappingKey": "updates", "DomainName": "ws.example.com", "Stage": "live",
	}
	if diff := cmp.Diff(want, mapping.Properties); diff != "" {
		t.Error("mapping (-want +got):\n", diff)
	}
	// API Gateway's own endpoint is closed to the backend too.
	app := cdktest.NewApp(t, nil)
	if got := newSocket(newStack(app)).URL(); got != "https://ws.example.com/updates" {
		t.Errorf("the functions send to %s", got)
	}
}

func TestSocketsFunctionHasOneIntegrationAndOnePermission(t *testing.T) {
	template := synth(t, sockets)
	found := template.All("AWS::ApiGatewayV2::Integration")
	if len(found) != 2 {
		t.Errorf("two functions have %d integrations", len(found))
	}
	for _, integration := range found {
		if got := integration.Properties["IntegrationMethod"]; got != "POST" {
			t.Errorf("the integration's method is %v, which Lambda takes as POST alone", got)
		}
	}
	var called []string
	for _, permission := range template.All("AWS::Lambda::Permission") {
		text, err := json.Marshal([]any{permission.Properties["FunctionName"], at(t, permission.Properties, "SourceArn", "Fn::Join", 1)})
		if err != nil {
			t.Fatal(err)
		}
		called = append(called, string(text))
	}
	slices.Sort(called)
	api := template.Only(t, "AWS::ApiGatewayV2::Api").LogicalID
	const arn = `["arn:aws:execute-api:us-east-1:111122223333:",{"Ref":"`
	aliases := template.All("AWS::Lambda::Alias")
	want := []string{
		`[{"Ref":"` + aliases[0].LogicalID + `"},` + arn + api + `"},"/*"]]`,
		`[{"Ref":"` + aliases[1].LogicalID + `"},` + arn + api + `"},"/*"]]`,
		`[{"Ref":"` + aliases[1].LogicalID + `"},` + arn + api + `"},"/authorizers/",{"Ref":"Pages"}]]`,
	}
	if diff := cmp.Diff(want, called); diff != "" {
		t.Error("permissions (-want +got):\n", diff)
	}
}

func TestSocketAsksItsAuthorizerOnConnectAlone(t *testing.T) {
	template := synth(t, sockets)
	got := map[string]any{}
	for key, route := range routesByKey(template) {
		got[key] = []any{route["AuthorizationType"], at(t, route, "AuthorizerId", "Ref"), route["RouteResponseSelectionExpression"]}
	}
	want := map[string]any{
		"$connect": []any{"CUSTOM", "Pages", nil}, "$disconnect": []any{"NONE", nil, nil},
		"ping": []any{"NONE", nil, "$default"}, "$default": []any{"NONE", nil, nil},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("type, authorizer and answer by route (-want +got):\n", diff)
	}
	authorizer := template.Resources["Pages"].Properties
	if authorizer["AuthorizerType"] != "REQUEST" || authorizer["AuthorizerResultTtlInSeconds"] != nil || authorizer["AuthorizerPayloadFormatVersion"] != nil {
		t.Errorf("what HTTP APIs alone have: %v", authorizer)
	}
	if diff := cmp.Diff([]any{"route.request.header.Origin"}, authorizer["IdentitySource"]); diff != "" {
		t.Error("identity sources (-want +got):\n", diff)
	}
	response := template.Only(t, "AWS::ApiGatewayV2::RouteResponse").Properties
	if diff := cmp.Diff(map[string]any{"ApiId": ref(template.Only(t, "AWS::ApiGatewayV2::Api")), "RouteId": map[string]any{"Ref": "Ping"}, "RouteResponseKey": "$default"}, response); diff != "" {
		t.Error("response (-want +got):\n", diff)
	}
}

func TestSocketTakesWhoSigns(t *testing.T) {
	template := synth(t, func(stack awscdk.Stack, code *bundle.Handlers) {
		web.NewSocketRoute(stack, "Connect", &web.SocketRouteProps{
			Socket: newSocket(stack), Key: "$connect", Function: newFunction(stack, "One", code), Authorizer: web.IAM(),
		})
	})
	route := template.Only(t, "AWS::ApiGatewayV2::Route").Properties
	if route["AuthorizationType"] != "AWS_IAM" || route["AuthorizerId"] != nil {
		t.Errorf("route %v", route)
	}
	if alarms := len(template.All("AWS::CloudWatch::Alarm")); alarms != 0 {
		t.Errorf("%d alarms, and nobody to tell", alarms)
	}
	if got := template.Only(t, "AWS::ApiGatewayV2::Api").Properties["RouteSelectionExpression"]; got != "$request.body.action" {
		t.Errorf("routes by %v", got)
	}
}

func TestSocketsStageIsDeployedComplete(t *testing.T) {
	stage := synth(t, sockets).Only(t, "AWS::ApiGatewayV2::Stage")
	slices.Sort(stage.DependsOn)
	if diff := cmp.Diff([]string{"Connect", "Disconnect", "Ping", "PingResponse", "Unknown"}, stage.DependsOn); diff != "" {
		t.Error("made before it (-want +got):\n", diff)
	}
	settings := map[string]any{"DetailedMetricsEnabled": true, "ThrottlingRateLimit": 2.0, "ThrottlingBurstLimit": 3.0}
	if diff := cmp.Diff(map[string]any{"ping": settings}, stage.Properties["RouteSettings"]); diff != "" {
		t.Error("settings of routes (-want +got):\n", diff)
	}
	// Neither level nor trace: the execution log would have what is secret.
	settings = map[string]any{"DetailedMetricsEnabled": true, "ThrottlingRateLimit": 100.0, "ThrottlingBurstLimit": 200.0}
	if diff := cmp.Diff(settings, stage.Properties["DefaultRouteSettings"]); diff != "" {
		t.Error("settings (-want +got):\n", diff)
	}
}

func TestSocketsAccessLogHasNoSecrets(t *testing.T) {
	format, _ := at(t, synth(t, sockets).Only(t, "AWS::ApiGatewayV2::Stage").Properties, "AccessLogSettings", "Format").(string)
	var fields map[string]string
	if err := json.Unmarshal([]byte(format), &fields); err != nil || fields["requestId"] != "$context.requestId" {
		t.Fatalf("%v in %s", err, format)
	}
	for name := range fields {
		for _, secret := range []string{"querystring", "path", "authorizer.topic", "authorizer.principalId", "body"} {
			if strings.Contains(name, secret) {
				t.Errorf("the access log has %s", name)
			}
		}
	}
}

func TestSocketsGrantsAreForThisAPIAlone(t *testing.T) {
	template := synth(t, sockets)
	table := template.Only(t, "AWS::DynamoDB::GlobalTable")
	for _, policy := range template.All("AWS::IAM::Policy") {
		var got []string
		for _, statement := range at(t, policy.Properties, "PolicyDocument", "Statement").([]any) {
			resource, err := json.Marshal(at(t, statement, "Resource"))
			if err != nil {
				t.Fatal(err)
			}
			if text := string(resource); strings.Contains(text, table.LogicalID) || strings.Contains(text, "execute-api") {
				action, err := json.Marshal(at(t, statement, "Action"))
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, string(action)+" on "+text)
			}
		}
		slices.Sort(got)
		arn := ` on {"Fn::GetAtt":["` + table.LogicalID + `","Arn"]}`
		want := []string{`["dynamodb:DeleteItem","dynamodb:PutItem","dynamodb:Query"]` + arn}
		if strings.HasPrefix(policy.LogicalID, "Two") {
			want = []string{
				`"execute-api:ManageConnections" on {"Fn::Join":["",["arn:aws:execute-api:us-east-1:111122223333:",{"Ref":"` +
					template.Only(t, "AWS::ApiGatewayV2::Api").LogicalID + `"},"/live/POST/@connections/*"]]}`,
				`["dynamodb:DeleteItem","dynamodb:Query"]` + arn,
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("grants of %s (-want +got):\n%s", policy.LogicalID, diff)
		}
	}
}

func TestConnectionsExpireAndGoWithTheirAPI(t *testing.T) {
	table := synth(t, sockets).Only(t, "AWS::DynamoDB::GlobalTable")
	if diff := cmp.Diff(map[string]any{"AttributeName": "expires", "Enabled": true}, table.Properties["TimeToLiveSpecification"]); diff != "" {
		t.Error("time to live (-want +got):\n", diff)
	}
	keys := at(t, table.Properties, "KeySchema")
	want := []any{map[string]any{"AttributeName": "topic", "KeyType": "HASH"}, map[string]any{"AttributeName": "connection", "KeyType": "RANGE"}}
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Error("keys (-want +got):\n", diff)
	}
}

func TestSocketIsWatched(t *testing.T) {
	alarms := map[string]bool{}
	for _, alarm := range synth(t, sockets).All("AWS::CloudWatch::Alarm") {
		metrics, err := json.Marshal(alarm.Properties["Metrics"])
		if err != nil {
			t.Fatal(err)
		}
		for _, metric := range []string{"IntegrationError", "ExecutionError", "ConnectCount", "MessageCount"} {
			alarms[metric] = alarms[metric] || strings.Contains(string(metrics), metric) && strings.Contains(string(metrics), `"ApiId"`)
		}
	}
	for metric, watched := range alarms {
		if !watched {
			t.Errorf("no alarm has %s", metric)
		}
	}
	if len(alarms) == 0 {
		t.Error("no alarm")
	}
}
