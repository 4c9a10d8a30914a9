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

// TestReleasesAreSeenAtOnceAndHashedFilesStay checks both deployments: of the
// files whose name tells their content, and of the others.
func TestReleasesAreSeenAtOnceAndHashedFilesStay(t *testing.T) {
	template := site(t)

	const pattern = "*.[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f].*"
	deployments := template.All("Custom::CDKBucketDeployment")
	if len(deployments) != 2 {
		t.Fatalf("%d deployments", len(deployments))
	}
	rest, first := deployments[0], deployments[1]
	if !slices.Contains(rest.DependsOn, first.LogicalID) {
		t.Errorf("%s waits for %v, want %s: a page would name files that are not there yet", rest.LogicalID, rest.DependsOn, first.LogicalID)
	}
	part := func(resource cdktest.Resource) map[string]any {
		properties := map[string]any{}
		for _, name := range []string{"Exclude", "Include", "Prune", "SystemMetadata", "DistributionId"} {
			if value, ok := resource.Properties[name]; ok {
				properties[name] = value
			}
		}
		return properties
	}
	control := func(value string) map[string]any { return map[string]any{"cache-control": value} }
	want := map[string]any{
		"Exclude": []any{"*"}, "Include": []any{pattern}, "Prune": false,
		"SystemMetadata": control("public, max-age=31536000, immutable"),
	}
	if diff := cmp.Diff(want, part(first)); diff != "" {
		t.Error("hashed files (-want +got):\n", diff)
	}
	want = map[string]any{
		"Exclude": []any{pattern}, "Prune": true,
		"SystemMetadata": control("public, max-age=0, must-revalidate, s-maxage=86400"),
		"DistributionId": ref(template.Only(t, "AWS::CloudFront::Distribution")), // which forgets what it cached
	}
	if diff := cmp.Diff(want, part(rest)); diff != "" {
		t.Error("the others (-want +got):\n", diff)
	}
	if sources := rest.Properties["SourceObjectKeys"].([]any); len(sources) != 2 {
		t.Errorf("%d sources, want the content and config.json", len(sources))
	}
}

func TestContentCanBeHadAsItWasForAMonth(t *testing.T) {
	bucket := site(t).Only(t, "AWS::S3::Bucket").Properties
	if got := at(t, bucket, "VersioningConfiguration", "Status"); got != "Enabled" {
		t.Errorf("versioning is %v", got)
	}
	want := []any{
		map[string]any{
			"Status": "Enabled", "ExpiredObjectDeleteMarker": true,
			"NoncurrentVersionExpiration": map[string]any{"NoncurrentDays": 30.0},
		},
		map[string]any{"Status": "Enabled", "AbortIncompleteMultipartUpload": map[string]any{"DaysAfterInitiation": 1.0}},
	}
	if diff := cmp.Diff(any(want), at(t, bucket, "LifecycleConfiguration", "Rules")); diff != "" {
		t.Error("(-want +got):\n", diff)
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

// TestAnAPIsErrorsNeverBecomePages checks that the function for clean URLs runs
// on the content alone, and that no error is answered with a page.
func TestAnAPIsErrorsNeverBecomePages(t *testing.T) {
	config := distribution(t, site(t))

	for _, behavior := range at(t, config, "CacheBehaviors").([]any) {
		if functions := at(t, behavior, "FunctionAssociations"); functions != nil {
			t.Errorf("%v runs %v", at(t, behavior, "PathPattern"), functions)
		}
	}
	if functions, _ := at(t, config, "DefaultCacheBehavior", "FunctionAssociations").([]any); len(functions) != 1 {
		t.Errorf("the content runs %v", functions)
	}
	for _, response := range at(t, config, "CustomErrorResponses").([]any) {
		if page := at(t, response, "ResponsePagePath"); page != nil {
			t.Errorf("%v becomes %v", at(t, response, "ErrorCode"), page)
		}
	}
}

func TestOnlyTheOriginThatAsksForItIsShownACertificate(t *testing.T) {
	template := siteOf(t, func(props *web.SiteProps) {
		props.Behaviors[1].ClientCertificate = jsii.String("arn:aws:acm:us-east-1:111122223333:certificate/x")
	})
	got := map[any]any{}
	for _, origin := range at(t, distribution(t, template), "Origins").([]any) {
		got[at(t, origin, "Id")] = at(t, origin, "CustomOriginConfig", "OriginMtlsConfig", "ClientCertificateArn")
	}
	want := map[any]any{"api.example.com": nil, "container.example.com": "arn:aws:acm:us-east-1:111122223333:certificate/x"}
	for id, certificate := range want {
		if got[id] != certificate {
			t.Errorf("%v is shown %v, want %v", id, got[id], certificate)
		}
	}
}

func TestEdgeSpeaksCORSForTheOriginThatAsksForItAlone(t *testing.T) {
	template := siteOf(t, func(props *web.SiteProps) { props.Behaviors[1].AllowOrigins = []string{"https://admin.example.com"} })

	var policies, functions []string
	for _, policy := range template.All("AWS::CloudFront::ResponseHeadersPolicy") {
		cors := at(t, policy.Properties, "ResponseHeadersPolicyConfig", "CorsConfig")
		if cors == nil {
			continue
		}
		policies = append(policies, policy.LogicalID)
		want := map[string]any{
			"AccessControlAllowCredentials": false,
			"AccessControlAllowHeaders":     map[string]any{"Items": []any{"*"}},
			"AccessControlAllowMethods":     map[string]any{"Items": []any{"ALL"}},
			"AccessControlAllowOrigins":     map[string]any{"Items": []any{"https://admin.example.com"}},
			"AccessControlExposeHeaders":    map[string]any{"Items": []any{"*"}},
			"AccessControlMaxAgeSec":        86400.0,
			"OriginOverride":                true,
		}
		if diff := cmp.Diff(any(want), cors); diff != "" {
			t.Error("(-want +got):\n", diff)
		}
	}
	for _, function := range template.All("AWS::CloudFront::Function") {
		if strings.Contains(function.Properties["FunctionCode"].(string), `const origins = ["https://admin.example.com"];`) {
			functions = append(functions, function.LogicalID)
		}
	}
	if len(policies) != 1 || len(functions) != 1 {
		t.Fatalf("policies %v, functions %v", policies, functions)
	}
	for _, behavior := range at(t, distribution(t, template), "CacheBehaviors").([]any) {
		policy := fmt.Sprint(at(t, behavior, "ResponseHeadersPolicyId"))
		associated := fmt.Sprint(at(t, behavior, "FunctionAssociations"))
		of := at(t, behavior, "TargetOriginId") == "container.example.com"
		if strings.Contains(policy, policies[0]) != of || strings.Contains(associated, functions[0]) != of {
			t.Errorf("%v has %s and %s", at(t, behavior, "PathPattern"), policy, associated)
		}
	}
}

// TestTheHostIsHTTPSAloneOnEveryPath checks the one header that what is
// forwarded has from the edge.
func TestTheHostIsHTTPSAloneOnEveryPath(t *testing.T) {
	template := siteOf(t, func(props *web.SiteProps) { props.Behaviors[1].AllowOrigins = []string{"https://admin.example.com"} })

	strict := map[any]bool{}
	for _, policy := range template.All("AWS::CloudFront::ResponseHeadersPolicy") {
		age := at(t, policy.Properties, "ResponseHeadersPolicyConfig", "SecurityHeadersConfig", "StrictTransportSecurity", "AccessControlMaxAgeSec")
		strict[policy.LogicalID] = age == 63072000.0
	}
	for _, behavior := range at(t, distribution(t, template), "CacheBehaviors").([]any) {
		if !strict[at(t, behavior, "ResponseHeadersPolicyId", "Ref")] {
			t.Errorf("%v has not", at(t, behavior, "PathPattern"))
		}
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
				`want one as a browser sends it, like https://admin.example.com`, virginia,
			with(func(props *web.SiteProps) {
				props.Behaviors = []web.Behavior{{ID: "API", Paths: []string{"/api/*"}, Origin: "api.example.com", AllowOrigins: []string{"https://admin.example.com/"}}}
			}),
		},
		{
			"every origin", `web: site "Site": behavior of api.example.com: origin "*": want one as a browser sends it, like https://admin.example.com`, virginia,
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
			"a firewall that stops everybody", `web: site "Site": firewall of 9 requests per five minutes: want at least 10, which is WAF's least`, virginia,
			with(func(props *web.SiteProps) { props.Firewall = &web.Firewall{RequestsPerFiveMinutes: 9} }),
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := misuse(t, func() { web.NewSite(test.stack, "Site", &test.props) }); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}
