package rules

import (
	"slices"
	"strings"
)

var iam = []Rule{
	{
		ID:     "AX080",
		Title:  "a statement allows a wildcard of actions",
		Fix:    "name the actions that are needed",
		Source: "IAM, Security best practices: Apply least-privilege permissions",
		check: each(wildcardActions, "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group",
			"AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"),
	},
	{
		ID:     "AX081",
		Title:  "a statement allows an action on every resource, and AWS has it for one",
		Fix:    "name the resource's ARN",
		Source: "Service Authorization Reference, Actions, resources, and condition keys for AWS services",
		check:  each(wildcardResources, "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"),
	},
}

// allowed gives the statements with which the policies of a resource allow
// something.
func allowed(r *Resource) (statements []any) {
	documents := []any{r.property("PolicyDocument")}
	for _, policy := range list(r.property("Policies")) {
		documents = append(documents, at(policy, "PolicyDocument"))
	}
	for _, document := range documents {
		for _, statement := range list(at(document, "Statement")) {
			if at(statement, "Effect") == "Allow" {
				statements = append(statements, statement)
			}
		}
	}
	return statements
}

func wildcardActions(r *Resource) (findings []Finding) {
	var wild []string
	for _, statement := range allowed(r) {
		for _, action := range texts(at(statement, "Action")) {
			if strings.ContainsAny(action, "*?") && !slices.Contains(wild, action) {
				wild = append(wild, action)
			}
		}
		if at(statement, "NotAction") != nil {
			wild = append(wild, "all but some (NotAction)")
		}
	}
	if wild == nil {
		return nil
	}
	return []Finding{r.finding("PolicyDocument", "%s", strings.Join(wild, ", "))}
}

// resourceless are actions that AWS has for no resource in particular.
var resourceless = []string{
	"cloudwatch:PutMetricData",
	"sts:GetCallerIdentity",
	"xray:GetSamplingRules",
	"xray:GetSamplingTargets",
	"xray:PutTelemetryRecords",
	"xray:PutTraceSegments",
}

func wildcardResources(r *Resource) (findings []Finding) {
	var wide []string
	for _, statement := range allowed(r) {
		if !slices.Contains(texts(at(statement, "Resource")), "*") && at(statement, "NotResource") == nil {
			continue
		}
		for _, action := range texts(at(statement, "Action")) {
			if !slices.Contains(resourceless, action) && !slices.Contains(wide, action) {
				wide = append(wide, action)
			}
		}
	}
	if wide == nil {
		return nil
	}
	return []Finding{r.finding("PolicyDocument", "%s", strings.Join(wide, ", "))}
}
