package aws

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
	"github.com/aws/smithy-go"
)

// pusher is a function that may send to the connections of one stage, and
// nothing else.
const pusher = `
"Pusher": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["PusherRole", "Arn"]}}},
"PusherRole": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}},
"PusherPolicy": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "p", "Roles": [{"Ref": "PusherRole"}], "PolicyDocument": {"Statement": [
	{"Effect": "Allow", "Action": "execute-api:ManageConnections", "Resource": "` + stageOfSockets + `/POST/@connections/*"}]}}}`

const (
	pusherRole     = "arn:aws:iam::" + account + ":role/shop-PusherRole"
	stageOfSockets = "arn:aws:execute-api:" + region + ":" + account + ":sock0000/live"
	connected      = "R1kmxc2VNjMCFIA="
)

// fakeConnections has one connection to the stage live.
type fakeConnections struct {
	mu   sync.Mutex
	sent [][]byte
	err  error // of the next ones
}

func (f *fakeConnections) StageARN(api, stage string) (string, bool) {
	return stageOfSockets, api == "sock0000" && stage == "live"
}

func (f *fakeConnections) known(id string) error {
	if id != connected {
		return &Refusal{Status: http.StatusGone, Code: "GoneException", Message: "410"}
	}
	return f.err
}

func (f *fakeConnections) Post(_, _, id string, message []byte) error {
	if err := f.known(id); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sent = append(f.sent, message)
	return nil
}

func (f *fakeConnections) Get(_, _, id string) (Connection, error) {
	return Connection{ConnectedAt: time.UnixMilli(1_705_751_697_419), LastActiveAt: time.UnixMilli(1_705_751_700_453), SourceIP: "127.0.0.1", UserAgent: "a browser"}, f.known(id)
}

func (f *fakeConnections) Delete(_, _, id string) error { return f.known(id) }

func TestAFunctionSendsToConnections(t *testing.T) {
	f := &fakeConnections{}
	config, _ := read(t, pusher)
	logs := &journal{}
	o := options(t, t.TempDir(), logs)
	o.Connections = f
	e, err := Start(t.Context(), config, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, e) })
	client := func(role, stage string) *apigatewaymanagementapi.Client {
		config := clientConfig(e, role)
		config.BaseEndpoint = sdk.String(e.URL() + "/execute-api/sock0000/" + stage)
		config.Retryer = func() sdk.Retryer { return retry.AddWithMaxAttempts(retry.NewStandard(), 1) }
		return apigatewaymanagementapi.NewFromConfig(config)
	}
	post := func(role, stage, id string, message []byte) error {
		_, err := client(role, stage).PostToConnection(t.Context(), &apigatewaymanagementapi.PostToConnectionInput{ConnectionId: &id, Data: message})
		return err
	}
	if err := post(pusherRole, "live", connected, []byte("hello")); err != nil || string(bytes.Join(f.sent, nil)) != "hello" {
		t.Errorf("a message comes as %q, %v", f.sent, err)
	}
	known, err := client("", "live").GetConnection(t.Context(), &apigatewaymanagementapi.GetConnectionInput{ConnectionId: sdk.String(connected)})
	if err != nil || !known.ConnectedAt.Equal(time.UnixMilli(1_705_751_697_419)) || *known.Identity.UserAgent != "a browser" || *known.Identity.SourceIp != "127.0.0.1" {
		t.Errorf("it is known as %+v, %v", known, err)
	}
	if _, err := client("", "live").DeleteConnection(t.Context(), &apigatewaymanagementapi.DeleteConnectionInput{ConnectionId: sdk.String(connected)}); err != nil {
		t.Error(err)
	}

	full := &Refusal{Status: http.StatusTooManyRequests, Code: "LimitExceededException", Message: "Too Many Requests"}
	for name, c := range map[string]struct {
		role, stage, id string
		message         []byte
		err             error
		code            string
	}{
		"one that is gone":           {"", "live", "AAAAAAAAAAAAAAA=", []byte("x"), nil, "GoneException"},
		"one that does not read":     {"", "live", connected, []byte("x"), full, "LimitExceededException"},
		"more than 128 KB":           {"", "live", connected, make([]byte, 128<<10+1), nil, "PayloadTooLargeException"},
		"a stage that is not there":  {"", "dead", connected, []byte("x"), nil, "ForbiddenException"},
		"a role that nobody knows":   {hookRole, "live", connected, []byte("x"), nil, "UnrecognizedClientException"},
		"an operation without grant": {pusherRole, "delete", connected, []byte("x"), nil, "ForbiddenException"},
	} {
		t.Run(name, func(t *testing.T) {
			f.err = c.err
			err := error(nil)
			if c.stage == "delete" {
				_, err = client(c.role, "live").DeleteConnection(t.Context(), &apigatewaymanagementapi.DeleteConnectionInput{ConnectionId: &c.id})
			} else {
				err = post(c.role, c.stage, c.id, c.message)
			}
			refused, ok := errors.AsType[smithy.APIError](err)
			if !ok || refused.ErrorCode() != c.code {
				t.Errorf("got %v, want %s", err, c.code)
			}
		})
	}
	for key, message := range map[string]string{"": "Missing Authentication Token", "nobody": "The security token included in the request is invalid."} {
		status, body := ask(t, e, func(r *http.Request) {
			r.URL.Path = "/execute-api/sock0000/live/@connections/" + connected
			r.Header = http.Header{}
			if key != "" {
				r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+key+"/20260101/eu-west-1/execute-api/aws4_request, SignedHeaders=host, Signature=x")
			}
		})
		if status != http.StatusForbidden || body != `{"message":"`+message+`"}` {
			t.Errorf("the key %q gets %d %s, want 403 and %s", key, status, body, message)
		}
	}
	// The SDK's error has no room for AWS's message, so the log has to say it.
	if denied := "may not execute-api:ManageConnections on " + stageOfSockets + "/DELETE/@connections/" + connected; !strings.Contains(logs.String(), denied) {
		t.Errorf("the log does not say %q:\n%s", denied, logs)
	}
}
