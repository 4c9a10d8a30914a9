package secrets

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"annex/lambdas/internal/awsclient"
)

// A vault is a Secrets Manager and a Parameter Store that speak the real protocol and note what they are asked.
type vault struct {
	server *httptest.Server

	mu      sync.Mutex
	asked   []string                                       // "GetSecretValue shop/payment"
	values  map[string]string                              // by name
	refuse  func(name string) (status int, failure string) // failure is JSON; empty for none
	waiting chan struct{}                                  // closed when requests may be answered; nil for at once
}

func newVault(t *testing.T, values map[string]string) *vault {
	t.Helper()
	v := &vault{values: values}
	v.server = httptest.NewServer(v)
	t.Cleanup(v.server.Close)
	return v
}

func (v *vault) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	var in struct {
		SecretId, Name string //nolint:revive // AWS's name
		WithDecryption bool
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	name := in.SecretId + in.Name
	v.mu.Lock()
	v.asked = append(v.asked, operation+" "+name)
	text, known := v.values[name]
	refuse, waiting := v.refuse, v.waiting
	v.mu.Unlock()
	if waiting != nil {
		select {
		case <-waiting:
		case <-r.Context().Done():
			return
		}
	}
	if refuse != nil {
		if status, failure := refuse(name); failure != "" {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, failure)
			return
		}
	}
	switch {
	case operation == "GetSecretValue" && known && strings.HasPrefix(text, "binary "):
		_ = json.NewEncoder(w).Encode(map[string][]byte{"SecretBinary": []byte(text)})
	case operation == "GetSecretValue" && known:
		_ = json.NewEncoder(w).Encode(map[string]string{"SecretString": text})
	case operation == "GetParameter" && known && in.WithDecryption:
		_ = json.NewEncoder(w).Encode(map[string]any{"Parameter": map[string]string{"Value": text}})
	case operation == "GetParameter":
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"__type":"ParameterNotFound"}`)
	default:
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"__type":"ResourceNotFoundException","Message":"Secrets Manager can't find the specified secret."}`)
	}
}

func (v *vault) set(name, text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.values[name] = text
}

func (v *vault) fail(status int, failure string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.refuse = func(string) (int, string) { return status, failure }
}

func (v *vault) count() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.asked)
}

// A clock is what the test says it is.
type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

var environment = map[string]string{
	"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret",
	"PAYMENT_KEY": "shop/payment", "FREE_SHIPPING": "/shop/free-shipping",
}

func getenv(name string) string { return environment[name] }

// read reads as Read does, but asks once only, so that tests of failures are quick.
func (v *vault) read(ctx context.Context, t *testing.T, sources ...*Source) (*clock, *strings.Builder, error) {
	t.Helper()
	config, err := awsclient.Config(func(name string) string {
		if name == "AWS_ENDPOINT_URL" {
			return v.server.URL
		}
		return getenv(name)
	})
	if err != nil {
		t.Fatal(err)
	}
	config.RetryMaxAttempts = 1
	logs := &strings.Builder{}
	clock := &clock{time.Date(2026, 11, 25, 16, 0, 0, 0, time.UTC)}
	return clock, logs, read(ctx, config, getenv, slog.New(slog.NewTextHandler(logs, nil)), clock.now, sources)
}

func TestReadGetsEveryValueAtOnce(t *testing.T) {
	vault := newVault(t, map[string]string{"shop/payment": hidden, "/shop/free-shipping": "5000"})
	vault.waiting = make(chan struct{})
	go func() { // answers when all have been asked for
		for vault.count() < 2 {
			time.Sleep(time.Millisecond)
		}
		close(vault.waiting)
	}()
	key, threshold := Secret("PAYMENT_KEY"), Parameter("FREE_SHIPPING")
	if _, _, err := vault.read(t.Context(), t, key, threshold); err != nil {
		t.Fatal(err)
	}
	if got := key.Current(t.Context()).Reveal(); got != hidden {
		t.Errorf("the secret is %s", got)
	}
	if got := threshold.Current(t.Context()).Reveal(); got != "5000" {
		t.Errorf("the parameter is %s", got)
	}
}

func TestBinarySecretIsItsBytes(t *testing.T) {
	vault := newVault(t, map[string]string{"shop/payment": "binary \x00\xff"})
	key := Secret("PAYMENT_KEY")
	if _, _, err := vault.read(t.Context(), t, key); err != nil {
		t.Fatal(err)
	}
	if got := key.Current(t.Context()).Reveal(); got != "binary \x00\xff" {
		t.Errorf("the secret is %q", got)
	}
}

func TestReadNeedsARegion(t *testing.T) {
	err := Read(func(string) string { return "" }, slog.New(slog.DiscardHandler), Secret("PAYMENT_KEY"))
	if err == nil || !strings.Contains(err.Error(), "AWS_REGION") {
		t.Error(err)
	}
}

func TestReadSaysWhatToDoAboutEachValueThatItDoesNotGet(t *testing.T) {
	const denied = `{"__type":"AccessDeniedException","Message":"User: x is not authorized to perform: y"}`
	for name, test := range map[string]struct {
		sources []*Source
		refuse  func(name string) (int, string)
		want    []string // of each line
	}{
		"not there": {
			[]*Source{Secret("PAYMENT_KEY"), Parameter("FREE_SHIPPING")},
			nil,
			[]string{
				"PAYMENT_KEY: there is no secret shop/payment in eu-west-1: make it in the function's account, with `aws secretsmanager create-secret .* --name shop/payment`",
				"FREE_SHIPPING: there is no parameter /shop/free-shipping in eu-west-1: make it in the function's account, with `aws ssm put-parameter .* --name /shop/free-shipping`",
			},
		},
		"denied": {
			[]*Source{Secret("PAYMENT_KEY"), Parameter("FREE_SHIPPING")},
			func(string) (int, string) { return 400, denied },
			[]string{
				"PAYMENT_KEY: the function may not read the secret shop/payment: name it in the function's Secrets, .*User: x is not authorized to perform: y",
				"FREE_SHIPPING: the function may not read the parameter /shop/free-shipping: name it in the function's Parameters, .*User: x is not authorized to perform: y",
			},
		},
		"one of two": {
			[]*Source{Secret("PAYMENT_KEY"), Parameter("FREE_SHIPPING")},
			func(name string) (int, string) {
				if name == "shop/payment" {
					return 400, `{"SecretString":"` + hidden + `","__type":"InternalServiceError"}`
				}
				return 200, `{"Parameter":{"Value":"` + hidden + `"}}`
			},
			[]string{"PAYMENT_KEY: read the secret shop/payment: .*InternalServiceError"},
		},
		"not named": {
			[]*Source{Secret("MAIL_KEY"), Parameter("GREETING")},
			nil,
			[]string{
				"MAIL_KEY is not set: name the secret in the function's Secrets, in its stack",
				"GREETING is not set: name the parameter in the function's Parameters, in its stack",
			},
		},
		"an answer that makes no sense": {
			[]*Source{Secret("PAYMENT_KEY")},
			func(string) (int, string) { return 200, `{"SecretString":` + hidden },
			[]string{"PAYMENT_KEY: read the secret shop/payment: "},
		},
	} {
		t.Run(name, func(t *testing.T) {
			vault := newVault(t, nil)
			vault.refuse = test.refuse
			_, logs, err := vault.read(t.Context(), t, test.sources...)
			if err == nil {
				t.Fatal("no error")
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(test.want) {
				t.Fatalf("error is\n%v\nwant %d lines", err, len(test.want))
			}
			for i, line := range lines {
				if !matches(t, test.want[i], line) {
					t.Errorf("line %d is\n%s\nwant\n%s", i+1, line, test.want[i])
				}
			}
			if strings.Contains(err.Error()+logs.String(), hidden) {
				t.Errorf("the value is shown: %v, %s", err, logs)
			}
		})
	}
}

// matches says whether the text begins as the pattern says, in which .* stands for anything.
func matches(t *testing.T, pattern, text string) bool {
	t.Helper()
	for i, part := range strings.Split(pattern, ".*") {
		at := strings.Index(text, part)
		if at < 0 || i == 0 && at > 0 {
			return false
		}
		text = text[at+len(part):]
	}
	return true
}

func TestReadEndsWithItsTime(t *testing.T) {
	vault := newVault(t, map[string]string{"shop/payment": hidden})
	vault.waiting = make(chan struct{}) // never answers
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, _, err := vault.read(ctx, t, Secret("PAYMENT_KEY"))
	if err == nil || !matches(t, "PAYMENT_KEY: read the secret shop/payment: .*deadline exceeded", err.Error()) {
		t.Error(err)
	}
}

func TestRotatedValueGetsInWhenTheOldOneIsNoLongerFresh(t *testing.T) {
	vault := newVault(t, map[string]string{"shop/payment": "old"})
	key := Secret("PAYMENT_KEY")
	clock, logs, err := vault.read(t.Context(), t, key)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		step  string
		do    func()
		want  string
		asked int // by then
	}{
		{"the value read at the start", func() {}, "old", 1},
		{"is used", func() { vault.set("shop/payment", "new") }, "old", 1},
		{"until just before it is due", func() { clock.Time = clock.Add(Fresh - 1) }, "old", 1},
		{"and then is read again", func() { clock.Time = clock.Add(1) }, "new", 2},
		{"which again is good for a while", func() { clock.Time = clock.Add(Fresh - 1) }, "new", 2},
		{"where that fails, the old one stays", func() {
			vault.fail(500, `{"__type":"InternalServiceError"}`)
			clock.Time = clock.Add(1)
		}, "new", 3},
		{"and is not asked for again at once", func() {}, "new", 3},
		{"also where leave is taken away", func() {
			vault.fail(400, `{"__type":"AccessDeniedException","Message":"no"}`)
			clock.Time = clock.Add(Fresh)
		}, "new", 4},
		{"until the trouble is over", func() {
			vault.fail(0, "")
			vault.set("shop/payment", "newest")
			clock.Time = clock.Add(Fresh)
		}, "newest", 5},
	} {
		step.do()
		if got := key.Current(t.Context()).Reveal(); got != step.want {
			t.Errorf("%s: the value is %s, want %s", step.step, got, step.want)
		}
		if got := vault.count(); got != step.asked {
			t.Errorf("%s: asked %d times, want %d", step.step, got, step.asked)
		}
	}
	if warnings := strings.Count(logs.String(), "level=WARN"); warnings != 2 || !strings.Contains(logs.String(), "name=shop/payment") {
		t.Errorf("logged:\n%s", logs)
	}
}

func TestManyRequestsMayAskForAValueThatIsDue(t *testing.T) {
	vault := newVault(t, map[string]string{"shop/payment": "old"})
	key := Secret("PAYMENT_KEY")
	clock, _, err := vault.read(t.Context(), t, key)
	if err != nil {
		t.Fatal(err)
	}
	clock.Time = clock.Add(Fresh)
	var asking sync.WaitGroup
	for range 20 {
		asking.Go(func() { key.Current(t.Context()) })
	}
	asking.Wait()
	if got := vault.count(); got != 2 {
		t.Errorf("asked %d times, want 2", got)
	}
}

func TestValueThatWasNotReadIsAMistakeInMain(t *testing.T) {
	defer func() {
		want := "secrets: the value of PAYMENT_KEY is asked for before it is read: give it to secrets.Read in main"
		if diff := cmp.Diff(want, fmt.Sprint(recover())); diff != "" {
			t.Error(diff)
		}
	}()
	Secret("PAYMENT_KEY").Current(t.Context())
}
