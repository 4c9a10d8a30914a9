package aws

import (
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// versions is the shop with an index that keeps versions, and tells EventBridge
// of its objects. Its search may read them, and not by their versions.
var versions = strings.NewReplacer(
	`"BucketName": "shop-index"`, `"BucketName": "shop-index", "VersioningConfiguration": {"Status": "Enabled"},
		"NotificationConfiguration": {"EventBridgeConfiguration": {}}`,
	`"s3:GetObject*"`, `"s3:GetObject"`,
).Replace(shop)

func TestABucketWithVersionsTellsTheVersionOfEachWrite(t *testing.T) {
	events := &objectEvents{}
	config, _ := read(t, versions)
	o := options(t, t.TempDir(), nil)
	o.Events = events.take
	e, err := Start(t.Context(), config, o)
	if err != nil {
		t.Fatal(err)
	}
	defer stop(t, e)
	c, ctx, index, key := s3Client(e, ""), t.Context(), sdk.String(indexName), sdk.String("index/a")

	put := func(content string) string {
		t.Helper()
		out, err := c.PutObject(ctx, &s3sdk.PutObjectInput{Bucket: index, Key: key, Body: strings.NewReader(content)})
		if err != nil {
			t.Fatal(err)
		}
		return sdk.ToString(out.VersionId)
	}
	first, second := put("first"), put("second")
	if first == "" || second == "" || first == second {
		t.Errorf("the versions are %q and %q", first, second)
	}
	head, err := c.HeadObject(ctx, &s3sdk.HeadObjectInput{Bucket: index, Key: key})
	if err != nil || sdk.ToString(head.VersionId) != second {
		t.Errorf("HeadObject: %v, want version %s; %v", head, second, err)
	}
	get, content := getObject(t, c, indexName, *key)
	if sdk.ToString(get.VersionId) != second || content != "second" {
		t.Errorf("GetObject: %q of version %q, want %s", content, sdk.ToString(get.VersionId), second)
	}
	newest, err := c.GetObject(ctx, &s3sdk.GetObjectInput{Bucket: index, Key: key, VersionId: &second})
	if err != nil || sdk.ToString(newest.VersionId) != second {
		t.Errorf("GetObject of the newest version: %v, %v", newest, err)
	}
	_, earlier := c.GetObject(ctx, &s3sdk.GetObjectInput{Bucket: index, Key: key, VersionId: &first})
	refused(t, "GetObject of an earlier version", earlier, "NotImplemented", "only the newest version")
	_, ungranted := s3Client(e, searchRole).GetObject(ctx, &s3sdk.GetObjectInput{Bucket: index, Key: key, VersionId: &second})
	refused(t, "GetObject of a version, with leave to get objects", ungranted, "AccessDenied", "s3:GetObjectVersion")

	copied, err := c.CopyObject(ctx, &s3sdk.CopyObjectInput{Bucket: index, Key: sdk.String("copy"), CopySource: sdk.String(indexName + "/index/a")})
	if err != nil || sdk.ToString(copied.VersionId) == "" || sdk.ToString(copied.CopySourceVersionId) != second {
		t.Fatalf("CopyObject: %+v, %v", copied, err)
	}
	deleted, err := c.DeleteObject(ctx, &s3sdk.DeleteObjectInput{Bucket: index, Key: key})
	if err != nil || !sdk.ToBool(deleted.DeleteMarker) || sdk.ToString(deleted.VersionId) == "" {
		t.Fatalf("DeleteObject: %+v, %v", deleted, err)
	}
	several, err := c.DeleteObjects(ctx, &s3sdk.DeleteObjectsInput{Bucket: index, Delete: &s3types.Delete{Objects: []s3types.ObjectIdentifier{{Key: sdk.String("copy")}}}})
	if err != nil || len(several.Deleted) != 1 || !sdk.ToBool(several.Deleted[0].DeleteMarker) {
		t.Fatalf("DeleteObjects: %+v, %v", several, err)
	}
	want := []struct{ key, version, deletion string }{
		{"index/a", first, ""},
		{"index/a", second, ""},
		{"copy", *copied.VersionId, ""},
		{"index/a", *deleted.VersionId, "Delete Marker Created"},
		{"copy", sdk.ToString(several.Deleted[0].DeleteMarkerVersionId), "Delete Marker Created"},
	}
	if len(events.events) != len(want) {
		t.Fatalf("%d events, want %d", len(events.events), len(want))
	}
	for i, w := range want {
		if d := events.events[i].Detail; d.Object.Key != w.key || d.Object.VersionID != w.version || d.DeletionType != w.deletion || len(d.Object.ETag) != 32 {
			t.Errorf("event %d is %+v, want %+v", i, d, w)
		}
	}
	if v, err := c.GetBucketVersioning(ctx, &s3sdk.GetBucketVersioningInput{Bucket: index}); err != nil || v.Status != s3types.BucketVersioningStatusEnabled {
		t.Errorf("GetBucketVersioning: %+v, %v", v, err)
	}
}

func TestABucketWithoutVersionsTellsNone(t *testing.T) {
	config, _ := read(t, shop)
	e := start(t, config, t.TempDir(), nil)
	c, ctx, bucket, key := s3Client(e, ""), t.Context(), sdk.String(siteName), sdk.String("page")
	put, err := c.PutObject(ctx, &s3sdk.PutObjectInput{Bucket: bucket, Key: key, Body: strings.NewReader("x")})
	if err != nil || put.VersionId != nil {
		t.Errorf("PutObject: %+v, %v", put, err)
	}
	if head, err := c.HeadObject(ctx, &s3sdk.HeadObjectInput{Bucket: bucket, Key: key}); err != nil || head.VersionId != nil {
		t.Errorf("HeadObject: %+v, %v", head, err)
	}
	if _, err := c.HeadObject(ctx, &s3sdk.HeadObjectInput{Bucket: bucket, Key: key, VersionId: sdk.String("null")}); err != nil {
		t.Errorf("HeadObject of the version that it has without any: %v", err)
	}
	if v, err := c.GetBucketVersioning(ctx, &s3sdk.GetBucketVersioningInput{Bucket: bucket}); err != nil || v.Status != "" {
		t.Errorf("GetBucketVersioning: %+v, %v", v, err)
	}
	if deleted, err := c.DeleteObject(ctx, &s3sdk.DeleteObjectInput{Bucket: bucket, Key: key}); err != nil || deleted.DeleteMarker != nil || deleted.VersionId != nil {
		t.Errorf("DeleteObject: %+v, %v", deleted, err)
	}
}
