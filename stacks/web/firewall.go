package web

import (
	"cmp"
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awswafv2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// Firewall is AWS WAF before a site: a limit on each client's requests, and
// AWS's managed groups of rules.
type Firewall struct {
	// RequestsPerFiveMinutes is how many requests one IP address may make in
	// five minutes, 10 to 2000000000; WAF blocks what exceeds it.
	// Default: 2000.
	RequestsPerFiveMinutes int
}

func (f *Firewall) validate() error {
	if f != nil && !IsRequestLimit(f.RequestsPerFiveMinutes) {
		return fmt.Errorf("firewall of %d requests per five minutes: want %s", f.RequestsPerFiveMinutes, RequestLimit)
	}
	return nil
}

// RequestLimit says what IsRequestLimit wants.
const RequestLimit = "10 to 2000000000, which WAF takes, or 0 for the default"

// IsRequestLimit tells whether n can be Firewall.RequestsPerFiveMinutes
// (RateBasedStatement, in WAF's API reference).
func IsRequestLimit(n int) bool { return n == 0 || n >= 10 && n <= 2_000_000_000 }

// managedGroups are AWS's groups of rules that stand before every site, in the
// order that they are asked in. Rules of a group that are counted block nothing
// and are in the log: see there whether they would have been right.
var managedGroups = []struct {
	name    string
	counted []string
}{
	{name: "AWSManagedRulesAmazonIpReputationList"},
	{
		name: "AWSManagedRulesCommonRuleSet",
		// They look for what also is in harmless bodies ("Why does AWS WAF block my
		// legitimate upload request?" of AWS's knowledge center): the first wants
		// none above 8 KB, and so no upload; the others take markup, paths and
		// addresses in JSON or in a file for an attack.
		counted: []string{"SizeRestrictions_BODY", "CrossSiteScripting_BODY", "GenericLFI_BODY", "GenericRFI_BODY"},
	},
	{name: "AWSManagedRulesKnownBadInputsRuleSet"},
}

// newFirewall gives the ARN of a web ACL before the site. It is one of
// CloudFront's, which AWS has in us-east-1.
func newFirewall(scope constructs.Construct, props *SiteProps) *string {
	rules := []awswafv2.CfnWebACL_RuleProperty{{
		// Before the groups: it is the cheapest to ask, and what is over the limit
		// need not be looked at.
		Name:     jsii.String("Rate"),
		Priority: jsii.Number(0),
		Statement: &awswafv2.CfnWebACL_StatementProperty{
			RateBasedStatement: &awswafv2.CfnWebACL_RateBasedStatementProperty{
				AggregateKeyType:    jsii.String("IP"),
				Limit:               jsii.Number(cmp.Or(props.Firewall.RequestsPerFiveMinutes, 2000)),
				EvaluationWindowSec: jsii.Number(300),
			},
		},
		Action: &awswafv2.CfnWebACL_RuleActionProperty{Block: &awswafv2.CfnWebACL_BlockActionProperty{
			// What an API's throttle answers, for a client to come back later.
			CustomResponse: &awswafv2.CfnWebACL_CustomResponseProperty{ResponseCode: jsii.Number(429)},
		}},
		VisibilityConfig: visible("Rate"),
	}}
	for i, group := range managedGroups {
		var overrides []awswafv2.CfnWebACL_RuleActionOverrideProperty
		for _, rule := range group.counted {
			overrides = append(overrides, awswafv2.CfnWebACL_RuleActionOverrideProperty{
				Name:        jsii.String(rule),
				ActionToUse: &awswafv2.CfnWebACL_RuleActionProperty{Count: &awswafv2.CfnWebACL_CountActionProperty{}},
			})
		}
		statement := &awswafv2.CfnWebACL_ManagedRuleGroupStatementProperty{
			VendorName: jsii.String("AWS"),
			Name:       jsii.String(group.name),
		}
		if overrides != nil {
			statement.RuleActionOverrides = &overrides
		}
		rules = append(rules, awswafv2.CfnWebACL_RuleProperty{
			Name:             jsii.String(group.name),
			Priority:         jsii.Number(i + 1),
			Statement:        &awswafv2.CfnWebACL_StatementProperty{ManagedRuleGroupStatement: statement},
			OverrideAction:   &awswafv2.CfnWebACL_OverrideActionProperty{None: map[string]any{}},
			VisibilityConfig: visible(group.name),
		})
	}
	acl := awswafv2.NewCfnWebACL(scope, jsii.String("Firewall"), &awswafv2.CfnWebACLProps{
		Description:      jsii.String("Before " + props.Host),
		Scope:            jsii.String("CLOUDFRONT"),
		DefaultAction:    &awswafv2.CfnWebACL_DefaultActionProperty{Allow: &awswafv2.CfnWebACL_AllowActionProperty{}},
		Rules:            &rules,
		VisibilityConfig: visible("Firewall"),
	})
	logFirewall(scope, acl, props.logRetention())
	return acl.AttrArn()
}

// visible counts what a rule meets in CloudWatch. It keeps no samples, which
// would show in the console what the log leaves out.
func visible(metric string) *awswafv2.CfnWebACL_VisibilityConfigProperty {
	return &awswafv2.CfnWebACL_VisibilityConfigProperty{
		CloudWatchMetricsEnabled: jsii.Bool(true),
		MetricName:               jsii.String(metric),
		SampledRequestsEnabled:   jsii.Bool(false),
	}
}

// logFirewall keeps what was blocked or counted, and why. It leaves out what
// signs a caller in: the query string has the sign-in's code. The path stays,
// for without it nobody could tell a mistake of a rule from an attack.
func logFirewall(scope constructs.Construct, acl awswafv2.CfnWebACL, retention awslogs.RetentionDays) {
	stack := awscdk.Stack_Of(scope)
	group := awslogs.NewLogGroup(scope, jsii.String("FirewallLog"), &awslogs.LogGroupProps{
		LogGroupName:  jsii.String("aws-waf-logs-" + *stack.StackName()), // WAF takes no other prefix
		Retention:     retention,
		RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
	// What is in a map below is JSON to the CDK, which passes the keys on as they
	// are: they have to be CloudFormation's.
	header := func(name string) awswafv2.CfnLoggingConfiguration_FieldToMatchProperty {
		return awswafv2.CfnLoggingConfiguration_FieldToMatchProperty{
			SingleHeader: map[string]any{"Name": name},
		}
	}
	var actions []any
	for _, action := range []string{"BLOCK", "COUNT"} {
		actions = append(actions, map[string]any{"ActionCondition": map[string]any{"Action": action}})
	}
	awswafv2.NewCfnLoggingConfiguration(scope, jsii.String("FirewallLogging"), &awswafv2.CfnLoggingConfigurationProps{
		ResourceArn:           acl.AttrArn(),
		LogDestinationConfigs: &[]any{logGroupARN(stack, group)},
		RedactedFields: &[]awswafv2.CfnLoggingConfiguration_FieldToMatchProperty{
			header("authorization"),
			header("cookie"),
			{QueryString: map[string]any{}},
		},
		LoggingFilter: map[string]any{
			"DefaultBehavior": "DROP",
			"Filters":         []any{map[string]any{"Behavior": "KEEP", "Requirement": "MEETS_ANY", "Conditions": actions}},
		},
	})
}
