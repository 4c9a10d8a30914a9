package web_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/google/go-cmp/cmp"

	"annex/stacks/bundle"
	"annex/stacks/web"
	"annex/test/cdktest"
)

const (
	cachingDisabled           = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
	allViewerExceptHostHeader = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
)

func site(t *testing.T) cdktest.Template {
	t.Helper()
	return siteOf(t, func(*web.SiteProps) {})
}

// siteOf gives the template of a site whose props change changes.
func siteOf(t *testing.T, change func(*web.SiteProps)) cdktest.Template {
	t.Helper()
	content := t.TempDir()
	if err := os.WriteFile(filepath.Join(content, "index.html"), []byte("<!doctype html>"), 0o600); err != nil {
		t.Fatal(err)
	}
	return synth(t, func(stack awscdk.Stack, _ *bundle.Handlers) {
		props := &web.SiteProps{
			Host:    "www.example.com",
			Zone:    newZone(stack),
			Content: content,
			Config:  map[string]any{"api": "/api"},
			Behaviors: []web.Behavior{
				{ID: "API", Paths: []string{"/shop/cart/*", "/api/*"}, Origin: "api.example.com"},
				{ID: "Container", Paths: []string{"/shop/*"}, Origin: "container.example.com", RedirectHTTP: true},
			},
		}
		change(props)
		web.NewSite(stack, "Site", props)
	})
}

func distribution(t *testing.T, template cdktest.Template) any {
	t.Helper()
	return template.Only(t, "AWS::CloudFront::Distribution").Properties["DistributionConfig"]
}

// contentHeaders is the response headers policy of the content.
func contentHeaders(t *testing.T, template cdktest.Template) cdktest.Resource {
	t.Helper()
	id, _ := at(t, distribution(t, template), "DefaultCacheBehavior", "ResponseHeadersPolicyId", "Ref").(string)
	return template.Resources[id]
}

func TestSiteSpeaksModernTLSForItsHost(t *testing.T) {
	template := site(t)

	config := distribution(t, template)
	if diff := cmp.Diff(any([]any{"www.example.com"}), at(t, config, "Aliases")); diff != "" {
		t.Error("aliases (-want +got):\n", diff)
	}
	want := map[string]any{
		"AcmCertificateArn":      ref(template.Only(t, "AWS::CertificateManager::Certificate")),
		"MinimumProtocolVersion": "TLSv1.2_2025", "SslSupportMethod": "sni-only",
	}
	if diff := cmp.Diff(any(want), at(t, config, "ViewerCertificate")); diff != "" {
		t.Error("(-want +got):\n", diff)
	}
	if got := at(t, config, "HttpVersion"); got != "http2and3" {
		t.Error(got)
	}
	checkRecords(t, template, "www.example.com.")
}

func TestContentHasSecurityHeaders(t *testing.T) {
	template := site(t)

	policy := contentHeaders(t, template)
	headers := at(t, policy.Properties, "ResponseHeadersPolicyConfig", "SecurityHeadersConfig")
	csp := at(t, headers, "ContentSecurityPolicy", "ContentSecurityPolicy").(string)
	for _, directive := range []string{"default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
		if !strings.Contains(csp, directive) {
			t.Errorf("%s: without %s", csp, directive)
		}
	}
	hsts := map[string]any{"AccessControlMaxAgeSec": 63072000.0, "Override": true}
	if diff := cmp.Diff(any(hsts), at(t, headers, "StrictTransportSecurity")); diff != "" {
		t.Error("Strict-Transport-Security (-want +got):\n", diff)
	}
	config := distribution(t, template)
	if diff := cmp.Diff(ref(policy), at(t, config, "DefaultCacheBehavior", "ResponseHeadersPolicyId")); diff != "" {
		t.Error("the content's policy (-want +got):\n", diff)
	}
}

func TestScriptsCallOnlyTheSiteAndWhereTheyAreTold(t *testing.T) {
	for _, test := range []struct {
		connectTo []string
		want      string
	}{
		{nil, ""}, // what default-src says
		{[]string{"https://id.example.com"}, "connect-src 'self' https://id.example.com"},
		{[]string{"https://id.example.com", "https://c.example.net"}, "connect-src 'self' https://id.example.com https://c.example.net"},
	} {
		template := siteOf(t, func(props *web.SiteProps) { props.ConnectTo = test.connectTo })
		policy := contentHeaders(t, template).Properties
		headers := at(t, policy, "ResponseHeadersPolicyConfig", "SecurityHeadersConfig")
		csp := at(t, headers, "ContentSecurityPolicy", "ContentSecurityPolicy").(string)
		got := ""
		for directive := range strings.SplitSeq(csp, "; ") {
			if strings.HasPrefix(directive, "connect-src") {
				got = directive
			}
		}
		if got != test.want {
			t.Errorf("%v: got %q, want %q", test.connectTo, got, test.want)
		}
	}
}

func TestAccessLogHasNoSecret(t *testing.T) {
	template := site(t)

	delivery := template.Only(t, "AWS::Logs::Delivery")
	fields := delivery.Properties["RecordFields"].([]any)
	for _, secret := range []string{"cs-uri-stem", "cs-uri-query", "cs(Referer)", "cs(Cookie)"} {
		if slices.Contains(fields, any(secret)) {
			t.Errorf("it has %s", secret)
		}
	}
	for _, needed := range []string{"timestamp(ms)", "c-ip", "cs-method", "cache-behavior-path-pattern", "sc-status", "x-edge-request-id"} {
		if !slices.Contains(fields, any(needed)) {
			t.Errorf("it has no %s", needed)
		}
	}
	source, destination := template.Only(t, "AWS::Logs::DeliverySource"), template.Only(t, "AWS::Logs::DeliveryDestination")
	if source.Properties["LogType"] != "ACCESS_LOGS" || destination.Properties["OutputFormat"] != "json" {
		t.Errorf("from %v to %v", source.Properties, destination.Properties)
	}
	if delivery.Properties["DeliverySourceName"] != source.Properties["Name"] || !slices.Contains(delivery.DependsOn, source.LogicalID) {
		t.Errorf("%v is not of %v, or not after it", delivery, source.Properties)
	}
	if arn := fmt.Sprint(destination.Properties["DestinationResourceArn"]); !strings.Contains(arn, ":log-group:") || strings.Contains(arn, ":*") {
		t.Errorf("the destination is %s", arn)
	}
}

func TestMisusedSite(t *testing.T) {
	app := awscdk.NewApp(nil)
	ireland := awscdk.NewStack(app, jsii.String("ireland"), &awscdk.StackProps{
		Env: &awscdk.Environment{Region: jsii.String("eu-west-1")},
	})
	virginia := newStack(app)
	zone := newZone(virginia)
	with := func(change func(*web.SiteProps)) web.SiteProps {
		props := web.SiteProps{Host: "www.example.com", Content: "site", Zone: zone}
		change(&props)
		return props
	}
	for _, test := range []struct {
		name, want string
		stack      awscdk.Stack
		props      web.SiteProps
	}{
		{"no zone", `web: site "Site": want a host, its zone and the content`, virginia, web.SiteProps{Host: "www.example.com", Content: "site"}},
		{
			"another region", `web: site "Site": its stack is in eu-west-1: want us-east-1, where CloudFront looks for certificates`,
			ireland,
			web.SiteProps{Host: "www.example.com", Content: "site", Zone: newZone(ireland)},
		},
		{
			"a behavior of nothing", `web: site "Site": a behavior wants an ID, paths and an origin`, virginia,
			with(func(props *web.SiteProps) { props.Behaviors = []web.Behavior{{ID: "API", Origin: "api.example.com"}} }),
		},
		{
			"an origin that is an address", `web: site "Site": behavior of api.example.com: origin "https://admin.example.com/": ` +
				"want " + web.PageOrigin, virginia,
			with(func(props *web.SiteProps) {
				props.Behaviors = []web.Behavior{{ID: "API", Paths: []string{"/api/*"}, Origin: "api.example.com", AllowOrigins: []string{"https://admin.example.com/"}}}
			}),
		},
		{
			"every origin", `web: site "Site": behavior of api.example.com: origin "*": want ` + web.PageOrigin, virginia,
			with(func(props *web.SiteProps) {
				props.Behaviors = []web.Behavior{{ID: "API", Paths: []string{"/api/*"}, Origin: "api.example.com", AllowOrigins: []string{"*"}}}
			}),
		},
		{
			"a certificate by HTTP", `web: site "Site": behavior of api.example.com: a client certificate is shown by HTTPS alone: take PlainHTTP away`, virginia,
			with(func(props *web.SiteProps) {
				props.Behaviors = []web.Behavior{{ID: "API", Paths: []string{"/api/*"}, Origin: "api.example.com", PlainHTTP: true, ClientCertificate: jsii.String("arn")}}
			}),
		},
		{
			"a takeover from nowhere", `web: site "Site": taken over without a takeover host: want neither when all is done`, virginia,
			with(func(props *web.SiteProps) { props.TakenOver = true }),
		},
		{
			"a takeover at the site's own host", `web: site "Site": takeover host "www.example.com": want another than the host to take over`, virginia,
			with(func(props *web.SiteProps) { props.TakeoverHost = "www.example.com" }),
		},
		{
			"a firewall that stops everybody", `web: site "Site": firewall of 9 requests per five minutes: want 10 to 2000000000, which WAF takes, or 0 for the default`, virginia,
			with(func(props *web.SiteProps) { props.Firewall = &web.Firewall{RequestsPerFiveMinutes: 9} }),
		},
		{
			"a firewall that WAF does not take", `web: site "Site": firewall of 2000000001 requests per five minutes: want ` + web.RequestLimit, virginia,
			with(func(props *web.SiteProps) { props.Firewall = &web.Firewall{RequestsPerFiveMinutes: 2_000_000_001} }),
		},
		{
			"an origin by HTTP", `web: site "Site": behavior of api.example.com: origin "http://admin.example.com": want ` + web.PageOrigin, virginia,
			with(func(props *web.SiteProps) {
				props.Behaviors = []web.Behavior{{ID: "API", Paths: []string{"/api/*"}, Origin: "api.example.com", AllowOrigins: []string{"http://admin.example.com"}}}
			}),
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := misuse(t, func() { web.NewSite(test.stack, "Site", &test.props) }); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}
