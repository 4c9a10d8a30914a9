package preflight_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"annex/ops/internal/fakeaws"
	"annex/ops/internal/preflight"
)

// notFine gives the findings that are not fine, as the report has them.
func notFine(findings []preflight.Finding) []string {
	var lines []string
	for _, f := range findings {
		if f.Severity != preflight.Fine {
			lines = append(lines, fmt.Sprintf("%s %s: %s -> %s", f.Severity, f.Resource, f.Found, f.Do))
		}
	}
	return lines
}

func TestNothingStopsAFirstDeployment(t *testing.T) {
	f := newFixture(t)
	findings := f.run()
	if lines := notFine(findings); len(lines) > 0 {
		t.Errorf("it finds:\n%s", strings.Join(lines, "\n"))
	}
	var out bytes.Buffer
	if err := preflight.Report(&out, findings); err != nil || preflight.Gravest(findings) != preflight.Fine {
		t.Errorf("the gravest is %v, %v", preflight.Gravest(findings), err)
	}
	for _, subject := range []string{
		"stack annex-prod-cart (eu-west-1)", "CDK bootstrap in us-east-1", "hosted zone Z0PRODEXAMPLE", "delegation of example.com",
		"CAA of www.example.com", "www.example.com AAAA", "CloudFront host www.example.com", "API Gateway's domain name api.example.com", "API Gateway's role for logs in eu-west-1",
		"(AWS::Logs::LogGroup)", "(AWS::DynamoDB::GlobalTable)", "(AWS::S3::Bucket)", "Lambda concurrency", "issuer http://127.0.0.1", "(AWS::Lambda::EventSourceMapping)",
		"Client in annex-prod-cart", "trust store s3://annex-prod-origin/truststore.pem", "client certificate of CloudFront",
		"sign-in host annex-prod-example.auth.eu-west-1.amazoncognito.com", "secret annex/prod/payment", "parameter /annex/prod/free-shipping",
	} {
		if !strings.Contains(out.String(), subject) {
			t.Errorf("the report has nothing of %s:\n%s", subject, out.String())
		}
	}
}

func TestNothingStopsAnotherDeployment(t *testing.T) {
	f := newFixture(t)
	f.deploy()
	if lines := notFine(f.run()); len(lines) > 0 {
		t.Errorf("it finds:\n%s", strings.Join(lines, "\n"))
	}
}

func TestReadsTheStagesOwnTemplates(t *testing.T) {
	f := newFixture(t)
	files, err := filepath.Glob("../../../test/snapshots/prod/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no templates: %v", err)
	}
	clear(f.templates)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		f.templates[strings.TrimSuffix(filepath.Base(file), ".json")] = string(text)
	}
	findings := f.run()
	if lines := notFine(findings); len(lines) > 0 {
		t.Errorf("it finds:\n%s", strings.Join(lines, "\n"))
	}
	for _, subject := range []string{
		"CAA of api.example.com", "CAA of www.example.com", "api.example.com A", "www.example.com AAAA", "CloudFront host www.example.com",
		"CAA of ws.example.com", "ws.example.com A", "ws.example.com AAAA", "API Gateway's domain name ws.example.com", "API Gateway's role for logs in eu-west-1",
		"API Gateway's domain name api.example.com", "sign-in host annex-prod-example.auth.eu-west-1.amazoncognito.com",
		"annex-prod-cart/API/AccessLog/Resource (AWS::Logs::LogGroup)",
	} {
		if !slices.ContainsFunc(findings, func(f preflight.Finding) bool { return f.Resource == subject }) {
			t.Errorf("it did not look at %s", subject)
		}
	}
}

// replace changes the template of the cart that would be deployed.
func (f *fixture) replace(before, after string) {
	const stack = "annex-prod-cart"
	if !strings.Contains(f.templates[stack], before) {
		f.t.Fatalf("%s has no %s", stack, before)
	}
	f.templates[stack] = strings.Replace(f.templates[stack], before, after, 1)
}

func (f *fixture) record(r fakeaws.Record) {
	zone := f.Zones["Z0PRODEXAMPLE"]
	zone.Records = append(zone.Records, r)
	f.Zones["Z0PRODEXAMPLE"] = zone
}

func TestEachTrapIsFoundAndNamed(t *testing.T) {
	for name, test := range map[string]struct {
		deployed bool
		spoil    func(*fixture)
		want     []string // each the beginning of a finding
	}{
		"no bootstrap": {spoil: func(f *fixture) { delete(f.Parameters, "us-east-1 /cdk-bootstrap/hnb659fds/version") }, want: []string{
			"stop CDK bootstrap in us-east-1: there is none -> npx cdk bootstrap aws://444455556666/us-east-1",
		}},
		"old bootstrap": {spoil: func(f *fixture) { f.Parameters["eu-west-1 /cdk-bootstrap/hnb659fds/version"] = "5" }, want: []string{
			"stop CDK bootstrap in eu-west-1: version 5: the templates want 6",
		}},
		"stack never whole": {deployed: true, spoil: func(f *fixture) { f.Stacks["eu-west-1 annex-prod-cart"].Status = "ROLLBACK_COMPLETE" }, want: []string{
			"surprise stack annex-prod-cart (eu-west-1): ROLLBACK_COMPLETE: it was never whole",
		}},
		"stack never whole and protected": {deployed: true, spoil: func(f *fixture) {
			f.Stacks["eu-west-1 annex-prod-cart"].Status, f.Stacks["eu-west-1 annex-prod-cart"].Protected = "ROLLBACK_COMPLETE", true
		}, want: []string{"stop stack annex-prod-cart (eu-west-1): ROLLBACK_COMPLETE: it was never whole, and is protected"}},
		"stack stuck": {deployed: true, spoil: func(f *fixture) { f.Stacks["us-east-1 annex-prod-site"].Status = "UPDATE_ROLLBACK_FAILED" }, want: []string{
			"stop stack annex-prod-site (us-east-1): UPDATE_ROLLBACK_FAILED -> aws cloudformation continue-update-rollback --region us-east-1",
		}},
		"stack busy": {deployed: true, spoil: func(f *fixture) { f.Stacks["us-east-1 annex-prod-site"].Status = "UPDATE_IN_PROGRESS" }, want: []string{
			"stop stack annex-prod-site (us-east-1): UPDATE_IN_PROGRESS -> wait",
		}},
		"no zone": {spoil: func(f *fixture) { f.Zones = map[string]fakeaws.Zone{} }, want: []string{
			"stop hosted zone Z0PRODEXAMPLE: there is none in this account",
			"unknown delegation of example.com: could not look",
			"unknown records of api.example.com: could not look", "unknown records of www.example.com: could not look",
		}},
		"zone of another name": {spoil: func(f *fixture) {
			f.Zones["Z0PRODEXAMPLE"] = fakeaws.Zone{Name: "example.org.", NameServers: f.Zones["Z0PRODEXAMPLE"].NameServers}
		}, want: []string{"stop hosted zone Z0PRODEXAMPLE: it is that of example.org, and the stage's is example.com"}},
		"private zone": {spoil: func(f *fixture) { f.Zones["Z0PRODEXAMPLE"] = fakeaws.Zone{Name: "example.com.", Private: true} }, want: []string{
			"stop hosted zone Z0PRODEXAMPLE: it is private",
		}},
		"not delegated": {spoil: func(f *fixture) { delete(f.records, "example.com. NS") }, want: []string{
			"stop delegation of example.com: public DNS has no NS records for it -> have the parent of example.com, or the registrar, name ns-1.awsdns-01.org, ns-2.awsdns-02.com",
		}},
		"delegated elsewhere": {spoil: func(f *fixture) { f.records["example.com. NS"] = "ns.other.net." }, want: []string{
			"stop delegation of example.com: public DNS leads to ns.other.net, which is another zone",
		}},
		"delegated elsewhere too": {spoil: func(f *fixture) { f.records["example.com. NS"] += " ns.other.net." }, want: []string{
			"surprise delegation of example.com: public DNS leads to ns.other.net too",
		}},
		"DNS fails": {spoil: func(f *fixture) { f.records["example.com. NS"] = "SERVFAIL" }, want: []string{
			"unknown delegation of example.com: could not look",
		}},
		"CAA": {spoil: func(f *fixture) { f.records["example.com. CAA"] = `0 issue "letsencrypt.org"` }, want: []string{
			`stop CAA of api.example.com: the records at example.com allow letsencrypt.org and not Amazon, so ACM issues no certificate -> add a record to example.com: 0 issue "amazon.com"`,
			"stop CAA of www.example.com",
		}},
		"CAA of the host itself": {spoil: func(f *fixture) { f.records["www.example.com. CAA"] = `0 issue ";"` }, want: []string{
			"stop CAA of www.example.com: the records at www.example.com allow nobody and not Amazon",
		}},
		"record": {spoil: func(f *fixture) {
			f.record(fakeaws.Record{Name: "www.example.com.", Type: "A", Alias: "d9.cloudfront.net."})
		}, want: []string{
			"stop www.example.com A: the zone has a record A already, to d9.cloudfront.net",
		}},
		"CNAME": {spoil: func(f *fixture) {
			f.record(fakeaws.Record{Name: "api.example.com.", Type: "CNAME", Value: "old.example.net"})
		}, want: []string{
			"stop api.example.com A: the zone has a record CNAME already, to old.example.net", "stop api.example.com AAAA",
		}},
		"host taken": {spoil: func(f *fixture) {
			f.Distributions = []fakeaws.Distribution{{ID: "E9", Domain: "d9.cloudfront.net", Hosts: []string{"www.example.com"}}}
		}, want: []string{"stop CloudFront host www.example.com: distribution E9 (d9.cloudfront.net) of this account has it"}},
		"host taken by another account": {deployed: true, spoil: func(f *fixture) { f.Conflicts["www.example.com"] = "999999999999" }, want: []string{
			"stop CloudFront host www.example.com in other accounts: *******ABCDEF of account ******999999 has www.example.com",
		}},
		"no role for logs": {spoil: func(f *fixture) { delete(f.LogRoles, "eu-west-1") }, want: []string{
			`stop API Gateway's role for logs in eu-west-1: there is none, and without one API Gateway refuses the stage of a WebSocket API that has an access log -> make it once`,
		}},
		"no leave to look for the role for logs": {spoil: func(f *fixture) { f.Denied = []string{"apigateway:GetAccount"} }, want: []string{
			"unknown API Gateway's role for logs in eu-west-1: could not look: needs apigateway:GET",
		}},
		"domain name taken": {spoil: func(f *fixture) { f.DomainNames["eu-west-1 api.example.com"] = fakeaws.DomainName{} }, want: []string{
			"stop API Gateway's domain name api.example.com: there is one",
		}},
		"domain name asks for a certificate for ever": {deployed: true, spoil: func(f *fixture) {
			f.DomainNames["eu-west-1 api.example.com"] = fakeaws.DomainName{TrustStore: "s3://annex-prod-origin/truststore.pem", TrustStoreVersion: "version-1"}
		}, want: []string{
			"stop API Gateway's domain name api.example.com: it asks for a client certificate, which its stack no longer says",
		}},
		"domain name asks for a certificate until it is deployed": {deployed: true, spoil: func(f *fixture) {
			f.DomainNames["eu-west-1 api.example.com"] = fakeaws.DomainName{TrustStore: "s3://annex-prod-origin/truststore.pem", TrustStoreVersion: "version-1"}
			stack := f.Stacks["eu-west-1 annex-prod-domain"]
			stack.Template = strings.Replace(stack.Template, `"DomainName": "api.example.com"}},
			"IPv4"`, `"DomainName": "api.example.com", "MutualTlsAuthentication": {"TruststoreUri": "s3://annex-prod-origin/truststore.pem"}}},
			"IPv4"`, 1)
		}},
		"log group kept": {spoil: func(f *fixture) { f.LogGroups["eu-west-1 /aws/vendedlogs/annex-prod-cart/API"] = true }, want: []string{
			"stop annex-prod-cart/Log (AWS::Logs::LogGroup): there is a log group /aws/vendedlogs/annex-prod-cart/API",
		}},
		"longer log group": {spoil: func(f *fixture) { f.LogGroups["eu-west-1 /aws/vendedlogs/annex-prod-cart/API2"] = true }},
		"bucket kept": {spoil: func(f *fixture) { f.Buckets["annex-prod-index"] = &fakeaws.Bucket{Owner: account, Region: "eu-west-1"} }, want: []string{
			"stop annex-prod-cart/Index (AWS::S3::Bucket): there is a bucket annex-prod-index in this account",
		}},
		"table kept": {spoil: func(f *fixture) { f.Tables["eu-west-1 annex-prod-orders"] = true }, want: []string{
			"stop annex-prod-cart/Orders (AWS::DynamoDB::GlobalTable): there is a table annex-prod-orders",
		}},
		"new account's concurrency": {spoil: func(f *fixture) { f.Concurrency = [2]int32{10, 10} }, want: []string{
			"stop Lambda concurrency: the functions reserve 50; of the account's 10, 10 are free, and 100 have to stay so",
		}},
		"concurrency that is not said": {spoil: func(f *fixture) { f.Concurrency = [2]int32{} }, want: []string{
			"unknown Lambda concurrency: could not look: no answer of how much of the account's limit is free",
		}},
		"less concurrency than counted on": {spoil: func(f *fixture) { f.Concurrency = [2]int32{500, 500} }, want: []string{
			"surprise Lambda concurrency: the account may run 500 at once, and the stage counts on 1000",
		}},
		"issuer without keys": {spoil: func(f *fixture) { f.issuer.Close() }, want: []string{"stop issuer http://127.0.0.1"}},
		"issuer with too many keys": {spoil: func(f *fixture) { f.keys = strings.Repeat(" ", 150_001) }, want: []string{
			"stop issuer http://127.0.0.1",
		}},
		"role changes in a canary": {deployed: true, spoil: func(f *fixture) { f.replace(`"CartRole", "Arn"`, `"OtherRole", "Arn"`) }, want: []string{
			"stop annex-prod-cart/Cart/Function (AWS::Lambda::Function): its Role changes",
		}},
		"dead-letter queue comes in a canary": {deployed: true, spoil: func(f *fixture) {
			f.replace(`"ReservedConcurrentExecutions": 50`, `"ReservedConcurrentExecutions": 50, "DeadLetterConfig": {"TargetArn": "x"}`)
		}, want: []string{"stop annex-prod-cart/Cart/Function (AWS::Lambda::Function): its DeadLetterConfig changes"}},
		"role changes at once": {deployed: true, spoil: func(f *fixture) {
			f.replace(`"CartRole", "Arn"`, `"OtherRole", "Arn"`)
			f.replace(`"CodeDeployLambdaAliasUpdate": {}`, ``)
		}},
		"role changes in a release all at once": {deployed: true, spoil: func(f *fixture) {
			f.replace(`"CartRole", "Arn"`, `"OtherRole", "Arn"`)
			f.replace(`"CodeDeployLambdaAliasUpdate": {}`, `"CodeDeployLambdaAliasUpdate": {"DeploymentGroupName": {"Ref": "Release"}}`)
			f.replace(`"CartRole": {`, `"Release": {"Type": "AWS::CodeDeploy::DeploymentGroup", "Properties": {"DeploymentConfigName": "CodeDeployDefault.LambdaAllAtOnce"}},
				"CartRole": {`)
		}},
		"canary under way": {deployed: true, spoil: func(f *fixture) { f.Functions["made-Cart"].Weights = map[string]float64{"7": 0.1} }, want: []string{
			"stop annex-prod-cart/Cart/Function (AWS::Lambda::Function): its alias shares requests",
		}},
		"alias moved by hand, and no new version": {deployed: true, spoil: func(f *fixture) { f.Functions["made-Cart"].Version = "6" }, want: []string{
			"surprise annex-prod-cart/CartLive (AWS::Lambda::Alias): it was moved by hand: it is at version 6, and CloudFormation left it at 7, where",
		}},
		"alias moved by hand, and a new version": {deployed: true, spoil: func(f *fixture) {
			f.Functions["made-Cart"].Version = "6"
			f.replace(`"CartVersion7", "Version"`, `"CartVersion8", "Version"`)
		}, want: []string{
			"stop annex-prod-cart/CartLive (AWS::Lambda::Alias): it was moved by hand: it is at version 6, and CloudFormation left it at 7, from where alone CodeDeploy takes it on" +
				" -> npx cdk deploy -c stage=prod -c release=direct -e annex-prod-cart    # the new version at once and unchecked; or first" +
				" aws lambda update-alias --region eu-west-1 --function-name arn:aws:lambda:eu-west-1:" + account + ":function:made-Cart --name live --function-version 7",
		}},
		"alias moved by hand, and a new version directly": {deployed: true, spoil: func(f *fixture) {
			f.Functions["made-Cart"].Version = "6"
			f.replace(`"CartVersion7", "Version"`, `"CartVersion8", "Version"`)
			f.replace(`"CodeDeployLambdaAliasUpdate": {}`, ``)
		}, want: []string{
			"surprise annex-prod-cart/CartLive (AWS::Lambda::Alias): it was moved by hand: it is at version 6, and CloudFormation left it at 7; this deployment takes it",
		}},
		"reference that moved on": {deployed: true, spoil: func(f *fixture) { f.Stacks["eu-west-1 annex-prod-identity"].Outputs["Client"] = "another" }, want: []string{
			"surprise Client in annex-prod-cart: Environment.Variables.CLIENT of annex-prod-cart/Cart/Function (AWS::Lambda::Function) is still value-of-Client, and annex-prod-identity has another now -> npx cdk deploy -c stage=prod -e annex-prod-cart --revert-drift",
			"surprise Client in annex-prod-cart: JwtConfiguration.Audience of annex-prod-cart/SignedIn",
		}},
		"reference that may have moved on": {deployed: true, spoil: func(f *fixture) {
			f.Stacks["eu-west-1 annex-prod-domain"].Resources["Alarms"] = fakeaws.Resource{ID: "made-again", Updated: f.now.Add(-time.Hour)}
		}, want: []string{"surprise Topic in annex-prod-cart: what annex-prod-domain has there was changed after annex-prod-cart last read it"}},
		"no trust store": {spoil: func(f *fixture) { delete(f.Parameters, "eu-west-1 /annex/prod/origin/truststore-version") }, want: []string{
			"stop trust store s3://annex-prod-origin/truststore.pem: the parameter /annex/prod/origin/truststore-version names no version of it -> make origin-certificate STAGE=prod",
		}},
		"trust store's version gone": {spoil: func(f *fixture) { f.Parameters["eu-west-1 /annex/prod/origin/truststore-version"] = "gone" }, want: []string{
			"stop trust store s3://annex-prod-origin/truststore.pem: there is no version gone of it",
		}},
		"no client certificate": {spoil: func(f *fixture) { delete(f.Parameters, "us-east-1 /annex/prod/origin/certificate") }, want: []string{
			"stop client certificate of CloudFront: the parameter /annex/prod/origin/certificate in us-east-1 names none",
		}},
		"client certificate deleted": {spoil: func(f *fixture) { clear(f.Certificates) }, want: []string{
			"stop client certificate of CloudFront: arn:aws:acm:us-east-1:444455556666:certificate/1 is not there",
		}},
		"client certificate ends": {spoil: func(f *fixture) { f.now = f.now.Add(250 * 24 * time.Hour) }, want: []string{
			"surprise client certificate of CloudFront: it expires on 2027-09-21 -> make origin-certificate STAGE=prod",
		}},
		"client certificate ended": {spoil: func(f *fixture) { f.now = f.now.Add(301 * 24 * time.Hour) }, want: []string{
			"stop client certificate of CloudFront: it expired on 2027-09-21",
		}},
		"open to all": {spoil: func(f *fixture) { f.stage.Origin = nil; clear(f.Certificates) }},
		"sign-in host taken": {spoil: func(f *fixture) { f.SignInHosts["eu-west-1 annex-prod-example"] = "eu-west-1_other" }, want: []string{
			"stop sign-in host annex-prod-example.auth.eu-west-1.amazoncognito.com: the user pool eu-west-1_other of this account has it",
		}},
		"mapping by another ID": {deployed: true, spoil: func(f *fixture) {
			f.templates["annex-prod-cart"] = strings.ReplaceAll(f.templates["annex-prod-cart"], "ChangesMapping", "OrdersMapping")
		}, want: []string{
			"stop annex-prod-cart/OrdersMapping (AWS::Lambda::EventSourceMapping): the deployed stack has a mapping of the same source to the same function, ChangesMapping, and Lambda takes no second one -> give what makes it its old ID",
		}},
		"mapping of another function": {deployed: true, spoil: func(f *fixture) {
			f.templates["annex-prod-cart"] = strings.Replace(f.templates["annex-prod-cart"], `"ChangesMapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"FunctionName": {"Ref": "CartLive"}`,
				`"OrdersMapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"FunctionName": {"Ref": "Cart"}`, 1)
		}},
		"no secret": {spoil: func(f *fixture) { clear(f.Secrets) }, want: []string{
			"stop secret annex/prod/payment: there is none, so annex-prod-cart/Cart/Function (AWS::Lambda::Function) does not start -> aws secretsmanager create-secret --region eu-west-1 --name annex/prod/payment",
		}},
		"no parameter": {spoil: func(f *fixture) { delete(f.Parameters, "eu-west-1 /annex/prod/free-shipping") }, want: []string{
			"stop parameter /annex/prod/free-shipping: there is none",
		}},
		"throttled": {spoil: func(f *fixture) { f.Throttled["cloudformation:DescribeStacks"] = 2 }}, // the SDK asks again
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			if test.deployed {
				f.deploy()
			}
			test.spoil(f)
			got := notFine(f.run())
			if len(got) != len(test.want) {
				t.Fatalf("got  %s\nwant %s", strings.Join(got, "\n     "), strings.Join(test.want, "\n     "))
			}
			for i, want := range test.want {
				if !strings.HasPrefix(got[i], want) {
					t.Errorf("got  %s\nwant %s", got[i], want)
				}
			}
		})
	}
}

func TestWhatCannotBeLookedAtDoesNotPass(t *testing.T) {
	for operation, want := range map[string]string{
		"cloudformation:DescribeStacks":      "stack annex-prod-cart (eu-west-1): could not look: needs cloudformation:DescribeStacks",
		"cloudformation:GetTemplate":         "stack annex-prod-cart (eu-west-1): could not look: needs cloudformation:GetTemplate",
		"cloudformation:ListStackResources":  "www.example.com A: could not look: needs cloudformation:ListStackResources",
		"ssm:GetParameter":                   "CDK bootstrap in eu-west-1: could not look: needs ssm:GetParameter",
		"route53:GetHostedZone":              "delegation of example.com: could not look: needs route53:GetHostedZone",
		"route53:ListResourceRecordSets":     "records of www.example.com: could not look: needs route53:ListResourceRecordSets",
		"cloudfront:ListDistributions":       "CloudFront's distributions: could not look: needs cloudfront:ListDistributions",
		"cloudfront:ListDomainConflicts":     "CloudFront host www.example.com in other accounts: could not look: needs cloudfront:ListDomainConflicts",
		"apigateway:GetDomainName":           "API Gateway's domain name api.example.com: could not look: needs apigateway:GET",
		"lambda:GetAccountSettings":          "Lambda concurrency: could not look: needs lambda:GetAccountSettings",
		"lambda:GetAlias":                    "annex-prod-cart/CartLive (AWS::Lambda::Alias): could not look: needs lambda:GetAlias",
		"lambda:GetFunctionConfiguration":    "Client in annex-prod-cart: could not look: needs lambda:GetFunctionConfiguration",
		"apigateway:GetAuthorizer":           "Client in annex-prod-cart: could not look: needs apigateway:GET",
		"acm:DescribeCertificate":            "client certificate of CloudFront: could not look: needs acm:DescribeCertificate",
		"s3:HeadObject":                      "trust store s3://annex-prod-origin/truststore.pem: could not look: needs s3:GetObjectVersion",
		"cognito-idp:DescribeUserPoolDomain": "could not look: needs cognito-idp:DescribeUserPoolDomain",
		"logs:DescribeLogGroups":             "could not look: needs logs:DescribeLogGroups",
		"s3:HeadBucket":                      "could not look: needs s3:ListBucket",
		"dynamodb:DescribeTable":             "could not look: needs dynamodb:DescribeTable",
		"secretsmanager:DescribeSecret":      "secret annex/prod/payment: could not look: needs secretsmanager:DescribeSecret",
	} {
		t.Run(operation, func(t *testing.T) {
			f := newFixture(t)
			f.deploy()
			f.Denied = []string{operation}
			lines := notFine(f.run())
			if !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, "unknown") && strings.Contains(l, want) }) {
				// What is this stack's by its name is not looked for: ask as at a first deployment.
				f.Stacks = map[string]*fakeaws.Stack{}
				lines = notFine(f.run())
				if !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, "unknown") && strings.Contains(l, want) }) {
					t.Errorf("got  %s\nwant unknown … %s", strings.Join(lines, "\n     "), want)
				}
			}
		})
	}
}

func TestServicesCanOnlyRead(t *testing.T) {
	var look func(of reflect.Type)
	methods := 0
	look = func(of reflect.Type) {
		switch of.Kind() {
		case reflect.Map:
			look(of.Elem())
		case reflect.Struct:
			if strings.HasSuffix(of.PkgPath(), "/preflight") {
				for field := range of.Fields() {
					look(field.Type)
				}
			}
		case reflect.Interface:
			for method := range of.Methods() {
				methods++
				if !regexp.MustCompile("^(Get|List|Describe|Head)").MatchString(method.Name) {
					t.Errorf("%s.%s may change something", of, method.Name)
				}
			}
		}
	}
	look(reflect.TypeFor[preflight.Services]())
	if methods < 15 {
		t.Errorf("only %d methods were looked at", methods)
	}
}
