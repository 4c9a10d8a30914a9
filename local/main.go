// Command local serves a stage's deployed system on one machine: CloudFront,
// API Gateway's HTTP and WebSocket APIs, Lambda, the schedules of EventBridge
// Scheduler, DynamoDB, S3, the values of Secrets Manager and Parameter Store, an
// issuer in place of Cognito, and the container beside them. Its only input is
// the cloud assembly, so what runs here is what would deploy.
//
// Edits are followed: handlers are compiled and the stage is synthesized again,
// and what comes of it takes the place of what was served, without a request
// lost. An edit that compiles or synthesizes to nothing is told, and what was
// there before is served on. POST /shift at the console's host releases the edit
// of a handler as a deployment would (Command shift), and a page at that host
// shows what happens inside.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
)

func main() {
	options, err := parse(os.Args[1:], os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "annex: %v\n", err)
		os.Exit(2)
	}
	options.coloured = coloured(os.Stdout, os.Getenv)
	// A few megabytes are kept here and each request leaves 25 KB behind, so that
	// at Go's own pace a seventh of the time would go into collecting them.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second Ctrl-C ends the process at once; everything it started ends with it.
	context.AfterFunc(ctx, stop)
	if err := run(ctx, options, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "annex: %v\n", err)
		os.Exit(1)
	}
}

// options are the command's flags.
type options struct {
	root      string   // the repository: handlers are compiled from it
	assembly  string   // the cloud assembly
	state     string   // what local mode keeps: data, compiled handlers, the certificate authority
	port      int      // plain HTTP; 0 takes a free one
	tlsPort   int      // HTTPS; 0 takes a free one
	container *url.URL // the container service; nil starts the stand-in
	dynamoDB  string   // a DynamoDB endpoint to use instead of starting one; empty starts one
	values    string   // the file with the values of secrets and parameters
	watch     bool     // follow edits of the handlers and stacks
	stage     string   // the stage that is synthesized again when its stacks were edited
	json      bool     // print JSON objects, one a line
	coloured  bool     // print text in colours; no flag
}

func parse(args []string, usage io.Writer) (options, error) {
	o := options{}
	flags := flag.NewFlagSet("local", flag.ContinueOnError)
	flags.SetOutput(usage)
	flags.StringVar(&o.root, "root", ".", "the repository's `folder`")
	flags.StringVar(&o.assembly, "assembly", "cdk.out", "the cloud assembly's `folder`")
	flags.StringVar(&o.state, "state", ".local", "the `folder` for data, compiled handlers and the certificate authority")
	flags.IntVar(&o.port, "port", 8080, "the `port` for HTTP; 0 takes a free one")
	flags.IntVar(&o.tlsPort, "tls-port", 8443, "the `port` for HTTPS; 0 takes a free one")
	containerURL := flags.String("container", "", "the container service's `URL`, such as http://127.0.0.1:9000; without it a stand-in is started")
	flags.StringVar(&o.dynamoDB, "dynamodb", "", "the `URL` of a DynamoDB to use instead of starting one")
	flags.StringVar(&o.values, "secrets", "", "the `file` with the values of secrets and parameters (default local.secrets.json in the repository's folder)")
	flags.BoolVar(&o.watch, "watch", true, "compile handlers and synthesize stacks again when they were edited")
	flags.StringVar(&o.stage, "stage", "dev", "the `stage` that the assembly is of")
	flags.BoolVar(&o.json, "json", false, "print a JSON object a line: requests, logs, notices, and ready with the addresses")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	var err error
	if o.root, err = filepath.Abs(o.root); err != nil {
		return o, fmt.Errorf("the repository's folder: %w", err)
	}
	if o.values == "" {
		o.values = filepath.Join(o.root, "local.secrets.json")
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unknown argument %q: `local -help` lists the flags", flags.Arg(0))
	}
	if *containerURL != "" {
		base, err := serviceURL(*containerURL)
		if err != nil {
			return o, fmt.Errorf("the container's address: %w", err)
		}
		o.container = base
	}
	if o.dynamoDB != "" {
		if _, err := serviceURL(o.dynamoDB); err != nil {
			return o, fmt.Errorf("the DynamoDB endpoint: %w", err)
		}
	}
	return o, nil
}

// serviceURL is an http or https URL of a host alone.
func serviceURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%q is not a service's URL, want one such as http://127.0.0.1:9000", text)
	}
	return u, nil
}
