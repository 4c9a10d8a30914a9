package main

import (
	"strings"

	"annex/local/assembly"
)

// served are the resource types that a package of local reads. Each names what
// it does not know of them.
var served = map[string]bool{
	"AWS::CloudFront::CachePolicy":           true,
	"AWS::CloudFront::Distribution":          true,
	"AWS::CloudFront::Function":              true,
	"AWS::CloudFront::OriginAccessControl":   true,
	"AWS::CloudFront::OriginRequestPolicy":   true,
	"AWS::CloudFront::ResponseHeadersPolicy": true,
	"AWS::DynamoDB::GlobalTable":             true,
	"AWS::DynamoDB::Table":                   true,
	"AWS::IAM::ManagedPolicy":                true,
	"AWS::IAM::Policy":                       true,
	"AWS::IAM::Role":                         true,
	"AWS::Lambda::Alias":                     true,
	"AWS::Lambda::Function":                  true,
	"AWS::Lambda::Permission":                true,
	"AWS::Lambda::Version":                   true,
	"AWS::S3::Bucket":                        true,
	"AWS::S3::BucketPolicy":                  true,
	"Custom::CDKBucketDeployment":            true,
}

// nothingHere are the types that have nothing to do on one machine, each with
// the reason. They are not named at start: no request would go differently.
var nothingHere = map[string]string{
	"AWS::CDK::Metadata":                   "it counts constructs for the CDK's makers",
	"AWS::CertificateManager::Certificate": "the local authority's certificates take its place",
	"AWS::Lambda::LayerVersion":            "the CDK's own, for the function that fills buckets, which the runner does itself",
	"AWS::Logs::LogGroup":                  "logs are shown in the terminal",
	"AWS::Route53::RecordSet":              "*.localhost needs no records",
}

// unserved names the resources that no part of local mode knows.
func unserved(a *assembly.Assembly) []assembly.Notice {
	var notices []assembly.Notice
	for _, stack := range a.Stacks {
		for _, r := range stack.Resources {
			_, nothing := nothingHere[r.Type]
			// The gateway names the types of its own service that it does not serve.
			if served[r.Type] || nothing || strings.HasPrefix(r.Type, "AWS::ApiGatewayV2::") {
				continue
			}
			notices = append(notices, assembly.Notice{Resource: r, Reason: "local mode does not know this type"})
		}
	}
	return notices
}
