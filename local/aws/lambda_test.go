package aws

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	codedeploytypes "github.com/aws/aws-sdk-go-v2/service/codedeploy/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/google/go-cmp/cmp"
)

// hook is a function that may invoke the versions of another, read its alias,
// and say what it found.
const hook = `
"Hook": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["HookRole", "Arn"]}}},
"HookRole": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}},
"HookPolicy": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "p", "Roles": [{"Ref": "HookRole"}], "PolicyDocument": {"Statement": [
	{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "` + cartFunction + `:*"},
	{"Effect": "Allow", "Action": "lambda:GetAlias", "Resource": "` + cartFunction + `"},
	{"Effect": "Allow", "Action": "codedeploy:PutLifecycleEventHookExecutionStatus", "Resource": "` + cartGroup + `"}]}}}`

const (
	hookRole     = "arn:aws:iam::" + account + ":role/shop-HookRole"
	cartFunction = "arn:aws:lambda:" + region + ":" + account + ":function:cart"
	cartGroup    = "arn:aws:codedeploy:" + region + ":" + account + ":deploymentgroup:shop/cart"
)

// fakeFunctions has the function cart with the versions 1 and 2.
type fakeFunctions struct {
	mu     sync.Mutex
	queued []string
	invoke func(arn string, event []byte) (Invocation, error)
}

func (f *fakeFunctions) Find(arn string) error {
	name, qualifier, _ := strings.Cut(strings.TrimPrefix(arn, cartFunction), ":")
	if !strings.HasPrefix(arn, cartFunction) || name != "" || !slices.Contains([]string{"", "live", "1", "2"}, qualifier) {
		return &Refusal{Status: 404, Code: "ResourceNotFoundException", Message: "Function not found: " + arn}
	}
	return nil
}

func (f *fakeFunctions) Invoke(_ context.Context, arn string, event []byte) (Invocation, error) {
	if err := f.Find(arn); err != nil {
		return Invocation{}, err
	}
	return f.invoke(arn, event)
}

func (f *fakeFunctions) Queue(arn string, event []byte) error {
	if err := f.Find(arn); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.queued = append(f.queued, arn+" "+string(event))
	return nil
}

func (f *fakeFunctions) Alias(arn, name string) (Alias, error) {
	if name != "live" {
		return Alias{}, &Refusal{Status: 404, Code: "ResourceNotFoundException", Message: "Cannot find alias arn: " + arn + ":" + name}
	}
	return Alias{FunctionVersion: "1", Weights: map[string]float64{"2": 0.1}}, nil
}

// startWithFunctions starts the endpoint before the functions, and gives clients
// that do not try again.
func startWithFunctions(t *testing.T, f *fakeFunctions, deployments CodeDeploy) (e *Endpoint, logs *journal) {
	t.Helper()
	config, _ := read(t, hook)
	logs = &journal{}
	o := options(t, t.TempDir(), logs)
	o.Functions, o.CodeDeploy = f, deployments
	e, err := Start(t.Context(), config, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, e) })
	return e, logs
}

func lambdaClient(e *Endpoint, role string) *lambda.Client {
	config := clientConfig(e, role)
	config.Retryer = func() sdk.Retryer { return retry.AddWithMaxAttempts(retry.NewStandard(), 1) }
	return lambda.NewFromConfig(config)
}

func TestAFunctionInvokesAnother(t *testing.T) {
	f := &fakeFunctions{invoke: func(arn string, event []byte) (Invocation, error) {
		return Invocation{RequestID: "an-id", Version: "2", Payload: []byte(`"` + strings.TrimPrefix(arn, cartFunction) + ` got ` + string(event) + `"`)}, nil
	}}
	e, _ := startWithFunctions(t, f, nil)
	c, root, ctx := lambdaClient(e, hookRole), lambdaClient(e, ""), t.Context()
	for name, in := range map[string]struct {
		client *lambda.Client
		in     lambda.InvokeInput
		want   string
	}{
		"by the alias's ARN":             {c, lambda.InvokeInput{FunctionName: sdk.String(cartFunction + ":live"), Payload: []byte(`1`)}, ":live got 1"},
		"by name with a qualifier":       {c, lambda.InvokeInput{FunctionName: sdk.String("cart:2"), Payload: []byte(`2`)}, ":2 got 2"},
		"by name beside a qualifier":     {c, lambda.InvokeInput{FunctionName: sdk.String("cart"), Qualifier: sdk.String("1"), Payload: []byte(`3`)}, ":1 got 3"},
		"by a part of the ARN":           {c, lambda.InvokeInput{FunctionName: sdk.String(account + ":function:cart:live"), Payload: []byte(`4`)}, ":live got 4"},
		"by the same qualifier twice":    {c, lambda.InvokeInput{FunctionName: sdk.String("cart:live"), Qualifier: sdk.String("live"), Payload: []byte(`5`)}, ":live got 5"},
		"without an event":               {c, lambda.InvokeInput{FunctionName: sdk.String("cart:live")}, ":live got {}"},
		"unqualified, by root":           {root, lambda.InvokeInput{FunctionName: sdk.String("cart"), Payload: []byte(`6`)}, " got 6"},
		"and its type and log type told": {c, lambda.InvokeInput{FunctionName: sdk.String("cart:live"), InvocationType: types.InvocationTypeRequestResponse, LogType: types.LogTypeNone, Payload: []byte(`7`)}, ":live got 7"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := in.client.Invoke(ctx, &in.in)
			if err != nil {
				t.Fatal(err)
			}
			if out.StatusCode != 200 || sdk.ToString(out.ExecutedVersion) != "2" || string(out.Payload) != `"`+in.want+`"` || out.FunctionError != nil {
				t.Errorf("it answered %d, version %s, %s, error %v: want %s", out.StatusCode, sdk.ToString(out.ExecutedVersion), out.Payload, out.FunctionError, in.want)
			}
		})
	}

	f.invoke = func(string, []byte) (Invocation, error) {
		return Invocation{Version: "1", FunctionError: "Unhandled", Payload: []byte(`{"errorType":"Runtime.ExitError"}`)}, nil
	}
	out, err := c.Invoke(ctx, &lambda.InvokeInput{FunctionName: sdk.String("cart:live")})
	if err != nil || out.StatusCode != 200 || sdk.ToString(out.FunctionError) != "Unhandled" || string(out.Payload) != `{"errorType":"Runtime.ExitError"}` {
		t.Errorf("a function that fails: %+v, %v", out, err)
	}
}

func TestNobodyWaitsForAQueuedInvocation(t *testing.T) {
	f := &fakeFunctions{}
	e, _ := startWithFunctions(t, f, nil)
	c, ctx := lambdaClient(e, hookRole), t.Context()
	out, err := c.Invoke(ctx, &lambda.InvokeInput{FunctionName: sdk.String("cart:live"), InvocationType: types.InvocationTypeEvent, Payload: []byte(`{"a":1}`)})
	if err != nil || out.StatusCode != 202 || len(out.Payload) != 0 {
		t.Errorf("Event: %+v, %v", out, err)
	}
	if want := []string{cartFunction + `:live {"a":1}`}; !slices.Equal(f.queued, want) {
		t.Errorf("queued are %q, want %q", f.queued, want)
	}
	out, err = c.Invoke(ctx, &lambda.InvokeInput{FunctionName: sdk.String("cart:live"), InvocationType: types.InvocationTypeDryRun})
	if err != nil || out.StatusCode != 204 {
		t.Errorf("DryRun: %+v, %v", out, err)
	}
	_, err = c.Invoke(ctx, &lambda.InvokeInput{FunctionName: sdk.String("cart:9"), InvocationType: types.InvocationTypeDryRun})
	refused(t, "a dry run of what is not there", err, "ResourceNotFoundException", "Function not found: "+cartFunction+":9")
}

func TestLambdaRefusesAsOnAWS(t *testing.T) {
	throttled := &Refusal{Status: 429, Code: "TooManyRequestsException", Message: "Rate Exceeded.", Reason: "ReservedFunctionConcurrentInvocationLimitExceeded"}
	f := &fakeFunctions{invoke: func(string, []byte) (Invocation, error) { return Invocation{}, throttled }}
	e, logs := startWithFunctions(t, f, nil)
	c, ctx := lambdaClient(e, hookRole), t.Context()
	who := "User: arn:aws:sts::" + account + ":assumed-role/shop-HookRole/shop-Hook is not authorized to perform: "
	for name, in := range map[string]struct {
		in            lambda.InvokeInput
		code, message string
	}{
		"unqualified, with a grant for versions": {
			lambda.InvokeInput{FunctionName: sdk.String("cart")},
			"AccessDeniedException", who + "lambda:InvokeFunction on resource: " + cartFunction + " because no identity-based policy allows the lambda:InvokeFunction action",
		},
		"another function": {
			lambda.InvokeInput{FunctionName: sdk.String("search:live")},
			"AccessDeniedException", who + "lambda:InvokeFunction on resource: arn:aws:lambda:" + region + ":" + account + ":function:search:live ",
		},
		"a version that is not there": {
			lambda.InvokeInput{FunctionName: sdk.String("cart:9")},
			"ResourceNotFoundException", "Function not found: " + cartFunction + ":9",
		},
		"two qualifiers": {
			lambda.InvokeInput{FunctionName: sdk.String("cart:live"), Qualifier: sdk.String("1")},
			"InvalidParameterValueException", "The derived qualifier from the function name does not match the specified qualifier.",
		},
		"another region": {
			lambda.InvokeInput{FunctionName: sdk.String(strings.Replace(cartFunction, region, "us-east-1", 1) + ":live")},
			"ResourceNotFoundException", "Functions from 'us-east-1' are not reachable in this region ('eu-west-1')",
		},
		"no function's name": {
			lambda.InvokeInput{FunctionName: sdk.String("a:b:c:d")},
			"ValidationException", "Value 'a:b:c:d' at 'functionName'",
		},
		"what is no JSON": {
			lambda.InvokeInput{FunctionName: sdk.String("cart:live"), Payload: []byte("{no")},
			"InvalidRequestContentException", "Could not parse request body into json: ",
		},
		"a large event": {
			lambda.InvokeInput{FunctionName: sdk.String("cart:live"), Payload: bytes.Repeat([]byte(" "), maxEvent+1)},
			"RequestTooLargeException", "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
		},
		"a large event to queue": {
			lambda.InvokeInput{FunctionName: sdk.String("cart:live"), InvocationType: types.InvocationTypeEvent, Payload: bytes.Repeat([]byte(" "), maxQueuedEvent+1)},
			"RequestTooLargeException", "Request must be smaller than 1048576 bytes",
		},
		"another type": {
			lambda.InvokeInput{FunctionName: sdk.String("cart:live"), InvocationType: "Later"},
			"InvalidParameterValueException", "Value 'Later' at 'invocationType'",
		},
		"its log":          {lambda.InvokeInput{FunctionName: sdk.String("cart:live"), LogType: types.LogTypeTail}, "NotImplementedException", "Invoke with the log type Tail"},
		"a client context": {lambda.InvokeInput{FunctionName: sdk.String("cart:live"), ClientContext: sdk.String("e30=")}, "NotImplementedException", "Invoke with a client context is not available locally"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.Invoke(ctx, &in.in)
			refused(t, name, err, in.code, in.message)
		})
	}
	_, err := c.Invoke(ctx, &lambda.InvokeInput{FunctionName: sdk.String("cart:live")})
	busy, ok := errors.AsType[*types.TooManyRequestsException](err)
	if !ok || busy.Reason != types.ThrottleReasonReservedFunctionConcurrentInvocationLimitExceeded || sdk.ToString(busy.Message) != "Rate Exceeded." {
		t.Errorf("a function that runs as often as it may: %v", err)
	}
	_, err = c.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: sdk.String("cart")})
	refused(t, "another operation", err, "NotImplementedException", "lambda: GET /2015-03-31/functions/cart is not available locally")
	contains(t, "the log", logs.String(), "AccessDenied: shop/HookRole (AWS::IAM::Role) may not lambda:InvokeFunction on "+cartFunction+", ",
		"lambda: GET /2015-03-31/functions/cart is not available locally")
}

func TestAFunctionReadsAnAlias(t *testing.T) {
	e, _ := startWithFunctions(t, &fakeFunctions{}, nil)
	c, ctx := lambdaClient(e, hookRole), t.Context()
	out, err := c.GetAlias(ctx, &lambda.GetAliasInput{FunctionName: sdk.String(cartFunction), Name: sdk.String("live")})
	if err != nil {
		t.Fatal(err)
	}
	if sdk.ToString(out.AliasArn) != cartFunction+":live" || sdk.ToString(out.Name) != "live" || sdk.ToString(out.FunctionVersion) != "1" ||
		out.RoutingConfig == nil || !cmp.Equal(out.RoutingConfig.AdditionalVersionWeights, map[string]float64{"2": 0.1}) {
		t.Errorf("GetAlias: %+v", out)
	}
	_, err = c.GetAlias(ctx, &lambda.GetAliasInput{FunctionName: sdk.String("cart"), Name: sdk.String("gone")})
	refused(t, "an alias that is not there", err, "ResourceNotFoundException", "Cannot find alias arn: "+cartFunction+":gone")
	_, err = c.GetAlias(ctx, &lambda.GetAliasInput{FunctionName: sdk.String("search"), Name: sdk.String("live")})
	refused(t, "another function's", err, "AccessDeniedException", "is not authorized to perform: lambda:GetAlias on resource: arn:aws:lambda:"+region+":"+account+":function:search ")
}

// fakeCodeDeploy has the deployment d-CART of cart, and one of search.
type fakeCodeDeploy struct{ told []string }

func (f *fakeCodeDeploy) Group(id string) (arn string, found bool) {
	arn, found = map[string]string{"d-CART": cartGroup, "d-SEARCH": strings.Replace(cartGroup, "cart", "search", 1)}[id]
	return arn, found
}

func (f *fakeCodeDeploy) PutHookStatus(id, execution, status string) error {
	if execution != "e1" {
		return &Refusal{Status: http.StatusBadRequest, Code: "InvalidLifecycleEventHookExecutionIdException", Message: "no such execution"}
	}
	f.told = append(f.told, id+" "+status)
	return nil
}

func TestAHookSaysWhatItFound(t *testing.T) {
	f := &fakeCodeDeploy{}
	e, _ := startWithFunctions(t, &fakeFunctions{}, f)
	c, ctx := codedeploy.NewFromConfig(clientConfig(e, hookRole)), t.Context()
	put := func(deployment, execution string, status codedeploytypes.LifecycleEventStatus) error {
		out, err := c.PutLifecycleEventHookExecutionStatus(ctx, &codedeploy.PutLifecycleEventHookExecutionStatusInput{
			DeploymentId: sdk.String(deployment), LifecycleEventHookExecutionId: sdk.String(execution), Status: status,
		})
		if err == nil && sdk.ToString(out.LifecycleEventHookExecutionId) != execution {
			t.Errorf("it answered %+v", out)
		}
		return err
	}
	for _, status := range []codedeploytypes.LifecycleEventStatus{"Succeeded", "Failed"} {
		if err := put("d-CART", "e1", status); err != nil {
			t.Error(err)
		}
	}
	refused(t, "another status", put("d-CART", "e1", "Unknown"), "InvalidLifecycleEventHookExecutionStatusException", "Unknown")
	refused(t, "another execution", put("d-CART", "e2", "Failed"), "InvalidLifecycleEventHookExecutionIdException", "no such execution")
	refused(t, "a deployment that is not there", put("d-GONE", "e1", "Failed"), "DeploymentDoesNotExistException", "d-GONE")
	refused(t, "no deployment", put("", "e1", "Failed"), "DeploymentIdRequiredException", "deployment ID")
	refused(t, "a deployment of another group", put("d-SEARCH", "e1", "Failed"), "AccessDeniedException",
		"is not authorized to perform: codedeploy:PutLifecycleEventHookExecutionStatus on resource: "+strings.Replace(cartGroup, "cart", "search", 1))
	if want := []string{"d-CART Succeeded", "d-CART Failed"}; !slices.Equal(f.told, want) {
		t.Errorf("told are %q, want %q", f.told, want)
	}
	_, err := c.StopDeployment(ctx, &codedeploy.StopDeploymentInput{DeploymentId: sdk.String("d-CART")})
	refused(t, "another operation", err, "NotImplementedException", "codedeploy: StopDeployment is not available locally")
}

func TestFunctionsAreCalledByThoseWhoSign(t *testing.T) {
	e, _ := startWithFunctions(t, &fakeFunctions{}, nil)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.URL()+"/2015-03-31/functions/cart/invocations", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=ASIANOBODY/20260101/eu-west-1/lambda/aws4_request, SignedHeaders=host, Signature=0")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read below
	body, _ := io.ReadAll(res.Body)
	if res.StatusCode == 200 || !strings.Contains(string(body), "UnrecognizedClientException") {
		t.Errorf("an unknown key is answered %d %s", res.StatusCode, body)
	}
}
