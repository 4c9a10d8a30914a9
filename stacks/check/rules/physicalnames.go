package rules

import "strings"

var physicalNames = []Rule{
	{
		ID:     "AX050",
		Title:  "two log groups have the same name",
		Fix:    "give one of them another name, or none: CloudFormation makes one up",
		Source: "CloudFormation, AWS::Logs::LogGroup: LogGroupName",
		check:  func(set *Set) []Finding { return twice(set, "AWS::Logs::LogGroup", "LogGroupName", perRegion) },
	},
	{
		ID:     "AX051",
		Title:  "two buckets have the same name",
		Fix:    "give one of them another name, or none: a bucket's name is one in all accounts and regions",
		Source: "Amazon S3, General purpose bucket naming rules",
		check:  func(set *Set) []Finding { return twice(set, "AWS::S3::Bucket", "BucketName", perWorld) },
	},
	{
		ID:     "AX052",
		Title:  "two resources have the same name",
		Fix:    "give one of them another name, or none: CloudFormation makes one up",
		Source: "CloudFormation, Name type",
		check:  otherNames,
	},
}

// Where a name may be once.
const (
	perRegion = iota
	perAccount
	perWorld
)

func otherNames(set *Set) (findings []Finding) {
	for _, named := range []struct {
		resourceType, property string
		where                  int
	}{
		{functionType, "FunctionName", perRegion},
		{"AWS::DynamoDB::GlobalTable", "TableName", perRegion},
		{"AWS::DynamoDB::Table", "TableName", perRegion},
		{"AWS::SSM::Parameter", "Name", perRegion},
		{"AWS::SecretsManager::Secret", "Name", perRegion},
		{"AWS::SNS::Topic", "TopicName", perRegion},
		{"AWS::SQS::Queue", "QueueName", perRegion},
		{"AWS::CloudWatch::Alarm", "AlarmName", perRegion},
		{"AWS::Cognito::UserPoolDomain", "Domain", perRegion},
		{"AWS::KMS::Alias", "AliasName", perRegion},
		{webACLType, "Name", perRegion},
		{"AWS::Logs::DeliverySource", "Name", perRegion},
		{"AWS::Logs::DeliveryDestination", "Name", perRegion},
		{"AWS::IAM::Role", "RoleName", perAccount},
		{"AWS::CloudFront::Function", "Name", perAccount},
		{"AWS::CloudFront::CachePolicy", "CachePolicyConfig.Name", perAccount},
		{"AWS::CloudFront::OriginRequestPolicy", "OriginRequestPolicyConfig.Name", perAccount},
		{"AWS::CloudFront::ResponseHeadersPolicy", "ResponseHeadersPolicyConfig.Name", perAccount},
		{"AWS::CloudFront::OriginAccessControl", "OriginAccessControlConfig.Name", perAccount},
	} {
		findings = append(findings, twice(set, named.resourceType, named.property, named.where)...)
	}
	return findings
}

// twice finds the names that a resource of a type has when another has them
// already.
func twice(set *Set, resourceType, property string, where int) (findings []Finding) {
	owners := map[string]*Resource{}
	for _, r := range set.all(resourceType) {
		name := r.text(strings.Split(property, ".")...)
		if name == "" || !literal(name) {
			continue
		}
		place := map[int]string{perRegion: r.Stack.place(), perAccount: r.Stack.Account, perWorld: ""}[where] + " " + name
		if owner := owners[place]; owner != nil {
			findings = append(findings, r.finding(property, "%s is %s too", owner.Path, name))
			continue
		}
		owners[place] = r
	}
	return findings
}
