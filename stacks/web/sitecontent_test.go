package web_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"annex/test/cdktest"
)

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
