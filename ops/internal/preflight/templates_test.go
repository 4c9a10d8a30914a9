package preflight_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"testing"
	"time"

	"annex/ops/internal/fakeaws"
)

// templates are small templates with one of each of what checks look at.
func templates(issuer string) map[string]string {
	return map[string]string{
		"annex-prod-domain": `{"Resources": {
			"Certificate": {"Type": "AWS::CertificateManager::Certificate", "Properties": {"DomainName": "api.example.com"}},
			"Name": {"Type": "AWS::ApiGatewayV2::DomainName", "Properties": {"DomainName": "api.example.com"}},
			"IPv4": {"Type": "AWS::Route53::RecordSet", "Properties": {"Name": "api.example.com.", "Type": "A", "HostedZoneId": "Z0PRODEXAMPLE"}},
			"IPv6": {"Type": "AWS::Route53::RecordSet", "Properties": {"Name": "api.example.com.", "Type": "AAAA", "HostedZoneId": "Z0PRODEXAMPLE"}},
			"Alarms": {"Type": "AWS::SNS::Topic", "Properties": {}}},
			"Outputs": {"Topic": {"Value": {"Ref": "Alarms"}}}}`,
		"annex-prod-identity": `{"Resources": {
			"Pool": {"Type": "AWS::Cognito::UserPool", "Properties": {}},
			"Client": {"Type": "AWS::Cognito::UserPoolClient", "Properties": {}},
			"Domain": {"Type": "AWS::Cognito::UserPoolDomain", "Properties": {"Domain": "annex-prod-example"}}},
			"Outputs": {"Client": {"Value": {"Ref": "Client"}}}}`,
		"annex-prod-cart": `{"Resources": {
			"Cart": {"Type": "AWS::Lambda::Function", "Properties": {
				"Role": {"Fn::GetAtt": ["CartRole", "Arn"]}, "ReservedConcurrentExecutions": 50,
				"Environment": {"Variables": {"CLIENT": {"Fn::GetStackOutput": {"StackName": "annex-prod-identity", "Region": "eu-west-1", "OutputName": "Client"}}}}},
				"Metadata": {"aws:cdk:path": "annex-prod-cart/Cart/Function",
					"annex:secrets": {"PAYMENT_KEY": "annex/prod/payment"}, "annex:parameters": {"FREE_SHIPPING": "/annex/prod/free-shipping"}}},
			"CartRole": {"Type": "AWS::IAM::Role", "Properties": {}},
			"CartVersion7": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Cart"}}},
			"CartLive": {"Type": "AWS::Lambda::Alias", "Properties": {"Name": "live", "FunctionName": {"Ref": "Cart"}, "FunctionVersion": {"Fn::GetAtt": ["CartVersion7", "Version"]}},
				"UpdatePolicy": {"CodeDeployLambdaAliasUpdate": {}}},
			"ChangesMapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"FunctionName": {"Ref": "CartLive"}, "EventSourceArn": {"Fn::GetAtt": ["Orders", "StreamArn"]}}},
			"Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/aws/vendedlogs/annex-prod-cart/API"}},
			"Orders": {"Type": "AWS::DynamoDB::GlobalTable", "Properties": {"TableName": "annex-prod-orders"}},
			"Index": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "annex-prod-index"}},
			"API": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {}},
			"Socket": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"ProtocolType": "WEBSOCKET"}},
			"SocketStage": {"Type": "AWS::ApiGatewayV2::Stage", "Properties": {"ApiId": {"Ref": "Socket"}, "AccessLogSettings": {"Format": "$context.requestId"}}},
			"SignedIn": {"Type": "AWS::ApiGatewayV2::Authorizer", "Properties": {"ApiId": {"Ref": "API"}, "JwtConfiguration": {
				"Issuer": "` + issuer + `",
				"Audience": [{"Fn::GetStackOutput": {"StackName": "annex-prod-identity", "Region": "eu-west-1", "OutputName": "Client"}}]}}},
			"Errors": {"Type": "AWS::CloudWatch::Alarm", "Properties": {
				"AlarmActions": [{"Fn::GetStackOutput": {"StackName": "annex-prod-domain", "Region": "eu-west-1", "OutputName": "Topic"}}]}}}}`,
		"annex-prod-site": `{"Resources": {
			"Certificate": {"Type": "AWS::CertificateManager::Certificate", "Properties": {"DomainName": "www.example.com"}},
			"Distribution": {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": {"Aliases": ["www.example.com"]}}},
			"IPv4": {"Type": "AWS::Route53::RecordSet", "Properties": {"Name": "www.example.com.", "Type": "A", "HostedZoneId": "Z0PRODEXAMPLE", "Weight": 1, "SetIdentifier": "annex-prod-site"}},
			"IPv6": {"Type": "AWS::Route53::RecordSet", "Properties": {"Name": "www.example.com.", "Type": "AAAA", "HostedZoneId": "Z0PRODEXAMPLE", "Weight": 1, "SetIdentifier": "annex-prod-site"}}}}`,
	}
}

// certificate is a certificate that ends then.
func certificate(t *testing.T, end time.Time) *fakeaws.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{DNSNames: []string{"cloudfront.internal"}, NotBefore: end.Add(-time.Hour), NotAfter: end}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &fakeaws.Certificate{Certificate: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))}
}
