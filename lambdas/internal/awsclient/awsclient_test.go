package awsclient

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
)

func TestConfigIsLambdasEnvironment(t *testing.T) {
	environment := map[string]string{
		"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token",
	}
	getenv := func(name string) string { return environment[name] }

	config, err := Config(getenv)
	if err != nil {
		t.Fatal(err)
	}
	credentials, err := config.Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if config.Region != "eu-west-1" || credentials.AccessKeyID != "key" || credentials.SecretAccessKey != "secret" || credentials.SessionToken != "token" {
		t.Errorf("region is %s, credentials are %+v", config.Region, credentials)
	}
	if config.BaseEndpoint != nil {
		t.Errorf("endpoint is %s, want AWS's own", *config.BaseEndpoint)
	}

	environment["AWS_ENDPOINT_URL"] = "http://127.0.0.1:4566"
	if config, err = Config(getenv); err != nil || aws.ToString(config.BaseEndpoint) != "http://127.0.0.1:4566" {
		t.Errorf("endpoint is %s, error %v", aws.ToString(config.BaseEndpoint), err)
	}

	delete(environment, "AWS_REGION")
	if _, err := Config(getenv); err == nil {
		t.Error("no error without AWS_REGION")
	}
}

func TestUnavailableIsWhatIsWorthTryingAgain(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		want bool
	}{
		"throttled":      {&smithy.GenericAPIError{Code: "ThrottlingException"}, true},
		"over capacity":  {&smithy.GenericAPIError{Code: "ProvisionedThroughputExceededException"}, true},
		"slow down":      {&smithy.GenericAPIError{Code: "SlowDown"}, true},
		"not reached":    {&url.Error{Op: "Post", Err: &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}}, true},
		"no permission":  {&smithy.GenericAPIError{Code: "AccessDeniedException"}, false},
		"a wrong key":    {&smithy.GenericAPIError{Code: "ValidationException"}, false},
		"something else": {errors.New("attribute items is not a list"), false},
		"no error":       {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			err := test.err
			if err != nil {
				err = fmt.Errorf("load a cart: %w", err)
			}
			if got := Unavailable(err); got != test.want {
				t.Errorf("Unavailable(%v) is %t", err, got)
			}
		})
	}
}

// An httpFunc is an HTTP client.
type httpFunc func(*http.Request) (*http.Response, error)

func (f httpFunc) Do(r *http.Request) (*http.Response, error) { return f(r) }

func TestRequestsGoOutWithoutWriteTo(t *testing.T) {
	var sent io.ReadCloser
	client := readOnlyBodies{httpFunc(func(r *http.Request) (*http.Response, error) {
		sent = r.Body
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
	})}
	send := func(body io.Reader) io.ReadCloser {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://dynamodb.eu-west-1.amazonaws.com", body)
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		return sent
	}

	body := send(strings.NewReader("{}"))
	if _, ok := body.(io.WriterTo); ok {
		t.Error("the body has WriteTo")
	}
	if content, err := io.ReadAll(body); err != nil || string(content) != "{}" {
		t.Errorf("the body is %q, %v", content, err)
	}
	if body := send(nil); body != nil {
		t.Errorf("a request without a body got %T", body)
	}
}
