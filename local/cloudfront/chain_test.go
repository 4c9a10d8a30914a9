package cloudfront

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"annex/local/apigateway"
	"annex/local/assembly/assemblytest"
	"annex/local/aws"
	"annex/local/lambda"
)

// TestBucketsThroughTheEdge has what a bucket behind an origin access control
// answers, which is S3's doing.
func TestBucketsThroughTheEdge(t *testing.T) {
	const missing = "/missing.html"
	for _, c := range []struct {
		fact    string
		actions string // that the bucket's policy allows the distribution
		root    string // the distribution's default root object
		path    string
		status  int
		body    string // a part of it
	}{
		{"3.2 a missing key is 403 AccessDenied without ListBucket", `"s3:GetObject"`, "index.html", missing, 403, "<Code>AccessDenied</Code>"},
		{"3.2 a missing key is 404 NoSuchKey with ListBucket", `["s3:GetObject", "s3:ListBucket"]`, "index.html", missing, 404, "<Code>NoSuchKey</Code>"},
		{"3.2 a missing root object is 403 AccessDenied as well", `"s3:GetObject"`, "index.html", "/", 403, "<Code>AccessDenied</Code>"},
		{"3.2 no root object and a private bucket is 403", `"s3:GetObject"`, "", "/", 403, "<Code>AccessDenied</Code>"},
	} {
		t.Run(c.fact, func(t *testing.T) {
			config, _, err := aws.Read(assemblytest.Stack(t, "site", "aws://111122223333/us-east-1", `{
				"Site": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "site"}},
				"Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "Site"}, "PolicyDocument": {"Statement": [
					{"Effect": "Allow", "Principal": {"Service": "cloudfront.amazonaws.com"}, "Action": `+c.actions+`,
						"Resource": [{"Fn::GetAtt": ["Site", "Arn"]}, {"Fn::Join": ["", [{"Fn::GetAtt": ["Site", "Arn"]}, "/*"]]}],
						"Condition": {"StringEquals": {"AWS:SourceArn": {"Fn::Join": ["", ["arn:aws:cloudfront::111122223333:distribution/", {"Ref": "Distribution"}]]}}}}]}}},
				"Distribution": {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": {"Origins": [
					{"Id": "a", "DomainName": {"Fn::GetAtt": ["Site", "RegionalDomainName"]}, "OriginAccessControlId": "E1"}]}}}}`))
			if err != nil {
				t.Fatal(err)
			}
			// There are no tables, so no DynamoDB is asked.
			endpoint, err := aws.Start(t.Context(), config, aws.Options{DataDir: t.TempDir(), DynamoDB: "http://127.0.0.1:1"})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = endpoint.Close() }()
			d := site()
			d.DefaultRootObject = c.root
			d.Behaviours[2].Origin.DomainName = config.Buckets[0].Domains[0]
			e, err := New(d, func(o *Origin) (http.RoundTripper, error) {
				bucket, ok := endpoint.Bucket(o.DomainName)
				if !ok {
					return nil, fmt.Errorf("%s is no bucket", o.DomainName)
				}
				return bucket, nil
			}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			w := serve(e, ask("GET", c.path))
			wantCache(t, w, c.status, "Error")
			if !strings.Contains(w.Body.String(), c.body) {
				t.Errorf("got %s, want %s", w.Body, c.body)
			}
		})
	}
}

// echo is a function that answers with its event.
type echo struct{}

func (echo) Invoke(_ context.Context, _ string, event []byte) (*lambda.Result, error) {
	return &lambda.Result{Payload: event}, nil
}

// TestAPIsThroughTheEdge has what an HTTP API makes of a distribution's requests.
func TestAPIsThroughTheEdge(t *testing.T) {
	const function = "arn:aws:lambda:eu-west-1:111122223333:function:cart:live"
	key, err := apigateway.ParseRouteKey("GET /{cart}")
	if err != nil {
		t.Fatal(err)
	}
	gateway := apigateway.New(apigateway.Config{
		APIs: []apigateway.API{{
			ID: "cart0000", Name: "cart", Account: "111122223333", Region: "eu-west-1",
			Stages: []apigateway.Stage{{Name: "$default", Deployed: true}}, Routes: []apigateway.Route{{Key: key, FunctionARN: function}},
		}},
		Domains:     []apigateway.Domain{{Name: "api.dev.example.com", Mappings: []apigateway.Mapping{{Key: "api/cart", API: "cart0000", Stage: "$default"}}}},
		Permissions: []apigateway.Permission{{FunctionARN: function}},
	}, echo{}, apigateway.Options{})
	for _, c := range []struct {
		fact   string
		policy string // of the origin request, by its ID
		status int
		body   string // a part of it
	}{
		{"3.4 an API refuses the viewer's Host, which AllViewer forwards", "216adef6-5c7f-47e4-b989-5492eafa07d3", 403, `{"message":"Forbidden"}`},
		{"3.4 an API takes its own Host, of AllViewerExceptHostHeader", "b689b0a8-53d0-40ab-baf2-68738e2966ac", 200, `"domainName":"api.dev.example.com"`},
		{"3.4 sourceIp in the event is CloudFront's", "b689b0a8-53d0-40ab-baf2-68738e2966ac", 200, `"sourceIp":"127.0.0.1"`},
		{"3.4 X-Forwarded-For is the viewer, and then CloudFront", "b689b0a8-53d0-40ab-baf2-68738e2966ac", 200, `"x-forwarded-for":"192.0.2.1, 127.0.0.1"`},
		{"1.4 the mapping key is not in rawPath, whichever way a request came", "b689b0a8-53d0-40ab-baf2-68738e2966ac", 200, `"rawPath":"/c1"`},
	} {
		t.Run(c.fact, func(t *testing.T) {
			d := site()
			d.Behaviours[0].OriginRequestPolicy = managedOriginRequestPolicies()[c.policy]
			w := serve(newEdge(t, d, gateway, Options{}), ask("GET", "/api/cart/c1"))
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.body) {
				t.Errorf("got %d %s, want %d with %s", w.Code, w.Body, c.status, c.body)
			}
		})
	}
}
