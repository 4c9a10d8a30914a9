package web_test

import (
	"os"
	"path/filepath"
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
				{Paths: []string{"/shop/cart/*", "/api/*"}, Origin: "api.example.com"},
				{Paths: []string{"/shop/*"}, Origin: "container.example.com", RedirectHTTP: true},
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

func TestBehaviorsKeepTheirOrder(t *testing.T) {
	config := distribution(t, site(t))

	var got [][2]any
	for _, behavior := range at(t, config, "CacheBehaviors").([]any) {
		got = append(got, [2]any{at(t, behavior, "PathPattern"), at(t, behavior, "TargetOriginId")})
	}
	want := [][2]any{
		{"/shop/cart/*", "api.example.com"},
		{"/api/*", "api.example.com"},
		{"/shop/*", "container.example.com"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("(-want +got):\n", diff)
	}
}

func TestBehaviorForwardsEverythingUncached(t *testing.T) {
	config := distribution(t, site(t))

	for _, behavior := range at(t, config, "CacheBehaviors").([]any) {
		for property, want := range map[string]any{
			"CachePolicyId":         cachingDisabled,
			"OriginRequestPolicyId": allViewerExceptHostHeader,
			"FunctionAssociations":  nil,
		} {
			if got := at(t, behavior, property); got != want {
				t.Errorf("%v: %s is %v, want %v", at(t, behavior, "PathPattern"), property, got, want)
			}
		}
		if methods := at(t, behavior, "AllowedMethods").([]any); len(methods) != 7 {
			t.Errorf("methods %v", methods)
		}
	}
	for _, origin := range at(t, config, "Origins").([]any) {
		custom := at(t, origin, "CustomOriginConfig")
		if custom != nil && at(t, custom, "OriginProtocolPolicy") != "https-only" {
			t.Errorf("origin %v", origin)
		}
	}
}

func TestBehaviorRedirectsHTTPOnlyWhereAsked(t *testing.T) {
	got := map[any]any{}
	for _, behavior := range at(t, distribution(t, site(t)), "CacheBehaviors").([]any) {
		got[at(t, behavior, "PathPattern")] = at(t, behavior, "ViewerProtocolPolicy")
	}
	want := map[any]any{"/shop/cart/*": "https-only", "/api/*": "https-only", "/shop/*": "redirect-to-https"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("(-want +got):\n", diff)
	}
}

func TestErrorsOfOriginsPassThrough(t *testing.T) {
	for _, response := range at(t, distribution(t, site(t)), "CustomErrorResponses").([]any) {
		want := map[string]any{"ErrorCode": at(t, response, "ErrorCode"), "ErrorCachingMinTTL": 0.0}
		if diff := cmp.Diff(any(want), response); diff != "" {
			t.Error("(-want +got):\n", diff)
		}
	}
}

func TestContentIsForCloudFrontAlone(t *testing.T) {
	template := site(t)

	bucket := template.Only(t, "AWS::S3::Bucket")
	for setting, on := range bucket.Properties["PublicAccessBlockConfiguration"].(map[string]any) {
		if on != true {
			t.Errorf("%s is %v", setting, on)
		}
	}
	statements := at(t, template.Only(t, "AWS::S3::BucketPolicy").Properties, "PolicyDocument", "Statement").([]any)
	for _, statement := range statements {
		if at(t, statement, "Effect") == "Deny" {
			continue
		}
		if diff := cmp.Diff(any(map[string]any{"Service": "cloudfront.amazonaws.com"}), at(t, statement, "Principal")); diff != "" {
			t.Error("allowed to (-want +got):\n", diff)
		}
		if source := at(t, statement, "Condition", "StringEquals", "AWS:SourceArn"); source == nil {
			t.Error("allowed to every distribution")
		}
		// s3:ListBucket makes what is missing a 404.
		if diff := cmp.Diff(any([]any{"s3:GetObject", "s3:ListBucket"}), at(t, statement, "Action")); diff != "" {
			t.Error("allowed (-want +got):\n", diff)
		}
	}
	if len(statements) != 2 {
		t.Errorf("%d statements", len(statements))
	}
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

	policy := template.Only(t, "AWS::CloudFront::ResponseHeadersPolicy")
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
		policy := template.Only(t, "AWS::CloudFront::ResponseHeadersPolicy").Properties
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

func TestAnOriginIsAskedByHTTPOnlyWhereItAnswersNothingElse(t *testing.T) {
	template := siteOf(t, func(props *web.SiteProps) { props.Behaviors[1].PlainHTTP = true })
	got := map[any]any{}
	for _, origin := range at(t, distribution(t, template), "Origins").([]any) {
		if custom := at(t, origin, "CustomOriginConfig"); custom != nil {
			got[at(t, origin, "DomainName")] = at(t, custom, "OriginProtocolPolicy")
		}
	}
	want := map[any]any{"api.example.com": "https-only", "container.example.com": "http-only"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("(-want +got):\n", diff)
	}
}

func TestNewContentIsSeenAtOnce(t *testing.T) {
	template := site(t)

	deployment := template.Only(t, "Custom::CDKBucketDeployment").Properties
	if diff := cmp.Diff(ref(template.Only(t, "AWS::CloudFront::Distribution")), deployment["DistributionId"]); diff != "" {
		t.Error("forgets what it cached (-want +got):\n", diff)
	}
	control := at(t, deployment, "SystemMetadata", "cache-control").(string)
	if !strings.Contains(control, "max-age=0, must-revalidate") {
		t.Errorf("Cache-Control: %s", control)
	}
	if sources := deployment["SourceObjectKeys"].([]any); len(sources) != 2 {
		t.Errorf("%d sources, want the content and config.json", len(sources))
	}
}

func TestMisusedSite(t *testing.T) {
	app := awscdk.NewApp(nil)
	ireland := awscdk.NewStack(app, jsii.String("ireland"), &awscdk.StackProps{
		Env: &awscdk.Environment{Region: jsii.String("eu-west-1")},
	})
	for _, test := range []struct {
		name, want string
		stack      awscdk.Stack
		props      web.SiteProps
	}{
		{"no zone", `web: site "Site": want a host, its zone and the content`, newStack(app), web.SiteProps{Host: "www.example.com", Content: "site"}},
		{
			"another region", `web: site "Site": its stack is in eu-west-1: want us-east-1, where CloudFront looks for certificates`,
			ireland,
			web.SiteProps{Host: "www.example.com", Content: "site", Zone: newZone(ireland)},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := misuse(t, func() { web.NewSite(test.stack, "Site", &test.props) }); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}
