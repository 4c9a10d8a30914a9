// Command origincertificate makes, keeps and renews what lets only the site's
// distribution reach the APIs: a client certificate that CloudFront shows, and
// the trust store by which the API's host knows it. It needs credentials of the
// stage's account: make origin-certificate STAGE=prod.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"annex/ops/internal/account"
	"annex/ops/internal/clientcert"
	"annex/stacks"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once
	err := run(ctx, os.Args[1:], os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "annex: stopped: run it again, and it goes on from here")
		os.Exit(130)
	case err != nil:
		fmt.Fprintf(os.Stderr, "annex: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string, out io.Writer) error {
	flags := flag.NewFlagSet("origincertificate", flag.ContinueOnError)
	name := flags.String("stage", "", "the `name` of a stage in stacks/stages.go")
	renew := flags.Bool("renew", false, "make a new client certificate, however long the present one is good for")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	stage, err := stacks.FindStage(*name)
	if err != nil {
		return err
	}
	if stage.Exposure != stacks.Edge {
		return fmt.Errorf("stage %s lets everybody reach its APIs, so nothing asks for a client certificate: set its Exposure to Edge in stacks/stages.go first", stage.Name)
	}
	regional, err := account.Load(ctx, stage.Region)
	if err != nil {
		return err
	}
	caller, err := account.Check(ctx, regional, stage.Account)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "origin certificate of %s, as %s\n", stage.Name, caller)
	return clientcert.Renew(ctx, clientcert.Names{
		Stage:                stage.Name,
		Account:              stage.Account,
		Region:               stage.Region,
		APIHost:              stage.APIHost,
		Bucket:               stage.TrustStoreBucket(),
		Key:                  stacks.TrustStoreKey,
		AuthorityParameter:   stage.OriginAuthorityParameter(),
		VersionParameter:     stage.TrustStoreVersionParameter(),
		CertificateParameter: stage.OriginCertificateParameter(),
	}, clientcert.NewClients(regional, account.In(regional, "us-east-1")), clientcert.Options{Renew: *renew, Now: time.Now()}, out)
}
