package preflight

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/miekg/dns"
)

// checkZone finds that the hosted zone is another than the stage says.
func checkZone(ctx context.Context, w *world) []Finding {
	resource := "hosted zone " + w.stage.ZoneID
	zone, err := w.hostedZone(ctx)
	var missing *types.NoSuchHostedZone
	switch {
	case errors.As(err, &missing):
		return []Finding{stops(resource, "set Zone.ID in stacks/stages.go, or make the zone (`aws route53 create-hosted-zone`)", "there is none in this account")}
	case err != nil:
		return []Finding{unknown(resource, err)}
	}
	return []Finding{judgeZone(resource, w.stage.ZoneName, *zone.HostedZone)}
}

func judgeZone(resource, name string, zone types.HostedZone) Finding {
	switch {
	case !sameName(aws.ToString(zone.Name), name):
		return stops(resource, "set Zone in stacks/stages.go", "it is that of %s, and the stage's is %s", strings.TrimSuffix(aws.ToString(zone.Name), "."), name)
	case zone.Config != nil && zone.Config.PrivateZone:
		return stops(resource, "set Zone.ID in stacks/stages.go to that of the public zone", "it is private: nobody outside sees its records, so no certificate is validated")
	}
	return fine(resource, "it is that of %s", name)
}

// checkDelegation finds that public DNS does not lead to the hosted zone. Then
// ACM waits for the validation of the certificates until the deployment fails,
// hours later.
func checkDelegation(ctx context.Context, w *world) []Finding {
	resource := "delegation of " + w.stage.ZoneName
	zone, err := w.hostedZone(ctx)
	if err != nil {
		return []Finding{unknown(resource, err)}
	}
	if zone.DelegationSet == nil {
		return nil // a private zone, which checkZone names
	}
	answers, err := w.services.DNS.ask(ctx, w.stage.ZoneName, dns.TypeNS)
	if err != nil {
		return []Finding{unknown(resource, err)}
	}
	var public []string
	for _, answer := range answers {
		public = append(public, answer.(*dns.NS).Ns)
	}
	return []Finding{judgeDelegation(resource, w.stage.ZoneName, zone.DelegationSet.NameServers, public)}
}

func judgeDelegation(resource, name string, own, public []string) Finding {
	normal := func(names []string) []string {
		var all []string
		for _, n := range names {
			all = append(all, strings.TrimSuffix(dns.CanonicalName(n), "."))
		}
		slices.Sort(all)
		return all
	}
	own, public = normal(own), normal(public)
	do := fmt.Sprintf("have the parent of %s, or the registrar, name %s", name, strings.Join(own, ", "))
	missing := slices.DeleteFunc(slices.Clone(public), func(n string) bool { return slices.Contains(own, n) })
	switch {
	case len(public) == 0:
		return stops(resource, do, "public DNS has no NS records for it")
	case len(missing) == len(public):
		return stops(resource, do, "public DNS leads to %s, which is another zone of that name", strings.Join(public, ", "))
	case len(missing) > 0:
		return surprises(resource, do, "public DNS leads to %s too, which does not answer from this zone", strings.Join(missing, ", "))
	}
	return fine(resource, "public DNS leads to %s", strings.Join(public, ", "))
}

// zoneRead is the hosted zone, read once for all checks.
type zoneRead struct {
	once sync.Once
	zone *route53.GetHostedZoneOutput
	err  error
}

func (w *world) hostedZone(ctx context.Context) (*route53.GetHostedZoneOutput, error) {
	w.zone.once.Do(func() {
		w.zone.zone, w.zone.err = w.services.Zones.GetHostedZone(ctx, &route53.GetHostedZoneInput{Id: aws.String(w.stage.ZoneID)})
	})
	return w.zone.zone, w.zone.err
}
