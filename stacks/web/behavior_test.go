package web_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/jsii-runtime-go"
	"github.com/google/go-cmp/cmp"

	"annex/stacks/web"
)

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
