package preflight

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
)

// checkDistributions finds hosts that another distribution has. CloudFront
// gives a host to one distribution of all accounts.
func checkDistributions(ctx context.Context, w *world) []Finding {
	all := w.resources("AWS::CloudFront::Distribution")
	if len(all) == 0 {
		return nil
	}
	there, err := distributions(ctx, w.services.Distributions)
	if err != nil {
		return []Finding{unknown("CloudFront's distributions", err)}
	}
	var findings []Finding
	for _, r := range all {
		if r.stack.deployed.err != nil {
			findings = append(findings, unknown(r.String(), r.stack.deployed.err))
			continue
		}
		own, _ := r.owned()
		wanted := aliasesIn(r.stack.next, r.LogicalID)
		for _, host := range wanted {
			findings = append(findings, judgeAlias(host, own.id, there))
			if own.id != "" {
				findings = append(findings, checkOtherAccounts(ctx, w, host, own.id))
			}
		}
		listed := append(wanted, aliasesIn(r.stack.deployed.template, r.LogicalID)...)
		findings = append(findings, judgeMoved(own.id, listed, there)...)
	}
	return findings
}

// aliasesIn are the hosts that a template gives a distribution.
func aliasesIn(t template, id string) []string {
	config, _ := t.Resources[id].Properties["DistributionConfig"].(map[string]any)
	aliases, _ := config["Aliases"].([]any)
	var hosts []string
	for _, alias := range aliases {
		if host, ok := alias.(string); ok {
			hosts = append(hosts, host)
		}
	}
	return hosts
}

// distribution is what matters of a distribution of this account.
type distribution struct {
	id, domain string
	hosts      []string
}

func distributions(ctx context.Context, client Distributions) ([]distribution, error) {
	var all []distribution
	pages := cloudfront.NewListDistributionsPaginator(client, &cloudfront.ListDistributionsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, item := range page.DistributionList.Items {
			d := distribution{id: aws.ToString(item.Id), domain: aws.ToString(item.DomainName)}
			if item.Aliases != nil {
				d.hosts = item.Aliases.Items
			}
			all = append(all, d)
		}
	}
	return all, nil
}

// judgeAlias says whether the stack's distribution, whose ID is empty before it
// is made, can have the host.
func judgeAlias(host, own string, there []distribution) Finding {
	resource := "CloudFront host " + host
	for _, d := range there {
		switch {
		case !slices.ContainsFunc(d.hosts, func(h string) bool { return strings.EqualFold(h, host) }):
		case d.id == own:
			return fine(resource, "this stack's distribution %s has it", own)
		case own == "":
			return stops(resource, "give the stage a TakeoverHost (see “Taking over” in the README)",
				"distribution %s (%s) of this account has it, which no stack of this stage made", d.id, d.domain)
		default:
			return stops(resource, fmt.Sprintf("move it first, as “Taking over” in the README says: aws cloudfront associate-alias --target-distribution-id %s --alias %s", own, host),
				"distribution %s (%s) of this account has it, which no stack of this stage made", d.id, d.domain)
		}
	}
	if own == "" {
		return fine(resource, "no distribution of this account has it; whether another account's has, nobody can see before there is a distribution whose certificate covers it")
	}
	return fine(resource, "no distribution of this account has it")
}

// judgeMoved finds hosts that the stack's distribution was given by hand, and
// that no template of it lists: a deployment would take them away.
func judgeMoved(own string, listed []string, there []distribution) []Finding {
	var findings []Finding
	for _, d := range there {
		for _, host := range d.hosts {
			if d.id == own && !slices.ContainsFunc(listed, func(h string) bool { return strings.EqualFold(h, host) }) {
				findings = append(findings, stops("CloudFront host "+host, "add TakenOver: true to the stage in stacks/stages.go (see “Taking over” in the README)",
					"this stack's distribution %s has it, and the template does not list it: a deployment that changes the distribution takes it away", own))
			}
		}
	}
	return findings
}

// checkOtherAccounts asks CloudFront which distributions of any account have the
// host, which it tells to whose own distribution has a certificate for it.
func checkOtherAccounts(ctx context.Context, w *world, host, own string) Finding {
	resource := "CloudFront host " + host + " in other accounts"
	got, err := w.services.Distributions.ListDomainConflicts(ctx, &cloudfront.ListDomainConflictsInput{
		Domain:                          aws.String(host),
		DomainControlValidationResource: &types.DistributionResourceId{DistributionId: aws.String(own)},
	})
	if err != nil {
		return unknown(resource, err)
	}
	return judgeConflicts(resource, w.stage.Account, got.DomainConflicts)
}

// judgeConflicts knows accounts by their last digits, for CloudFront hides the
// rest.
func judgeConflicts(resource, account string, conflicts []types.DomainConflict) Finding {
	for _, c := range conflicts {
		other := aws.ToString(c.AccountId)
		if !strings.HasSuffix(account, strings.TrimLeft(other, "*")) {
			return stops(resource, "take it over (see “Taking over” in the README), with somebody of that account",
				"%s of account %s has %s", aws.ToString(c.ResourceId), other, aws.ToString(c.Domain))
		}
	}
	return fine(resource, "none has it")
}
