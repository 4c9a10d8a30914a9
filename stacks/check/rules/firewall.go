package rules

import (
	"cmp"
	"strings"
)

const webACLType = "AWS::WAFv2::WebACL"

var firewall = []Rule{
	{
		ID:     "AX020",
		Title:  "a WAF resource for CloudFront is not in us-east-1",
		Fix:    "define it in a stack whose region is us-east-1",
		Source: "AWS WAF, Setting up AWS WAF and its components: Scope",
		check: each(cloudFrontScope, webACLType, "AWS::WAFv2::IPSet", "AWS::WAFv2::RegexPatternSet",
			"AWS::WAFv2::RuleGroup"),
	},
	{
		ID:     "AX021",
		Title:  "a web ACL is put before a stage of an HTTP API, which WAF does not protect",
		Fix:    "put the ACL before the distribution, and let only that reach the API (Exposure: Edge)",
		Source: "API Gateway, Choose between REST APIs and HTTP APIs",
		check:  each(aclOnHTTPAPI, "AWS::WAFv2::WebACLAssociation"),
	},
	{
		ID:     "AX022",
		Title:  "WAF's log is sent where WAF does not log to",
		Fix:    "give the log group, bucket or stream a name that begins with aws-waf-logs-",
		Source: "AWS WAF, Logging destinations",
		check:  each(wafLogName, "AWS::WAFv2::LoggingConfiguration"),
	},
	{
		ID:     "AX023",
		Title:  "the distribution's web ACL is not for CloudFront",
		Fix:    "give the ACL the Scope CLOUDFRONT",
		Source: "CloudFormation, AWS::CloudFront::Distribution DistributionConfig: WebACLId",
		check:  each(distributionACL, distributionType),
	},
}

func cloudFrontScope(r *Resource) []Finding {
	if r.text("Scope") != "CLOUDFRONT" || r.Stack.Region == "us-east-1" {
		return nil
	}
	return []Finding{r.finding("Scope", "it is in %s", r.Stack.Region)}
}

func aclOnHTTPAPI(r *Resource) []Finding {
	arn := r.text("ResourceArn")
	if strings.Contains(arn, ":apigateway:") && strings.Contains(arn, ":/apis/") {
		return []Finding{r.finding("ResourceArn", "%s", arn)}
	}
	for _, target := range r.Stack.targets(r.property("ResourceArn")) {
		if strings.HasPrefix(target.Type, "AWS::ApiGatewayV2::") {
			return []Finding{r.finding("ResourceArn", "%s", target.Path)}
		}
	}
	return nil
}

// wafLogName looks at the name in the destination's ARN: of a log group after
// "log-group:", of a bucket or stream at its end.
func wafLogName(r *Resource) (findings []Finding) {
	for _, destination := range list(r.property("LogDestinationConfigs")) {
		arn := r.Stack.Text(destination)
		name := arn[strings.LastIndexAny(strings.TrimSuffix(arn, ":*"), ":/")+1:]
		if targets := r.Stack.targets(destination); len(targets) == 1 {
			to := targets[0]
			name = cmp.Or(to.text("LogGroupName"), to.text("BucketName"), to.text("DeliveryStreamName"), "a name that CloudFormation makes up")
		}
		if !strings.HasPrefix(name, "aws-waf-logs-") {
			findings = append(findings, r.finding("LogDestinationConfigs", "it has %s", name))
		}
	}
	return findings
}

func distributionACL(r *Resource) []Finding {
	acl := r.target("DistributionConfig", "WebACLId")
	if acl == nil || acl.Type != webACLType || acl.text("Scope") == "CLOUDFRONT" {
		return nil
	}
	return []Finding{r.finding("DistributionConfig.WebACLId", "%s is %s", acl.Path, acl.text("Scope"))}
}
