package web_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"annex/stacks/web"
)

func TestASiteHasAFirewallOnlyIfItAsksForOne(t *testing.T) {
	template := site(t)
	if all := template.All("AWS::WAFv2::WebACL"); len(all) > 0 || at(t, distribution(t, template), "WebACLId") != nil {
		t.Errorf("without being asked for: %v", all)
	}
	template = siteOf(t, func(props *web.SiteProps) { props.Firewall = &web.Firewall{} })
	acl := template.Only(t, "AWS::WAFv2::WebACL")
	want := map[string]any{"Fn::GetAtt": []any{acl.LogicalID, "Arn"}}
	if diff := cmp.Diff(any(want), at(t, distribution(t, template), "WebACLId")); diff != "" {
		t.Error("the distribution's (-want +got):\n", diff)
	}
	if scope := acl.Properties["Scope"]; scope != "CLOUDFRONT" {
		t.Errorf("the scope is %v", scope)
	}
}

// TestTheFirewallsRules lists them in the order in which WAF asks them, with
// what each does to a request that it matches.
func TestTheFirewallsRules(t *testing.T) {
	for _, test := range []struct {
		firewall web.Firewall
		limit    string
	}{
		{web.Firewall{}, "2000"},
		{web.Firewall{RequestsPerFiveMinutes: 600}, "600"},
	} {
		template := siteOf(t, func(props *web.SiteProps) { props.Firewall = &test.firewall })
		acl := template.Only(t, "AWS::WAFv2::WebACL").Properties

		var got []string
		for i, rule := range acl["Rules"].([]any) {
			if at(t, rule, "Priority") != float64(i) {
				t.Errorf("rule %d has the priority %v", i, at(t, rule, "Priority"))
			}
			if rate := at(t, rule, "Statement", "RateBasedStatement"); rate != nil {
				got = append(got, fmt.Sprintf("%v in %v s of one %v: %v", at(t, rate, "Limit"), at(t, rate, "EvaluationWindowSec"),
					at(t, rate, "AggregateKeyType"), at(t, rule, "Action", "Block", "CustomResponse", "ResponseCode")))
				continue
			}
			group := at(t, rule, "Statement", "ManagedRuleGroupStatement")
			line := fmt.Sprint(at(t, group, "Name"))
			counted, _ := at(t, group, "RuleActionOverrides").([]any)
			for _, override := range counted {
				line += fmt.Sprintf(" %v:%v", at(t, override, "Name"), at(t, override, "ActionToUse"))
			}
			if diff := cmp.Diff(any(map[string]any{"None": map[string]any{}}), at(t, rule, "OverrideAction")); diff != "" {
				t.Error(line, " blocks what the group does (-want +got):\n", diff)
			}
			got = append(got, line)
		}
		want := []string{
			test.limit + " in 300 s of one IP: 429",
			"AWSManagedRulesAmazonIpReputationList",
			"AWSManagedRulesCommonRuleSet SizeRestrictions_BODY:map[Count:map[]] CrossSiteScripting_BODY:map[Count:map[]]" +
				" GenericLFI_BODY:map[Count:map[]] GenericRFI_BODY:map[Count:map[]]",
			"AWSManagedRulesKnownBadInputsRuleSet",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error("(-want +got):\n", diff)
		}
	}
}

func TestTheFirewallLogsWhatItStoppedAndNoSecret(t *testing.T) {
	template := siteOf(t, func(props *web.SiteProps) { props.Firewall = &web.Firewall{} })
	logging := template.Only(t, "AWS::WAFv2::LoggingConfiguration").Properties

	redacted := []any{
		map[string]any{"SingleHeader": map[string]any{"Name": "authorization"}},
		map[string]any{"SingleHeader": map[string]any{"Name": "cookie"}},
		map[string]any{"QueryString": map[string]any{}},
	}
	if diff := cmp.Diff(any(redacted), logging["RedactedFields"]); diff != "" {
		t.Error("left out (-want +got):\n", diff)
	}
	condition := func(action string) any { return map[string]any{"ActionCondition": map[string]any{"Action": action}} }
	filter := map[string]any{
		"DefaultBehavior": "DROP",
		"Filters": []any{map[string]any{
			"Behavior": "KEEP", "Requirement": "MEETS_ANY", "Conditions": []any{condition("BLOCK"), condition("COUNT")},
		}},
	}
	if diff := cmp.Diff(any(filter), logging["LoggingFilter"]); diff != "" {
		t.Error("kept (-want +got):\n", diff)
	}
	var names []string
	for _, group := range template.All("AWS::Logs::LogGroup") {
		if name, ok := group.Properties["LogGroupName"].(string); ok && strings.HasPrefix(name, "aws-waf-logs-") {
			names = append(names, name)
		}
	}
	if diff := cmp.Diff([]string{"aws-waf-logs-shop"}, names); diff != "" {
		t.Error("log groups that WAF takes (-want +got):\n", diff)
	}
	if destination := fmt.Sprint(logging["LogDestinationConfigs"]); strings.Contains(destination, ":*") {
		t.Errorf("the destination %s ends in :*", destination)
	}
	acl := fmt.Sprint(template.Only(t, "AWS::WAFv2::WebACL").Properties)
	if strings.Contains(acl, "SampledRequestsEnabled:true") {
		t.Error("samples show what the log leaves out")
	}
}
