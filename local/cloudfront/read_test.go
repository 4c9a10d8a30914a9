package cloudfront

import (
	"html"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"annex/local/assembly"
	"annex/local/assembly/assemblytest"
)

// synthesized is a cloud assembly of one stack with the resources.
func synthesized(t *testing.T, resources string) *assembly.Assembly {
	t.Helper()
	return assemblytest.Stack(t, "site", "aws://111122223333/us-east-1", "{"+resources+"}")
}

const siteResources = `
"Content":{"Type":"AWS::S3::Bucket"},
"Access":{"Type":"AWS::CloudFront::OriginAccessControl","Properties":{"OriginAccessControlConfig":{
	"Name":"access","OriginAccessControlOriginType":"s3","SigningBehavior":"always","SigningProtocol":"sigv4"}}},
"CleanURLs":{"Type":"AWS::CloudFront::Function","Properties":{"Name":"clean","AutoPublish":true,
	"FunctionCode":"function handler(event) { return event.request; }","FunctionConfig":{"Comment":"","Runtime":"cloudfront-js-2.0"}}},
"Keys":{"Type":"AWS::CloudFront::CachePolicy","Properties":{"CachePolicyConfig":{"Name":"keys","MinTTL":0,"DefaultTTL":60,"MaxTTL":3600,
	"ParametersInCacheKeyAndForwardedToOrigin":{"EnableAcceptEncodingGzip":true,"EnableAcceptEncodingBrotli":false,
		"CookiesConfig":{"CookieBehavior":"none"},"HeadersConfig":{"HeaderBehavior":"whitelist","Headers":["X-Shop"]},
		"QueryStringsConfig":{"QueryStringBehavior":"allExcept","QueryStrings":["utm"]}}}}},
"Forward":{"Type":"AWS::CloudFront::OriginRequestPolicy","Properties":{"OriginRequestPolicyConfig":{"Name":"forward",
	"CookiesConfig":{"CookieBehavior":"all"},"HeadersConfig":{"HeaderBehavior":"allViewerAndWhitelistCloudFront","Headers":["CloudFront-Viewer-Address"]},
	"QueryStringsConfig":{"QueryStringBehavior":"all"}}}},
"Headers":{"Type":"AWS::CloudFront::ResponseHeadersPolicy","Properties":{"ResponseHeadersPolicyConfig":{"Name":"headers",
	"CorsConfig":{"AccessControlAllowCredentials":false,"AccessControlAllowHeaders":{"Items":["*"]},"AccessControlAllowMethods":{"Items":["ALL"]},
		"AccessControlAllowOrigins":{"Items":["*"]},"AccessControlMaxAgeSec":600,"OriginOverride":true},
	"CustomHeadersConfig":{"Items":[{"Header":"X-A","Value":"1","Override":true}]},
	"RemoveHeadersConfig":{"Items":[{"Header":"X-Powered-By"}]},
	"SecurityHeadersConfig":{
		"ContentSecurityPolicy":{"ContentSecurityPolicy":"default-src 'self'","Override":true},"ContentTypeOptions":{"Override":true},
		"FrameOptions":{"FrameOption":"DENY","Override":true},"ReferrerPolicy":{"ReferrerPolicy":"no-referrer","Override":false},
		"StrictTransportSecurity":{"AccessControlMaxAgeSec":63072000,"IncludeSubdomains":true,"Preload":false,"Override":true},
		"XSSProtection":{"Protection":true,"ModeBlock":true,"Override":true}}}}},
"Distribution":{"Type":"AWS::CloudFront::Distribution","Properties":{"DistributionConfig":{
	"Aliases":["www.dev.example.com"],"Enabled":true,"HttpVersion":"http2and3","IPV6Enabled":true,"DefaultRootObject":"index.html",
	"ViewerCertificate":{"AcmCertificateArn":"arn"},
	"CustomErrorResponses":[{"ErrorCode":404,"ErrorCachingMinTTL":0},{"ErrorCode":500,"ResponseCode":503,"ResponsePagePath":"/500.html"}],
	"Origins":[
		{"Id":"content","DomainName":{"Fn::GetAtt":["Content","RegionalDomainName"]},"OriginAccessControlId":{"Fn::GetAtt":["Access","Id"]},
			"S3OriginConfig":{"OriginAccessIdentity":""}},
		{"Id":"api","DomainName":"api.dev.example.com","OriginPath":"/v1","ConnectionAttempts":2,"ConnectionTimeout":5,
			"OriginCustomHeaders":[{"HeaderName":"X-Origin-Verify","HeaderValue":"secret"}],
			"CustomOriginConfig":{"OriginProtocolPolicy":"https-only","OriginSSLProtocols":["TLSv1.2"],"OriginReadTimeout":20,"HTTPSPort":8443}}],
	"CacheBehaviors":[{"PathPattern":"/api/*","TargetOriginId":"api","ViewerProtocolPolicy":"https-only","Compress":true,
		"AllowedMethods":["GET","HEAD","OPTIONS","PUT","PATCH","POST","DELETE"],"CachedMethods":["GET","HEAD","OPTIONS"],
		"CachePolicyId":{"Ref":"Keys"},"OriginRequestPolicyId":{"Ref":"Forward"}}],
	"DefaultCacheBehavior":{"TargetOriginId":"content","ViewerProtocolPolicy":"redirect-to-https","Compress":true,
		"CachePolicyId":"658327ea-f89d-4fab-a63d-7e88639e58f6","ResponseHeadersPolicyId":{"Ref":"Headers"},
		"FunctionAssociations":[{"EventType":"viewer-request","FunctionARN":{"Fn::GetAtt":["CleanURLs","FunctionARN"]}}]}
}}}`

func TestReadResolvesWhatADistributionRefersTo(t *testing.T) {
	distributions, notices, err := Read(synthesized(t, siteResources))
	if err != nil || len(notices) > 0 || len(distributions) != 1 {
		t.Fatalf("read %d distributions, notices %v, error %v", len(distributions), notices, err)
	}
	got := distributions[0]
	if f := got.Behaviours[1].ViewerRequest; f == nil || f.Name != "clean" {
		t.Errorf("the function is %+v", f)
	}
	seconds := 600
	want := Distribution{
		ID: got.ID, DomainName: got.DomainName, Aliases: []string{"www.dev.example.com"}, DefaultRootObject: "index.html",
		ErrorResponses: map[int]ErrorResponse{404: {}, 500: {PagePath: "/500.html", ResponseCode: 503, MinTTL: 10 * time.Second}},
		Behaviours: []Behaviour{
			{
				PathPattern: "/api/*", ViewerProtocolPolicy: "https-only", Compress: true,
				AllowedMethods: []string{"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"},
				CachedMethods:  []string{"GET", "HEAD", "OPTIONS"},
				Origin: Origin{
					ID: "api", DomainName: "api.dev.example.com", Path: "/v1", ProtocolPolicy: "https-only", HTTPPort: 80, HTTPSPort: 8443,
					ConnectionAttempts: 2, ConnectionTimeout: 5 * time.Second, ReadTimeout: 20 * time.Second,
					CustomHeaders: http.Header{"X-Origin-Verify": {"secret"}},
				},
				CachePolicy: CachePolicy{
					Name: "keys", DefaultTTL: time.Minute, MaxTTL: time.Hour, Gzip: true, Cookies: Selection{Mode: None},
					Headers: Selection{Whitelist, []string{"X-Shop"}}, QueryStrings: Selection{AllExcept, []string{"utm"}},
				},
				OriginRequestPolicy: &OriginRequestPolicy{
					Name: "forward", Headers: Selection{All, []string{"CloudFront-Viewer-Address"}}, Cookies: Selection{Mode: All}, QueryStrings: Selection{Mode: All},
				},
			},
			{
				PathPattern: "*", ViewerProtocolPolicy: "redirect-to-https", Compress: true, AllowedMethods: []string{"HEAD", "GET"},
				Origin: Origin{
					ID: "content", DomainName: "site-content.s3.us-east-1.amazonaws.com", S3: true, ProtocolPolicy: "https-only", HTTPPort: 80, HTTPSPort: 443,
					ConnectionAttempts: 3, ConnectionTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, CustomHeaders: http.Header{},
				},
				CachePolicy: managedCachePolicies()["658327ea-f89d-4fab-a63d-7e88639e58f6"],
				ResponseHeadersPolicy: &ResponseHeadersPolicy{
					Name: "headers", Remove: []string{"X-Powered-By"},
					CORS: &CORS{AllowHeaders: []string{"*"}, AllowMethods: []string{"ALL"}, AllowOrigins: []string{"*"}, MaxAge: &seconds, OriginOverride: true},
					Headers: []PolicyHeader{
						{"Content-Security-Policy", "default-src 'self'", true},
						{"X-Content-Type-Options", "nosniff", true},
						{"X-Frame-Options", "DENY", true},
						{"Referrer-Policy", "no-referrer", false},
						{"Strict-Transport-Security", "max-age=63072000; includeSubDomains", true},
						{"X-XSS-Protection", "1; mode=block", true},
						{"X-A", "1", true},
					},
				},
			},
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Behaviour{}, "ViewerRequest")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadNamesWhatItCannotServe(t *testing.T) {
	replaced := func(old, with string) string {
		if !strings.Contains(siteResources, old) {
			t.Fatalf("the template has no %q", old)
		}
		return strings.Replace(siteResources, old, with, 1)
	}
	pages := `"CachePolicyId":"658327ea-f89d-4fab-a63d-7e88639e58f6"`
	for name, c := range map[string]struct {
		resources, notice string
		served            bool // requests are, all the same
	}{
		"a cache policy that is not known":  {replaced("658327ea", "00000000"), "cache policy 00000000-f89d-4fab-a63d-7e88639e58f6", false},
		"an origin request policy":          {replaced(pages, pages+`,"OriginRequestPolicyId":"x"`), "origin request policy x", false},
		"a response headers policy":         {replaced(`"ResponseHeadersPolicyId":{"Ref":"Headers"}`, `"ResponseHeadersPolicyId":"x"`), "response headers policy x", false},
		"the legacy cache settings":         {replaced(pages, `"ForwardedValues":{"QueryString":true}`), "legacy cache settings", false},
		"Lambda@Edge":                       {replaced(pages, pages+`,"LambdaFunctionAssociations":[{"EventType":"origin-request"}]`), "Lambda@Edge", false},
		"signed URLs":                       {replaced(pages, pages+`,"TrustedKeyGroups":["x"]`), "signed URLs", false},
		"gRPC":                              {replaced(pages, pages+`,"GrpcConfig":{"Enabled":true}`), "gRPC", false},
		"an origin group":                   {replaced(`"TargetOriginId":"content"`, `"TargetOriginId":"group"`), `"group" is not an origin`, false},
		"an origin in a VPC":                {replaced(`"S3OriginConfig":{"OriginAccessIdentity":""}`, `"VpcOriginConfig":{"VpcOriginId":"x"}`), "in a VPC", false},
		"a distribution that is off":        {replaced(`"Enabled":true`, `"Enabled":false`), "not enabled", false},
		"a function with a mistake":         {replaced("return event.request;", "return"+"("), "clean.js:1", false},
		"a function that is not there":      {replaced(`{"Fn::GetAtt":["CleanURLs","FunctionARN"]}`, `"arn:x"`), "function arn:x is not in the assembly", false},
		"a function with a key value store": {replaced(`"Runtime":"cloudfront-js-2.0"`, `"Runtime":"cloudfront-js-2.0","KeyValueStoreAssociations":[{}]`), "key value store", false},
		"a function at another event":       {replaced(`"EventType":"viewer-request"`, `"EventType":"origin-request"`), "no functions at origin-request", false},
		"a WAF":                             {replaced(`"Enabled":true`, `"Enabled":true,"WebACLId":{"Fn::GetAtt":["Firewall","Arn"]}`), "WAF is not run here", true},
		"countries":                         {replaced(`"Enabled":true`, `"Enabled":true,"Restrictions":{"GeoRestriction":{"RestrictionType":"whitelist","Locations":["DE"]}}`), "no countries", true},
		"a bucket without access control":   {replaced(`"OriginAccessControlId":{"Fn::GetAtt":["Access","Id"]},`, ``), "origin access control", true},
		"a header that is not known here":   {replaced("CloudFront-Viewer-Address", "CloudFront-Viewer-Country"), "CloudFront-Viewer-Country", true},
		"Server-Timing":                     {replaced(`"ResponseHeadersPolicyConfig":{"Name":"headers",`, `"ResponseHeadersPolicyConfig":{"Name":"headers","ServerTimingHeadersConfig":{"Enabled":true,"SamplingRate":50},`), "Server-Timing", true},
		"a property that is new":            {replaced(`"Compress":true`, `"Compress":true,"Telepathy":{}`), "DistributionConfig.CacheBehaviors[0].Telepathy: not known", true},
	} {
		t.Run(name, func(t *testing.T) {
			distributions, notices, err := Read(synthesized(t, c.resources))
			if err != nil {
				t.Fatal(err)
			}
			var named bool
			for _, n := range notices {
				named = named || strings.Contains(n.String(), c.notice)
			}
			if !named {
				t.Errorf("no notice says %q: %v", c.notice, notices)
			}
			w := serve(newEdge(t, distributions[0], &origin{}, Options{}), ask("GET", "/x"))
			if served := w.Code == 200; served != c.served {
				t.Errorf("a request gets %d: %s", w.Code, w.Body)
			}
			if !c.served && !strings.Contains(html.UnescapeString(w.Body.String()), c.notice) {
				t.Errorf("the page does not say why: %s", w.Body)
			}
		})
	}
}

// TestReadTellsWhichOriginsAreShownACertificate is "Mutual TLS (origin) with
// CloudFront": only the origin that has it in the template.
func TestReadTellsWhichOriginsAreShownACertificate(t *testing.T) {
	shown := strings.Replace(siteResources, `"OriginReadTimeout":20`,
		`"OriginReadTimeout":20,"OriginMtlsConfig":{"ClientCertificateArn":{"Ref":"Certificate"}}`, 1)
	distributions, notices, err := Read(synthesized(t, shown))
	if err != nil || len(notices) > 0 {
		t.Fatal(notices, err)
	}
	got := map[string]bool{}
	edge, err := New(distributions[0], func(o *Origin) (http.RoundTripper, error) {
		got[o.DomainName] = o.ClientCertificate
		return &origin{}, nil
	}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	serve(edge, ask("GET", "/api/x"))
	serve(edge, ask("GET", "/x"))
	want := map[string]bool{"api.dev.example.com": true, "site-content.s3.us-east-1.amazonaws.com": false}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("(-want +got):\n", diff)
	}
}

func TestReadSaysWhichResourceIsMalformed(t *testing.T) {
	_, _, err := Read(synthesized(t, strings.Replace(siteResources, `"Aliases":["www.dev.example.com"]`, `"Aliases":"www"`, 1)))
	if err == nil || !strings.Contains(err.Error(), "AWS::CloudFront::Distribution") || !strings.Contains(err.Error(), "Aliases") {
		t.Errorf("got %v", err)
	}
}
