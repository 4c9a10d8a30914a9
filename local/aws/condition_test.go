package aws

import (
	"path/filepath"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// The conditions that CDK writes: of Secret.GrantRead with version stages, of
// Bucket's EnforceSSL and MinimumTLSVersion; and one that teams often write
// themselves.
const conditioned = `
"F": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}},
"Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}},
"Policy": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "p", "Roles": [{"Ref": "Role"}], "PolicyDocument": {"Statement": [
	{"Effect": "Allow", "Action": ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"], "Resource": "*",
		"Condition": {"ForAnyValue:StringEquals": {"secretsmanager:VersionStage": ["AWSCURRENT"]}}},
	{"Effect": "Allow", "Action": ["s3:PutObject", "s3:GetObject"], "Resource": "*"}]}}},
"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "vault"}},
"BucketPolicy": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": {"Statement": [
	{"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
	{"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "s3:*", "Resource": "*", "Condition": {"NumericLessThan": {"s3:TlsVersion": 1.2}}},
	{"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::vault/*",
		"Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}}]}}}`

func TestConditionsOfRequestsAreJudged(t *testing.T) {
	config, notices := read(t, conditioned)
	for _, n := range notices {
		if strings.Contains(n.String(), "cannot judge") {
			t.Errorf("not judged: %s", n)
		}
	}
	o := options(t, t.TempDir(), &journal{})
	o.DynamoDB = "http://127.0.0.1:1" // nothing asks it
	o.Values = filepath.Join(t.TempDir(), "local.secrets.json")
	writeValues(t, o.Values, someValues)
	e, err := Start(t.Context(), config, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, e) })
	role := "arn:aws:iam::" + account + ":role/shop-Role"

	secrets := secretsmanager.NewFromConfig(clientConfig(e, role))
	payment := sdk.String("shop/payment")
	for stage, allowed := range map[string]bool{"": true, "AWSCURRENT": true, "AWSPREVIOUS": false} {
		in := &secretsmanager.GetSecretValueInput{SecretId: payment}
		if stage != "" {
			in.VersionStage = &stage
		}
		if _, err := secrets.GetSecretValue(t.Context(), in); allowed && err != nil {
			t.Errorf("stage %q: %v", stage, err)
		} else if !allowed {
			refused(t, "stage "+stage, err, "AccessDeniedException", "because no identity-based policy allows the secretsmanager:GetSecretValue action")
		}
	}
	_, err = secrets.DescribeSecret(t.Context(), &secretsmanager.DescribeSecretInput{SecretId: payment})
	refused(t, "no stage at all", err, "AccessDeniedException")

	bucket := s3Client(e, role)
	put := &s3sdk.PutObjectInput{Bucket: sdk.String("vault"), Key: sdk.String("k"), Body: strings.NewReader("x")}
	_, err = bucket.PutObject(t.Context(), put)
	refused(t, "an object that is not encrypted", err, "AccessDenied", "with an explicit deny in a resource-based policy")
	put.ServerSideEncryption, put.Body = s3types.ServerSideEncryptionAwsKms, strings.NewReader("x")
	if _, err := bucket.PutObject(t.Context(), put); err != nil {
		t.Errorf("an encrypted object: %v", err)
	}
}
