package clientcert

import (
	"context"
	"fmt"
	"io"
	"time"

	"annex/ops/internal/account"
)

// Options are the choices of one run.
type Options struct {
	// Renew makes a new client certificate though the present one is good for
	// long: its key may have become known.
	Renew bool
	Now   time.Time
}

// Renew makes what is missing, renews what ends soon, keeps the rest, and says
// so. Every step finds what an earlier run has done, so it may be stopped and
// run again at any time. The order is such that CloudFront never shows a
// certificate that the API's host, as it is deployed, does not trust: an
// authority signs nothing before the host trusts it.
func Renew(ctx context.Context, names Names, clients Clients, options Options, out io.Writer) error {
	r := &run{names: names, clients: clients, now: options.Now, out: out}
	authorities, err := r.authorities(ctx)
	if err != nil {
		return err
	}
	named, err := account.Parameter(ctx, clients.EdgeParameters, names.CertificateParameter)
	if err != nil {
		return err
	}
	s := state{Authorities: authorities}
	arn, err := r.findLeaf(ctx, named, &s)
	if err != nil {
		return err
	}
	deployed, err := r.readDomain(ctx, &s)
	if err != nil {
		return err
	}
	if err := r.renewAuthority(ctx, &s); err != nil {
		return err
	}
	version, err := r.renewTrustStore(ctx, s)
	if err != nil {
		return err
	}
	next := steps{stage: names.Stage, domain: s.Asks && deployed != version}
	signer := s.signer()
	switch {
	case signer == nil:
		next.again = true
		r.say("certificate", "as it was: %s does not trust the authority yet", names.APIHost)
	case options.Renew || s.needsLeaf(signer, r.now):
		if err := r.renewLeaf(ctx, signer, &s, &arn); err != nil {
			return err
		}
	default:
		r.say("certificate", "kept, expires %s: %s", day(s.Leaf.NotAfter), arn)
	}
	if arn != "" && arn != named {
		if err := setParameter(ctx, clients.EdgeParameters, names.CertificateParameter, arn,
			"The client certificate that CloudFront shows to "+names.APIHost); err != nil {
			return err
		}
	}
	next.site = arn != "" && (arn != named || !s.Asks)
	next.domain = next.domain || !s.Asks
	// Otherwise the older authority would stay for ever.
	next.again = next.again || signer != nil && signer != s.Authorities[0]
	next.later = !next.again && len(s.Authorities) > 1
	_, err = fmt.Fprint(out, next)
	return err
}

type run struct {
	names   Names
	clients Clients
	now     time.Time
	out     io.Writer
}

func (r *run) say(thing, format string, arguments ...any) {
	_, _ = fmt.Fprintf(r.out, "  %-12s %s\n", thing, fmt.Sprintf(format, arguments...)) // what cannot be said is still done
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// renewAuthority makes an authority if there has to be a new one, and forgets
// those that nothing needs any more.
func (r *run) renewAuthority(ctx context.Context, s *state) error {
	before := len(s.Authorities)
	kept := s.kept(r.now)
	fresh := s.needsAuthority(r.now)
	if fresh {
		authority, err := NewAuthority("annex-"+r.names.Stage+" origin authority", r.now)
		if err != nil {
			return err
		}
		kept = append([]*Authority{authority}, kept...)
	}
	if fresh || len(kept) != before {
		if err := r.keepAuthorities(ctx, kept, before == 0); err != nil {
			return err
		}
	}
	s.Authorities = kept
	did := "kept"
	if fresh {
		did = "made"
	}
	r.say("authority", "%s, expires %s", did, day(kept[0].Certificate.NotAfter))
	return nil
}

// renewTrustStore uploads the trust store, and names its version to the stack
// of the API's host.
func (r *run) renewTrustStore(ctx context.Context, s state) (version string, err error) {
	if err := r.prepareBucket(ctx); err != nil {
		return "", err
	}
	certificates := s.trustStore(r.now)
	var store []byte
	for _, certificate := range certificates {
		store = append(store, certificatePEM(certificate)...)
	}
	version, made, err := r.keepTrustStore(ctx, store)
	if err != nil {
		return "", err
	}
	named, err := account.Parameter(ctx, r.clients.Parameters, r.names.VersionParameter)
	if err != nil {
		return "", err
	}
	if named != version {
		if err := setParameter(ctx, r.clients.Parameters, r.names.VersionParameter, version,
			"The version of the trust store of "+r.names.APIHost); err != nil {
			return "", err
		}
	}
	did := "kept"
	if made {
		did = "uploaded"
	}
	r.say("trust store", "%s, of %d: s3://%s/%s, version %s", did, len(certificates), r.names.Bucket, r.names.Key, version)
	return version, nil
}

func (r *run) renewLeaf(ctx context.Context, signer *Authority, s *state, arn *string) error {
	leaf, err := signer.NewLeaf(r.names.subject(), r.now)
	if err != nil {
		return err
	}
	over := *arn
	if *arn, err = r.importLeaf(ctx, leaf, over); err != nil {
		return err
	}
	did := "made"
	if over != "" {
		did = "renewed"
	}
	s.Leaf, s.LeafIssuer, s.Imported = leaf.Certificate, signer.Certificate, r.now
	r.say("certificate", "%s, expires %s: %s", did, day(leaf.Certificate.NotAfter), *arn)
	return nil
}
