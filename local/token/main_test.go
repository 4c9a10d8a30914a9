package main

import (
	"bytes"
	"strings"
	"testing"

	"annex/local/cognito"
)

func TestTokenSaysWhatIsMissing(t *testing.T) {
	err := run([]string{"-assembly", t.TempDir(), "-subject", "ada"}, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "holds no cloud assembly") || !strings.Contains(err.Error(), "make run") {
		t.Errorf("without an assembly: %v", err)
	}
}

func TestTheOnlyClientIsTaken(t *testing.T) {
	pool := func(clients ...cognito.Client) cognito.Pool {
		return cognito.Pool{ID: clients[0].ID + "'s", Clients: clients}
	}
	one, two, server := cognito.Client{ID: "one"}, cognito.Client{ID: "two"}, cognito.Client{ID: "server", Unsupported: "a secret"}
	for name, c := range map[string]struct {
		pools []cognito.Pool
		id    string
		want  string
		err   string
	}{
		"the only one":       {[]cognito.Pool{pool(server), pool(one, server)}, "", "one's one", ""},
		"one of two by name": {[]cognito.Pool{pool(one), pool(two)}, "two", "two's two", ""},
		"two":                {[]cognito.Pool{pool(one), pool(two)}, "", "", "several clients: name one with -client, of one, two"},
		"none":               {nil, "", "", "no client"},
		"no such client":     {[]cognito.Pool{pool(one)}, "three", "", `client "three"`},
	} {
		t.Run(name, func(t *testing.T) {
			pool, client, err := choose(cognito.Config{Pools: c.pools}, c.id)
			if (err != nil) != (c.err != "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("the error is %v, want %q", err, c.err)
			}
			if got := pool.ID + " " + client.ID; err == nil && got != c.want {
				t.Errorf("it is %s, want %s", got, c.want)
			}
		})
	}
}
