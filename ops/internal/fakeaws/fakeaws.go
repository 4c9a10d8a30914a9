// Package fakeaws is an AWS account on loopback: an HTTP server that speaks the
// SDK's own protocols, so that tests use the real clients. It holds what a test
// puts there, notes every call, and refuses what a test did not expect. Only
// tests of ops/ may import it.
package fakeaws

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// Account is the account. Its fields may be set until the first call, and
// between calls.
type Account struct {
	ID string

	Parameters    map[string]string       // by "<region> <name>"
	Buckets       map[string]*Bucket      // by name
	Certificates  map[string]*Certificate // by ARN
	DomainNames   map[string]DomainName   // API Gateway's, by "<region> <name>"
	LogRoles      map[string]string       // API Gateway's, by region
	Zones         map[string]Zone         // by ID
	Distributions []Distribution
	Conflicts     map[string]string     // the account of the distribution that has a host, by the host
	Stacks        map[string]*Stack     // by "<region> <name>"
	LogGroups     map[string]bool       // by "<region> <name>"
	Tables        map[string]bool       // by "<region> <name>"
	Secrets       map[string]bool       // by "<region> <name>"
	SignInHosts   map[string]string     // the user pool of a prefix, by "<region> <prefix>"
	Concurrency   [2]int32              // the account's limit, and how much of it is unreserved; with neither Lambda says nothing
	Functions     map[string]*Function  // by name
	Authorizers   map[string]Authorizer // by "<API> <authorizer>"

	// ReadOnly fails the test at a call that would change something.
	ReadOnly bool
	// Denied are operations that answer AccessDenied: "acm:ListCertificates".
	Denied []string
	// Throttled are how many times an operation answers that it is throttled
	// before it works.
	Throttled map[string]int
	// Now is the account's time.
	// Default: the machine's.
	Now func() time.Time
	// Before is called before each call, and may stop the test's own command.
	Before func(Call)

	url   string
	t     testing.TB
	mu    sync.Mutex
	calls []Call
	made  int // for IDs

	encrypted map[string]bool // the parameters that are a SecureString
}

// Call is one call of an operation.
type Call struct{ Region, Operation string } // "eu-west-1", "acm:ListCertificates"

// Changes reports whether the call would change something.
func (c Call) Changes() bool {
	_, name, _ := strings.Cut(c.Operation, ":")
	return !regexp.MustCompile(`^(Get|List|Describe|Head)`).MatchString(name)
}

// New starts the account, for as long as the test runs.
func New(t testing.TB, id string) *Account {
	t.Helper()
	a := &Account{
		ID: id, t: t,
		Parameters: map[string]string{}, Buckets: map[string]*Bucket{}, Certificates: map[string]*Certificate{},
		DomainNames: map[string]DomainName{}, LogRoles: map[string]string{}, Authorizers: map[string]Authorizer{},
		Zones: map[string]Zone{}, Conflicts: map[string]string{}, Stacks: map[string]*Stack{}, LogGroups: map[string]bool{},
		Tables: map[string]bool{}, Secrets: map[string]bool{}, SignInHosts: map[string]string{},
		Concurrency: [2]int32{1000, 1000}, Functions: map[string]*Function{},
		Throttled: map[string]int{}, encrypted: map[string]bool{},
	}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	a.url = server.URL
	return a
}

// Environment is an environment by which a command finds this account, and
// credentials for it.
func (a *Account) Environment() map[string]string {
	return map[string]string{"AWS_ENDPOINT_URL": a.url, "AWS_ACCESS_KEY_ID": "AKIAFAKE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_CONFIG_FILE": "/dev/null"}
}

// Config is a configuration whose every client calls this account.
func (a *Account) Config(region string) aws.Config {
	return aws.Config{
		Region:       region,
		BaseEndpoint: aws.String(a.url),
		Credentials:  credentials.NewStaticCredentialsProvider("AKIAFAKE", "secret", ""),
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return time.Millisecond, nil })
			})
		},
	}
}

// Calls are the calls until now, in their order.
func (a *Account) Calls() []Call {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.calls)
}

// Changed are the operations until now that changed something, in their order.
func (a *Account) Changed() []string {
	var changed []string
	for _, call := range a.Calls() {
		if call.Changes() {
			changed = append(changed, call.Operation)
		}
	}
	return changed
}

// request is a call, as its operation needs it.
type request struct {
	context.Context

	region string
	body   []byte
	http   *http.Request
	path   []string // what the pattern of the operation's path holds
}

// failure is an error that a service answers.
type failure struct {
	status        int
	code, message string
	bare          bool // as S3 has it, in no other element
}

func (f *failure) Error() string { return f.code + ": " + f.message }

func refuse(status int, code, format string, arguments ...any) error {
	return &failure{status: status, code: code, message: fmt.Sprintf(format, arguments...)}
}

// scope is the credential's scope in a signature, which names the service.
var scope = regexp.MustCompile(`Credential=[^/]+/\d+/([^/]+)/([^/]+)/aws4_request`)

// ServeHTTP answers one call.
func (a *Account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	signed := scope.FindStringSubmatch(r.Header.Get("Authorization"))
	if signed == nil {
		a.t.Errorf("fakeaws: %s %s is not signed", r.Method, r.URL)
		w.WriteHeader(http.StatusForbidden)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the caller went away
	}
	req := &request{Context: r.Context(), region: signed[1], body: body, http: r}
	protocol := protocols[signed[2]]
	if protocol == nil {
		a.t.Errorf("fakeaws: no such service: %s", signed[2])
		w.WriteHeader(http.StatusNotImplemented)
		return
	}
	name, operation := protocol.find(req)
	if operation == nil {
		a.t.Errorf("fakeaws: %s has no such operation: %s %s %s", signed[2], r.Method, r.URL, name)
		w.WriteHeader(http.StatusNotImplemented)
		return
	}
	call := Call{req.region, signed[2] + ":" + name}
	if a.Before != nil {
		a.Before(call)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if r.Context().Err() != nil {
		return // the command was stopped before the call arrived
	}
	answer, err := a.answer(call, req, operation)
	if err != nil {
		protocol.fail(w, err.(*failure)) //nolint:errorlint // operations answer with nothing else
		return
	}
	protocol.succeed(w, name, answer)
}

func (a *Account) answer(call Call, req *request, operation operation) (any, error) {
	switch {
	case a.Throttled[call.Operation] > 0:
		a.Throttled[call.Operation]--
		return nil, refuse(http.StatusBadRequest, "ThrottlingException", "Rate exceeded")
	case slices.Contains(a.Denied, call.Operation):
		return nil, refuse(http.StatusForbidden, "AccessDenied", "User: arn:aws:iam::%s:user/dev is not authorized to perform: %s", a.ID, call.Operation)
	case a.ReadOnly && call.Changes():
		a.t.Errorf("fakeaws: %s changes something", call.Operation)
		return nil, refuse(http.StatusForbidden, "AccessDenied", "the account may only be read")
	}
	a.calls = append(a.calls, call)
	return operation(a, req)
}

// id is an identifier that was not given before.
func (a *Account) id(prefix string) string {
	a.made++
	return fmt.Sprintf("%s%04d", prefix, a.made)
}
