package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const teller = `// Command teller is a function that has a secret and a parameter.
package main

import (
	"context"
	"log"
	"net/http"
	"os"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"annex/lambdas/internal/httpapi"
	"annex/lambdas/internal/secrets"
)

func main() {
	logger := lambdacontext.NewLogger()
	key, greeting := secrets.Secret("VAULT_KEY"), secrets.Parameter("GREETING")
	if err := secrets.Read(os.Getenv, logger, key, greeting); err != nil {
		log.Fatal(err)
	}
	httpapi.Start(logger, httpapi.Routes{"GET /tell": func(ctx context.Context, _ httpapi.Request) (httpapi.Response, error) {
		logger.InfoContext(ctx, "told", "key", key.Current(ctx))
		return httpapi.JSON(http.StatusOK, map[string]any{
			"greeting": greeting.Current(ctx).Reveal(), "opens": key.Current(ctx).Reveal() == os.Getenv("OPENS"),
		})
	}})
}
`

const tellerStack = `	teller := service.function("Teller", &web.FunctionProps{
		Code:        code.Handler("teller"),
		Environment: map[string]string{"OPENS": "s3same"},
		Secrets:     map[string]string{"VAULT_KEY": "shop/vault"},
		Parameters:  map[string]string{"GREETING": "/shop/greeting"},
	})
	web.NewRoute(stack, "Tell", &web.RouteProps{API: api, Key: "GET /tell", Function: teller})
	return stack
`

// TestAFunctionGetsTheValuesThatItsStackNames goes the way of a developer who
// adds a function with a secret: the values are missing, are written while the
// shop runs, and at last the grant is taken away.
func TestAFunctionGetsTheValuesThatItsStackNames(t *testing.T) {
	t.Parallel()
	clone := cloneWorkTree(t)
	write(t, filepath.Join(clone, "lambdas/teller/main.go"), teller)
	stack := filepath.Join(clone, "stacks/search.go")
	replace(t, stack, "	return stack\n", tellerStack)
	assembly := filepath.Join(t.TempDir(), "cdk.out")
	if out, err := cdk(clone, "synth", "--quiet", "-c", "stage=dev", "--output", assembly); err != nil {
		t.Fatalf("cdk synth: %v\n%s", err, out)
	}

	r := startIn(t, clone, assembly, t.TempDir()).wait(t)
	file := filepath.Join(clone, "local.secrets.json")
	first := want(t, 500, get(t, r.api(t, "/search/tell")))
	if first.body != `{"message":"Internal Server Error"}` {
		t.Errorf("without values it answers %s", first.body)
	}
	r.prints(t,
		"annex: "+file+" lacks the secret shop/vault (VAULT_KEY of annex-dev-search/Teller), the parameter /shop/greeting (GREETING of annex-dev-search/Teller).",
		"\n    \"shop/vault\": \"…\"\n",
		"VAULT_KEY: there is no secret shop/vault in eu-west-1: make it",
		"GREETING: there is no parameter /shop/greeting in eu-west-1: make it",
		"reads the secret shop/vault, which is not in "+file,
	)

	write(t, file, "{\"secrets\": {\"shop/vault\": \"s3same\"},\n\"parameters\": {\"/shop/greeting\": 1}}")
	want(t, 500, get(t, r.api(t, "/search/tell")))
	r.prints(t, file+`:2: parameters "/shop/greeting": want a string`)

	write(t, file, `{"secrets": {"shop/vault": "s3same"}, "parameters": {"/shop/greeting": "hello"}}`)
	told := want(t, 200, get(t, r.api(t, "/search/tell")))
	if told.body != `{"greeting":"hello","opens":true}` {
		t.Errorf("with values it answers %s", told.body)
	}
	r.prints(t, "[secret shop/vault]")
	r.stop(t)
	if out := r.printed(); strings.Contains(out, "s3same") {
		t.Errorf("the terminal shows the secret:\n%s", out)
	}

	replace(t, filepath.Join(assembly, "annex-dev-search.template.json"), `"secretsmanager:GetSecretValue"`, `"secretsmanager:DescribeSecret"`)
	r = startIn(t, clone, assembly, t.TempDir()).wait(t)
	want(t, 500, get(t, r.api(t, "/search/tell")))
	r.prints(t,
		"aws: AccessDenied: annex-dev-search/Teller/Role/Resource (AWS::IAM::Role) may not secretsmanager:GetSecretValue on arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/vault-",
		"VAULT_KEY: the function may not read the secret shop/vault: name it in the function's Secrets",
	)
	if strings.Contains(r.printed(), " lacks ") {
		t.Errorf("values are said to be missing:\n%s", r.printed())
	}

	write(t, file, "{")
	r = startIn(t, clone, assembly, t.TempDir())
	<-r.done
	if out := r.printed(); r.cmd.ProcessState.ExitCode() != 1 || !strings.Contains(out, "annex: "+file+":1: it is not JSON") {
		t.Errorf("with a broken file the runner ended with %d and printed:\n%s", r.cmd.ProcessState.ExitCode(), out)
	}
}

// prints waits until the runner has printed each of the parts.
func (r *runner) prints(t *testing.T, parts ...string) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for _, part := range parts {
		for !strings.Contains(r.printed(), part) {
			if time.Now().After(deadline) {
				t.Fatalf("the runner did not print %q", part)
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
}

// replace replaces the one occurrence of a text in a file.
func replace(t *testing.T, file, from, to string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), from); n != 1 {
		t.Fatalf("%s has %q %d times, want once", file, from, n)
	}
	write(t, file, strings.Replace(string(text), from, to, 1))
}
