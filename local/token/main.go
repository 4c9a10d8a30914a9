// Command token prints an access token of the local issuer, for curl: the one
// that the website's page would get if the customer signed in. The runner need
// not run, for it signs with the same key.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"annex/local/assembly"
	"annex/local/cognito"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "annex: %v\n", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("token", flag.ContinueOnError)
	dir := flags.String("assembly", "cdk.out", "the cloud assembly's `folder`")
	state := flags.String("state", ".local", "the `folder` in which local mode keeps its key")
	subject := flags.String("subject", "", "the customer's `name`, as on the sign-in page")
	id := flags.String("client", "", "the client's `ID`, where the stage has several")
	if err := flags.Parse(args); err != nil {
		return err
	}
	stage, err := assembly.Read(*dir)
	if err != nil {
		return fmt.Errorf("%w; `make run` does so too", err)
	}
	config, _, err := cognito.Read(stage)
	if err != nil {
		return err
	}
	pool, client, err := choose(config, *id)
	if err != nil {
		return err
	}
	key, err := cognito.OpenKey(filepath.Join(*state, cognito.KeyFolder))
	if err != nil {
		return err
	}
	token, err := key.AccessToken(pool, client, *subject, time.Now())
	if err != nil {
		return fmt.Errorf("SUBJECT %q: %w", *subject, err)
	}
	_, err = fmt.Fprintln(out, token)
	return err
}

// choose is the client with the ID, or without one the only client.
func choose(config cognito.Config, id string) (pool cognito.Pool, client cognito.Client, err error) {
	var ids []string
	for _, p := range config.Pools {
		for _, c := range p.Clients {
			if c.ID == id || id == "" && c.Unsupported == "" {
				pool, client, ids = p, c, append(ids, c.ID)
			}
		}
	}
	switch {
	case len(ids) == 0 && id != "":
		err = fmt.Errorf("no user pool of the stage has a client %q", id)
	case len(ids) == 0:
		err = errors.New("the stage has no client of a user pool, so nobody signs in")
	case len(ids) > 1:
		err = fmt.Errorf("the stage has several clients: name one with -client, of %s", strings.Join(ids, ", "))
	}
	return pool, client, err
}
