package assembly

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// identity says what Ref and Fn::GetAtt give for one resource type. The
// values are patterns over:
//
//	${name}     the physical name: the property Name, or made from stack and logical ID
//	${id}       a made identifier, the same at every start
//	${Property} a property of the resource, resolved
//	${Region}, ${Account}, ${Partition}, ${URLSuffix}
//
// The source is each type's page in the CloudFormation template reference,
// "Return values".
type identity struct {
	Name      string // the property that may give the physical name
	MaxLength int    // of a made name; zero for 255
	Lower     bool   // a made name is lower case
	Ref       string // empty for ${name}
	Atts      map[string]string
}

// newVersion is the number of the version that a template publishes. It is not
// the first, so that there is a number for the one before: a template names its
// new version in alarms and to the functions that check a release, and they must
// not take the old one for it.
const newVersion = "2"

var identities = map[string]identity{
	"AWS::ApiGatewayV2::Api": {Ref: "${id}", Atts: map[string]string{
		"ApiId": "${id}", "ApiEndpoint": "https://${id}.execute-api.${Region}.${URLSuffix}",
	}},
	"AWS::ApiGatewayV2::ApiMapping":  {Ref: "${id}", Atts: map[string]string{"ApiMappingId": "${id}"}},
	"AWS::ApiGatewayV2::Authorizer":  {Ref: "${id}", Atts: map[string]string{"AuthorizerId": "${id}"}},
	"AWS::ApiGatewayV2::Integration": {Ref: "${id}", Atts: map[string]string{"IntegrationId": "${id}"}},
	"AWS::ApiGatewayV2::Route":       {Ref: "${id}", Atts: map[string]string{"RouteId": "${id}"}},
	"AWS::ApiGatewayV2::Stage":       {Ref: "${StageName}"},
	"AWS::ApiGatewayV2::DomainName": {Ref: "${DomainName}", Atts: map[string]string{
		"RegionalDomainName":   "d-${id}.execute-api.${Region}.${URLSuffix}",
		"RegionalHostedZoneId": "Z${id}",
		"DomainNameArn":        "arn:${Partition}:apigateway:${Region}::/domainnames/${DomainName}",
	}},
	"AWS::CertificateManager::Certificate": {Ref: "arn:${Partition}:acm:${Region}:${Account}:certificate/${id}", Atts: map[string]string{
		"CertificateArn": "arn:${Partition}:acm:${Region}:${Account}:certificate/${id}",
	}},
	"AWS::CloudFront::CachePolicy":           {Ref: "${id}", Atts: map[string]string{"Id": "${id}"}},
	"AWS::CloudFront::Distribution":          {Ref: "${ID}", Atts: map[string]string{"Id": "${ID}", "DomainName": "d${id}.cloudfront.net"}},
	"AWS::CloudFront::OriginAccessControl":   {Ref: "${ID}", Atts: map[string]string{"Id": "${ID}"}},
	"AWS::CloudFront::OriginRequestPolicy":   {Ref: "${id}", Atts: map[string]string{"Id": "${id}"}},
	"AWS::CloudFront::ResponseHeadersPolicy": {Ref: "${id}", Atts: map[string]string{"Id": "${id}"}},
	"AWS::CloudFront::Function": {Name: "Name", MaxLength: 64, Ref: "arn:${Partition}:cloudfront::${Account}:function/${name}", Atts: map[string]string{
		"FunctionARN":                  "arn:${Partition}:cloudfront::${Account}:function/${name}",
		"FunctionMetadata.FunctionARN": "arn:${Partition}:cloudfront::${Account}:function/${name}",
		"Stage":                        "LIVE",
	}},
	"AWS::CloudWatch::Alarm": {Name: "AlarmName", Atts: map[string]string{
		"Arn": "arn:${Partition}:cloudwatch:${Region}:${Account}:alarm:${name}",
	}},
	"AWS::CodeDeploy::Application":       {Name: "ApplicationName", MaxLength: 100},
	"AWS::CodeDeploy::DeploymentConfig":  {Name: "DeploymentConfigName", MaxLength: 100},
	"AWS::CodeDeploy::DeploymentGroup":   {Name: "DeploymentGroupName", MaxLength: 100},
	"AWS::Cognito::ManagedLoginBranding": {Ref: "${UserPoolId}|${id}", Atts: map[string]string{"ManagedLoginBrandingId": "${id}"}},
	"AWS::Cognito::UserPool": {Ref: "${Region}_${id}", Atts: map[string]string{
		"Arn":          "arn:${Partition}:cognito-idp:${Region}:${Account}:userpool/${Region}_${id}",
		"ProviderName": "cognito-idp.${Region}.${URLSuffix}/${Region}_${id}",
		"ProviderURL":  "https://cognito-idp.${Region}.${URLSuffix}/${Region}_${id}",
		"UserPoolId":   "${Region}_${id}",
	}},
	"AWS::Cognito::UserPoolClient": {Ref: "${id}${id}", Atts: map[string]string{"ClientId": "${id}${id}"}}, // 26 letters and digits, as Cognito makes them
	"AWS::Cognito::UserPoolDomain": {Ref: "${Domain}"},
	"AWS::DynamoDB::GlobalTable": {Name: "TableName", Atts: map[string]string{
		"Arn": "arn:${Partition}:dynamodb:${Region}:${Account}:table/${name}", "TableId": "${id}",
		"StreamArn": "arn:${Partition}:dynamodb:${Region}:${Account}:table/${name}/stream/2026-01-01T00:00:00.000",
	}},
	"AWS::DynamoDB::Table": {Name: "TableName", Atts: map[string]string{
		"Arn":       "arn:${Partition}:dynamodb:${Region}:${Account}:table/${name}",
		"StreamArn": "arn:${Partition}:dynamodb:${Region}:${Account}:table/${name}/stream/2026-01-01T00:00:00.000",
	}},
	"AWS::IAM::ManagedPolicy": {Name: "ManagedPolicyName", MaxLength: 128, Ref: "arn:${Partition}:iam::${Account}:policy/${name}"},
	"AWS::IAM::Policy":        {Name: "PolicyName", MaxLength: 128, Atts: map[string]string{"Id": "${id}"}},
	"AWS::IAM::Role": {Name: "RoleName", MaxLength: 64, Atts: map[string]string{
		"Arn": "arn:${Partition}:iam::${Account}:role/${name}", "RoleId": "AROA${ID}",
	}},
	"AWS::Lambda::Alias": {Ref: "${FunctionARN}:${Name}", Atts: map[string]string{"AliasArn": "${FunctionARN}:${Name}"}},
	"AWS::Lambda::EventSourceMapping": {Ref: "${id}", Atts: map[string]string{
		"Id": "${id}", "EventSourceMappingArn": "arn:${Partition}:lambda:${Region}:${Account}:event-source-mapping:${id}",
	}},
	"AWS::Lambda::Function": {Name: "FunctionName", MaxLength: 64, Atts: map[string]string{
		"Arn": "arn:${Partition}:lambda:${Region}:${Account}:function:${name}",
	}},
	"AWS::Lambda::LayerVersion": {Name: "LayerName", MaxLength: 64, Ref: "arn:${Partition}:lambda:${Region}:${Account}:layer:${name}:" + newVersion},
	"AWS::Lambda::Version": {Ref: "${FunctionARN}:" + newVersion, Atts: map[string]string{
		"FunctionArn": "${FunctionARN}:" + newVersion, "Version": newVersion,
	}},
	"AWS::Logs::LogGroup": {Name: "LogGroupName", Atts: map[string]string{
		"Arn": "arn:${Partition}:logs:${Region}:${Account}:log-group:${name}:*",
	}},
	"AWS::Events::Rule": {Name: "Name", MaxLength: 64, Atts: map[string]string{
		"Arn": "arn:${Partition}:events:${Region}:${Account}:rule/${name}",
	}},
	"AWS::SQS::Queue": {Name: "QueueName", MaxLength: 80, Ref: "https://sqs.${Region}.${URLSuffix}/${Account}/${name}", Atts: map[string]string{
		"Arn":      "arn:${Partition}:sqs:${Region}:${Account}:${name}",
		"QueueUrl": "https://sqs.${Region}.${URLSuffix}/${Account}/${name}", "QueueName": "${name}",
	}},
	"AWS::S3::Bucket": {Name: "BucketName", MaxLength: 63, Lower: true, Atts: map[string]string{
		"Arn":                "arn:${Partition}:s3:::${name}",
		"DomainName":         "${name}.s3.${URLSuffix}",
		"RegionalDomainName": "${name}.s3.${Region}.${URLSuffix}",
	}},
}

// Ref is what {"Ref": …} gives for the resource. A type that is not known
// gives its physical name, as most types do.
func (r *Resource) Ref() string {
	value, err := r.reference()
	if err != nil {
		return r.generatedName() // who refers to it is told
	}
	return value
}

func (r *Resource) reference() (string, error) {
	pattern := identities[r.Type].Ref
	if pattern == "" {
		return r.name()
	}
	return r.expand(pattern)
}

// Att is what Fn::GetAtt gives for the resource.
func (r *Resource) Att(name string) (string, error) {
	pattern, ok := identities[r.Type].Atts[name]
	if !ok {
		return "", fmt.Errorf("%s: local mode does not know its attribute %q", r, name)
	}
	return r.expand(pattern)
}

// name is the resource's physical name: the one it is given, or one as
// CloudFormation makes them.
func (r *Resource) name() (string, error) {
	given := identities[r.Type].Name
	if _, ok := r.properties[given]; !ok {
		return r.generatedName(), nil
	}
	name, err := r.property(given)
	switch {
	case errors.Is(err, errNoValue):
		return r.generatedName(), nil
	case err != nil:
		return "", fmt.Errorf("%s: %s: %w", r, given, err)
	}
	return name, nil
}

func (r *Resource) generatedName() string {
	kind := identities[r.Type]
	name := r.Stack.Name + "-" + r.LogicalID
	if kind.Lower {
		name = strings.ToLower(name)
	}
	if kind.MaxLength > 0 && len(name) > kind.MaxLength {
		name = name[:kind.MaxLength-9] + "-" + r.id()[:8]
	}
	return name
}

// property is one that a reference to the resource is made of.
func (r *Resource) property(name string) (string, error) {
	value, err := r.Stack.assembly.once(r.Stack.Name+"/"+r.LogicalID+"."+name, func() (any, error) {
		text, err := scalar(r.Stack.resolve(r.properties[name]))
		return text, err
	})
	if err != nil {
		return "", err
	}
	return value.(string), nil
}

// id is an identifier as services make them, derived from what names the
// resource, so that it stays over restarts.
func (r *Resource) id() string {
	sum := sha256.Sum256([]byte(r.Stack.Account + "/" + r.Stack.Name + "/" + r.LogicalID))
	return hex.EncodeToString(sum[:])[:13]
}

func (r *Resource) expand(pattern string) (string, error) {
	var failed error
	text := substitution.ReplaceAllStringFunc(pattern, func(match string) string {
		switch name := match[2 : len(match)-1]; name {
		case "name":
			name, err := r.name()
			if err != nil && failed == nil {
				failed = err
			}
			return name
		case "id":
			return r.id()
		case "ID":
			return strings.ToUpper(r.id())
		case "Region":
			return r.Stack.Region
		case "Account":
			return r.Stack.Account
		case "Partition":
			return partition(r.Stack.Region)
		case "URLSuffix":
			return urlSuffix(r.Stack.Region)
		case "FunctionARN":
			arn, err := r.functionARN()
			if err != nil && failed == nil {
				failed = err
			}
			return arn
		default:
			value, err := r.property(name)
			if err != nil && failed == nil {
				failed = fmt.Errorf("%s: %s: %w", r, name, err)
			}
			return value
		}
	})
	return text, failed
}

// functionARN is the ARN behind the property FunctionName of a version or an
// alias, which may give the function's name instead.
func (r *Resource) functionARN() (string, error) {
	name, err := r.property("FunctionName")
	if err != nil {
		return "", fmt.Errorf("%s: FunctionName: %w", r, err)
	}
	if strings.HasPrefix(name, "arn:") {
		return name, nil
	}
	return fmt.Sprintf("arn:%s:lambda:%s:%s:function:%s", partition(r.Stack.Region), r.Stack.Region, r.Stack.Account, name), nil
}

func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

func urlSuffix(region string) string {
	if strings.HasPrefix(region, "cn-") {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}
