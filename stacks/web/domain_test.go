package web_test

import (
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/jsii-runtime-go"
	"github.com/google/go-cmp/cmp"

	"annex/stacks/bundle"
	"annex/stacks/web"
	"annex/test/cdktest"
)

func newZone(stack awscdk.Stack) awsroute53.IHostedZone {
	return awsroute53.HostedZone_FromHostedZoneAttributes(stack, jsii.String("Zone"), &awsroute53.HostedZoneAttributes{
		HostedZoneId: jsii.String("Z0EXAMPLE"),
		ZoneName:     jsii.String("example.com"),
	})
}

func TestDomainIsOneThatHTTPAPIsCanBeMappedOnto(t *testing.T) {
	template := synth(t, func(stack awscdk.Stack, _ *bundle.Handlers) {
		web.NewDomain(stack, "API", &web.DomainProps{Host: "api.example.com", Zone: newZone(stack)})
	})
	domain := template.Only(t, "AWS::ApiGatewayV2::DomainName").Properties
	if domain["DomainName"] != "api.example.com" {
		t.Errorf("host %v", domain["DomainName"])
	}
	want := map[string]any{
		"CertificateArn": ref(template.Only(t, "AWS::CertificateManager::Certificate")),
		"EndpointType":   "REGIONAL", "IpAddressType": "dualstack", "SecurityPolicy": "TLS_1_2",
	}
	if diff := cmp.Diff(any(want), at(t, domain, "DomainNameConfigurations", 0)); diff != "" {
		t.Error("(-want +got):\n", diff)
	}
	checkRecords(t, template, "api.example.com.")
}

func TestDomainOfATrustStoreReadsItsVersionAtEachDeployment(t *testing.T) {
	template := synth(t, func(stack awscdk.Stack, _ *bundle.Handlers) {
		web.NewDomain(stack, "API", &web.DomainProps{
			Host: "api.example.com", Zone: newZone(stack),
			TrustStore: &web.TrustStore{Bucket: "origin", Key: "truststore.pem", VersionParameter: "/origin/truststore-version"},
		})
	})
	authentication := template.Only(t, "AWS::ApiGatewayV2::DomainName").Properties["MutualTlsAuthentication"]
	if got := at(t, authentication, "TruststoreUri"); got != "s3://origin/truststore.pem" {
		t.Errorf("the trust store is %v", got)
	}
	name, _ := at(t, authentication, "TruststoreVersion", "Ref").(string)
	want := map[string]any{
		"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/origin/truststore-version",
		"Description": "The version of the trust store to use",
	}
	if diff := cmp.Diff(any(want), at(t, template.Document, "Parameters", name)); diff != "" {
		t.Errorf("the version is of %s (-want +got):\n%s", name, diff)
	}
}

func TestMisusedDomain(t *testing.T) {
	stack := newStack(awscdk.NewApp(nil))
	for _, test := range []struct {
		name, want string
		props      web.DomainProps
	}{
		{"no zone", `web: domain "API": want a host and its zone`, web.DomainProps{Host: "api.example.com"}},
		{"half a trust store", `web: domain "API": its trust store: want a bucket, a key and the parameter of its version`, web.DomainProps{
			Host: "api.example.com", Zone: newZone(stack), TrustStore: &web.TrustStore{Bucket: "origin", Key: "truststore.pem"},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := misuse(t, func() { web.NewDomain(stack, "API", &test.props) }); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// checkRecords checks that the template points the host at something, by IPv4
// and by IPv6, and that its certificate is validated in the same zone.
func checkRecords(t *testing.T, template cdktest.Template, host string) {
	t.Helper()
	types := map[any]bool{}
	for _, record := range template.All("AWS::Route53::RecordSet") {
		types[record.Properties["Type"]] = true
		if record.Properties["Name"] != host || record.Properties["HostedZoneId"] != "Z0EXAMPLE" || record.Properties["AliasTarget"] == nil {
			t.Errorf("record %v", record.Properties)
		}
	}
	if diff := cmp.Diff(map[any]bool{"A": true, "AAAA": true}, types); diff != "" {
		t.Error("records (-want +got):\n", diff)
	}
	validation := at(t, template.Only(t, "AWS::CertificateManager::Certificate").Properties, "DomainValidationOptions", 0)
	if at(t, validation, "HostedZoneId") != "Z0EXAMPLE" {
		t.Errorf("the certificate is validated by %v", validation)
	}
}
