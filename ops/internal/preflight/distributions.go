package preflight

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
)

// checkDistributions finds hosts that another distribution has. CloudFront
// gives a host to one distribution of all accounts.
func checkDistributions(ctx context.Context, w *world) []Finding {
	var aliases []alias
	for _, r := range w.resources("AWS::CloudFront::Distribution") {
		config, _ := r.raw("DistributionConfig").(map[string]any)
		hosts, _ := config["Aliases"].([]any)
		own, _ := r.owned()
		for _, host := range hosts {
			if text, ok := host.(string); ok {
				aliases = append(aliases, alias{text, own.id, r.stack.deployed.err})
			}
		}
	}
	if len(aliases) == 0 {
		return nil
	}
	there, err := distributions(ctx, w.services.Distributions)
	var findings []Finding
	for _, a := range aliases {
		resource := "CloudFront host " + a.host
		switch {
		case err != nil:
			findings = append(findings, unknown(resource, err))
		case a.unread != nil:
			findings = append(findings, unknown(resource, a.unread))
		default:
			findings = append(findings, judgeAlias(resource, a, there))
			if a.distribution != "" {
				findings = append(findings, checkOtherAccounts(ctx, w, resource, a)...)
			}
		}
	}
	return findings
}

// alias is a host that a distribution of a stack is to have.
type alias struct {
	host         string
	distribution string // its ID; empty before it is made
	unread       error  // why that is not known
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

func judgeAlias(resource string, a alias, there []distribution) Finding {
	for _, d := range there {
		for _, host := range d.hosts {
			if !strings.EqualFold(host, a.host) {
				continue
			}
			if d.id == a.distribution {
				return fine(resource, "this stack's distribution %s has it", d.id)
			}
			return stops(resource, "take it over (see “Taking over” in the README)",
				"distribution %s (%s) of this account has it, which no stack of this stage made", d.id, d.domain)
		}
	}
	if a.distribution == "" {
		return fine(resource, "no distribution of this account has it; whether another account's has, nobody can see before there is a distribution whose certificate covers it")
	}
	return fine(resource, "no distribution of this account has it")
}

// checkOtherAccounts asks CloudFront which distributions of any account have the
// host, which it tells to whose own distribution has a certificate for it.
func checkOtherAccounts(ctx context.Context, w *world, resource string, a alias) []Finding {
	got, err := w.services.Distributions.ListDomainConflicts(ctx, &cloudfront.ListDomainConflictsInput{
		Domain:                          aws.String(a.host),
		DomainControlValidationResource: &types.DistributionResourceId{DistributionId: aws.String(a.distribution)},
	})
	resource += " in other accounts"
	if err != nil {
		return []Finding{unknown(resource, err)}
	}
	return []Finding{judgeConflicts(resource, w.stage.Account, got.DomainConflicts)}
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
