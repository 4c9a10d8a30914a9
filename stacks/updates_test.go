package stacks_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"annex/test/cdktest"
)

// TestUpdatesAreThereWithASocketHostAlone checks all that the field changes.
func TestUpdatesAreThereWithASocketHostAlone(t *testing.T) {
	changed := stage()
	for _, host := range []string{"", "ws.example.com"} {
		changed.SocketHost = host
		templates := cdktest.Synth(t, define(t, changed))
		var hosts []string
		for _, name := range templates["annex-dev-domain"].All("AWS::ApiGatewayV2::DomainName") {
			hosts = append(hosts, name.Properties["DomainName"].(string))
		}
		for _, record := range templates["annex-dev-domain"].All("AWS::Route53::RecordSet") {
			hosts = append(hosts, record.Properties["Type"].(string)+" "+record.Properties["Name"].(string))
		}
		slices.Sort(hosts)
		want := []string{"A api.example.com.", "AAAA api.example.com.", "api.example.com"}
		if host != "" {
			want = []string{"A api.example.com.", "A ws.example.com.", "AAAA api.example.com.", "AAAA ws.example.com.", "api.example.com", "ws.example.com"}
		}
		if diff := cmp.Diff(want, hosts); diff != "" {
			t.Errorf("%q: names and records (-want +got):\n%s", host, diff)
		}
		if _, ok := templates["annex-dev-updates"]; ok != (host != "") {
			t.Errorf("%q: there is a stack updates: %t", host, ok)
		}
		policies := fmt.Sprint(templates["annex-dev-site"].All("AWS::CloudFront::ResponseHeadersPolicy"))
		if got := strings.Contains(policies, "amazoncognito.com wss://ws.example.com"); got != (host != "") {
			t.Errorf("%q: the page may connect: %t, %s", host, got, policies)
		}
	}
}

func TestUpdatesAreForThePagesOfTheStage(t *testing.T) {
	changed := stage()
	changed.SocketHost, changed.TakeoverHost, changed.AllowOrigins = "ws.example.com", "new.example.com", []string{"https://admin.example.com"}
	template := cdktest.Synth(t, define(t, changed))["annex-dev-updates"]
	var origins []any
	for _, function := range template.All("AWS::Lambda::Function") {
		environment, _ := function.Properties["Environment"].(map[string]any)
		if variables, _ := environment["Variables"].(map[string]any); variables["ORIGINS"] != nil {
			origins = append(origins, variables["ORIGINS"])
		}
	}
	if diff := cmp.Diff([]any{"https://www.example.com https://new.example.com https://admin.example.com"}, origins); diff != "" {
		t.Error("origins (-want +got):\n", diff)
	}
	for _, route := range template.All("AWS::ApiGatewayV2::Route") {
		if got := route.Properties["AuthorizationType"]; (got == "CUSTOM") != (route.Properties["RouteKey"] == "$connect") {
			t.Errorf("%s has %s", route.Properties["RouteKey"], got)
		}
	}
}

// TestUpdatesMayDoOnlyWhatTheyNeed leaves out the stream, whose reader web.OnChange grants.
func TestUpdatesMayDoOnlyWhatTheyNeed(t *testing.T) {
	changed := stage()
	changed.SocketHost = "ws.example.com"
	var got []string
	for _, action := range actions(t, cdktest.Synth(t, define(t, changed))["annex-dev-updates"]) {
		if !strings.Contains(action, ": logs:") && !strings.Contains(action, ": xray:") && !strings.Contains(action, "StreamArn") {
			got = append(got, action)
		}
	}
	slices.Sort(got)
	want := []string{
		"Notifier: dynamodb:DeleteItem on SocketConnections",
		"Notifier: dynamodb:Query on SocketConnections",
		"Notifier: execute-api:ManageConnections on arn:aws:execute-api:eu-west-1:111122223333:SocketAPI/live/POST/@connections/*",
		"Notifier: sqs:SendMessage on ChangesDeadLetters",
		"Updates: dynamodb:DeleteItem on SocketConnections",
		"Updates: dynamodb:PutItem on SocketConnections",
		"Updates: dynamodb:Query on SocketConnections", // counts a cart's connections
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("-want +got:\n", diff)
	}
}
