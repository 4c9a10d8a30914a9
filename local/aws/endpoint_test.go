package aws

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	sdkcredentials "github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"

	"annex/local/assembly"
)

const (
	account    = "111122223333"
	region     = "eu-west-1"
	cartRole   = "arn:aws:iam::" + account + ":role/shop-CartRole"
	searchRole = "arn:aws:iam::" + account + ":role/shop-SearchRole"
	carts      = "shop-Carts"
	indexName  = "shop-index"
	siteName   = "shop-site"
)

// shop is a stack with a table that one function may use, and two buckets: one
// that another function may read, and one for a distribution. Each test may
// add resources to it.
const shop = `
"Carts": {"Type": "AWS::DynamoDB::GlobalTable", "Properties": {
	"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}, {"AttributeName": "owner", "AttributeType": "S"}],
	"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
	"GlobalSecondaryIndexes": [{"IndexName": "by-owner", "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}],
	"BillingMode": "PAY_PER_REQUEST",
	"Replicas": [{"Region": "eu-west-1", "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": true}}],
	"TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": true}}},
"CartFunction": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["CartRole", "Arn"]}}},
"CartRole": {"Type": "AWS::IAM::Role", "Metadata": {"aws:cdk:path": "shop/Cart/ServiceRole"}, "Properties": {
	"AssumeRolePolicyDocument": {"Statement": []},
	"ManagedPolicyArns": [{"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]]}]}},
"CartPolicy": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "p", "Roles": [{"Ref": "CartRole"}],
	"PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
		"Action": ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:BatchGetItem"],
		"Resource": {"Fn::GetAtt": ["Carts", "Arn"]}}]}}},
"SearchRole": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}},
"SearchPolicy": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "p", "Roles": [{"Ref": "SearchRole"}],
	"PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": ["s3:GetObject*", "s3:PutObject"],
		"Resource": {"Fn::Join": ["", [{"Fn::GetAtt": ["Index", "Arn"]}, "/index/*"]]}}]}}},
"Index": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "shop-index"}},
"IndexPolicy": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "Index"}, "PolicyDocument": {"Statement": [
	{"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "s3:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}},
		"Resource": [{"Fn::GetAtt": ["Index", "Arn"]}, {"Fn::Join": ["", [{"Fn::GetAtt": ["Index", "Arn"]}, "/*"]]}]}]}}},
"Site": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "shop-site"}},
"Distribution": {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": {"Origins": [
	{"Id": "a", "DomainName": {"Fn::GetAtt": ["Site", "RegionalDomainName"]}, "OriginAccessControlId": "E1"},
	{"Id": "b", "DomainName": "api.example.com"}]}}}`

// read reads an assembly with one stack of the resources.
func read(t testing.TB, resources string) (Config, []assembly.Notice) {
	t.Helper()
	config, notices, err := Read(assemble(t, resources, nil))
	if err != nil {
		t.Fatal(err)
	}
	return config, notices
}

// assemble makes an assembly with the stack "shop" of the resources, and with
// assets: folders by their keys, each with contents by file names.
func assemble(t testing.TB, resources string, assets map[string]map[string]string) *assembly.Assembly {
	t.Helper()
	dir := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	type file struct {
		Source       map[string]string            `json:"source"`
		Destinations map[string]map[string]string `json:"destinations"`
	}
	files := map[string]file{}
	for key, contents := range assets {
		folder := "asset." + key
		files[key] = file{map[string]string{"path": folder}, map[string]map[string]string{"here": {"objectKey": key}}}
		for name, content := range contents {
			write(filepath.Join(folder, name), content)
		}
	}
	manifest, err := json.Marshal(map[string]any{"files": files})
	if err != nil {
		t.Fatal(err)
	}
	write("shop.assets.json", string(manifest))
	write("manifest.json", `{"artifacts":{
		"shop.assets":{"type":"cdk:asset-manifest","properties":{"file":"shop.assets.json"}},
		"shop":{"type":"aws:cloudformation:stack","environment":"aws://`+account+`/`+region+`","properties":{"templateFile":"shop.template.json"},"dependencies":["shop.assets"]}}}`)
	write("shop.template.json", `{"Resources":{`+resources+`}}`)
	a, err := assembly.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// options are those of the repository's own Node and dynalite.
func options(t testing.TB, data string, logs *journal) Options {
	t.Helper()
	modules, err := filepath.Abs(filepath.Join("..", "..", "node_modules"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(modules, "dynalite")); err != nil {
		t.Fatal("node_modules is not there: run `make setup`")
	}
	o := Options{DataDir: data, Node: filepath.Join(modules, ".bin", "node"), Dynalite: filepath.Join(modules, "dynalite")}
	if logs != nil {
		o.Logs = logs
	}
	return o
}

// start starts the endpoint until the test's end.
func start(t testing.TB, config Config, data string, logs *journal) *Endpoint {
	t.Helper()
	e, err := Start(t.Context(), config, options(t, data, logs))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, e) })
	return e
}

// stop ends the endpoint; ending it twice does nothing.
func stop(t testing.TB, e *Endpoint) {
	t.Helper()
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}

// journal is a log that tests look into while it is written.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// clientConfig is what an SDK takes from a function's environment. An empty
// role is root.
func clientConfig(e *Endpoint, role string) sdk.Config {
	id, secret, token := RootAccessKeyID, RootSecretAccessKey, ""
	if role != "" {
		id, secret, token = e.Credentials(role)
	}
	return sdk.Config{
		Region: region, BaseEndpoint: sdk.String(e.URL()), Credentials: sdkcredentials.NewStaticCredentialsProvider(id, secret, token),
		// As config.LoadDefaultConfig has it.
		RequestChecksumCalculation: sdk.RequestChecksumCalculationWhenSupported,
		ResponseChecksumValidation: sdk.ResponseChecksumValidationWhenSupported,
	}
}

func dynamoDBClient(e *Endpoint, role string) *dynamodb.Client {
	return dynamodb.NewFromConfig(clientConfig(e, role))
}

func s3Client(e *Endpoint, role string) *s3sdk.Client {
	return s3sdk.NewFromConfig(clientConfig(e, role))
}

func contains(t testing.TB, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s: %q\nwant it to contain %q", what, text, part)
		}
	}
}

func TestReadingTheShopNamesWhatIsNotServed(t *testing.T) {
	config, notices := read(t, shop)
	var got []string
	for _, n := range notices {
		got = append(got, n.String())
	}
	if len(got) > 0 {
		t.Errorf("notices %q, want none: all of it is served", got)
	}
	if len(config.Tables) != 1 || len(config.Buckets) != 2 || len(config.Roles) != 2 {
		t.Errorf("%d tables, %d buckets, %d roles: want 1, 2, 2", len(config.Tables), len(config.Buckets), len(config.Roles))
	}
}

func TestCloseMayBeCalledTwice(t *testing.T) {
	config, _ := read(t, shop)
	e := start(t, config, t.TempDir(), nil)
	stop(t, e)
	stop(t, e)
}

func TestStartEndsWithItsContext(t *testing.T) {
	config, _ := read(t, shop)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if e, err := Start(ctx, config, options(t, t.TempDir(), nil)); err == nil {
		t.Error("it started")
		stop(t, e)
	}
}
