// Command preflight says what a deployment of a synthesized stage would trip
// over in its account and in DNS: make preflight STAGE=prod. It needs
// credentials of the stage's account, reads, and changes nothing.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"annex/local/assembly"
	"annex/ops/internal/account"
	"annex/ops/internal/preflight"
	"annex/stacks"
	"annex/stacks/web"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once
	gravest, err := run(ctx, os.Args[1:], os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case ctx.Err() != nil:
		os.Exit(130)
	case err != nil:
		fmt.Fprintf(os.Stderr, "annex: %v\n", err)
		os.Exit(1)
	default:
		os.Exit(status(gravest))
	}
}

// status is the exit status after a report. A job that goes on after 0 alone
// never takes for a pass what could not be looked at.
func status(gravest preflight.Severity) int {
	switch gravest {
	case preflight.Stops:
		return 1
	case preflight.Unknown:
		return 2
	}
	return 0
}

func run(ctx context.Context, arguments []string, out io.Writer) (gravest preflight.Severity, err error) {
	flags := flag.NewFlagSet("preflight", flag.ContinueOnError)
	name := flags.String("stage", "", "the `name` of a stage in stacks/stages.go")
	dir := flags.String("assembly", "cdk.out", "the cloud assembly's `folder`")
	server := flags.String("dns", "", "the `host:port` of a DNS server that resolves for everybody; without it, this machine's")
	if err := flags.Parse(arguments); err != nil {
		return preflight.Unknown, err
	}
	stage, err := stacks.FindStage(*name)
	if err != nil {
		return preflight.Unknown, err
	}
	a, err := assembly.Read(*dir)
	if err != nil {
		return preflight.Unknown, err
	}
	cfg, err := account.Load(ctx, stage.Region)
	if err != nil {
		return preflight.Unknown, err
	}
	caller, err := account.Check(ctx, cfg, stage.Account)
	if err != nil {
		return preflight.Unknown, err
	}
	resolver := preflight.Resolver{Server: *server}
	if *server == "" {
		resolver, _ = preflight.SystemResolver() // the checks say that none is known
	}
	_, _ = fmt.Fprintf(out, "preflight of %s, as %s\n", stage.Name, caller)
	services := preflight.NewServices(cfg, resolver, http.DefaultClient, stage.Region, "us-east-1")
	findings, err := preflight.Run(ctx, describe(stage), a, services, preflight.Options{Now: time.Now()})
	if err != nil {
		return preflight.Unknown, err
	}
	return preflight.Gravest(findings), preflight.Report(out, findings)
}

// describe is what the checks need to know of the stage.
func describe(stage stacks.Stage) preflight.Stage {
	s := preflight.Stage{
		Name: stage.Name, Account: stage.Account, Region: stage.Region,
		ZoneID: stage.Zone.ID, ZoneName: stage.Zone.Name,
		ConcurrencyLimit: cmp.Or(stage.ConcurrencyLimit, 1000),
		SecretsMetadata:  web.SecretsMetadata, ParametersMetadata: web.ParametersMetadata,
	}
	if stage.Exposure == stacks.Edge {
		s.Origin = &preflight.Origin{
			TrustStoreBucket: stage.TrustStoreBucket(), TrustStoreKey: stacks.TrustStoreKey,
			VersionParameter: stage.TrustStoreVersionParameter(), CertificateParameter: stage.OriginCertificateParameter(),
		}
	}
	return s
}
