package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The mistakes of somebody who adds a route: each is one message, which names
// the line. What stops without a change to stacks/ is tested in test/.
func TestAMistakeInAStackIsToldInOneMessage(t *testing.T) {
	t.Parallel()
	clone := cloneWorkTree(t)
	cart := filepath.Join(clone, "stacks/cart.go")
	sound, err := os.ReadFile(cart)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ from, to, want string }{
		"a malformed route key": {
			`"GET /{cart}"`, `"GTE /{cart}"`,
			`: web: route "GetCart": key "GTE /{cart}": unknown method GTE, want one of ANY, `,
		},
		"a missing handler folder": {
			`code.Handler("cart")`, `code.Handler("crat")`,
			`: web: function "Cart": handler "crat" has no folder lambdas/crat: make it`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			write(t, cart, strings.Replace(string(sound), c.from, c.to, 1))
			out, err := cdk(clone, "synth", "--quiet", "-c", "stage=prod")
			message, rest, _ := strings.Cut(out, "\n")
			if err == nil || !strings.HasPrefix(message, "annex: stacks/cart.go:") || !strings.Contains(message, c.want) {
				t.Errorf("synth ended with %v and printed:\n%s", err, out)
			}
			// The command line adds how the app ended, and nothing else does.
			if strings.Count(rest, "\n") > 1 {
				t.Errorf("synth printed more than the message:\n%s", out)
			}
		})
	}
}

// What a deployment does not notice, and its first request does.
func TestAGrantThatIsForgottenInAStackFailsAsItWouldInAWS(t *testing.T) {
	t.Parallel()
	clone := cloneWorkTree(t)
	stack := filepath.Join(clone, "stacks/cart.go")
	sound, err := os.ReadFile(stack)
	if err != nil {
		t.Fatal(err)
	}
	const grants = `"dynamodb:GetItem", "dynamodb:PutItem"`
	if strings.Count(string(sound), grants) != 1 {
		t.Fatalf("stacks/cart.go does not grant %s once", grants)
	}
	write(t, stack, strings.Replace(string(sound), grants, `"dynamodb:GetItem"`, 1))
	assembly := filepath.Join(t.TempDir(), "cdk.out")
	if out, err := cdk(clone, "synth", "--quiet", "-c", "stage=dev", "--output", assembly); err != nil {
		t.Fatalf("cdk synth: %v\n%s", err, out)
	}
	r := startIn(t, root, assembly, t.TempDir()).wait(t)
	want(t, 500, request(t, "POST", r.site(t, "/api/cart/"), ""))
	want(t, 404, get(t, r.site(t, "/api/cart/aaaaaaaaaaaaaaaaaaaaaaaaaa"))) // this is granted
	r.prints(t, "AccessDenied: annex-dev-cart/Cart",
		"may not dynamodb:PutItem on arn:aws:dynamodb:eu-west-1:111122223333:table/annex-dev-cart-Carts",
		"because no identity-based policy allows the dynamodb:PutItem action")
}
