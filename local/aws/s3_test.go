package aws

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"
)

const productsKey = "index/products.json"

func putObject(t testing.TB, c *s3sdk.Client, bucket, key, content string) *s3sdk.PutObjectOutput {
	t.Helper()
	out, err := c.PutObject(t.Context(), &s3sdk.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader(content)})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func getObject(t testing.TB, c *s3sdk.Client, bucket, key string) (*s3sdk.GetObjectOutput, string) {
	t.Helper()
	out, err := c.GetObject(t.Context(), &s3sdk.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Body.Close() //nolint:errcheck // read to its end
	data, err := io.ReadAll(out.Body)
	if err != nil {
		t.Fatal(err)
	}
	return out, string(data)
}

func TestAFunctionDoesWithS3WhatItsRoleMay(t *testing.T) {
	config, _ := read(t, shop)
	logs := &journal{}
	e := start(t, config, t.TempDir(), logs)
	c, root, ctx, bucket := s3Client(e, searchRole), s3Client(e, ""), t.Context(), sdk.String(indexName)

	written := putObject(t, c, indexName, productsKey, `{"products":[]}`)
	out, content := getObject(t, c, indexName, productsKey)
	if content != `{"products":[]}` || sdk.ToString(out.ETag) != sdk.ToString(written.ETag) {
		t.Errorf("GetObject: %q, ETag %v: want what was put, with ETag %v", content, out.ETag, written.ETag)
	}

	who := "User: arn:aws:sts::" + account + ":assumed-role/shop-SearchRole/local is not authorized to perform: "
	_, err := c.DeleteObject(ctx, &s3sdk.DeleteObjectInput{Bucket: bucket, Key: sdk.String(productsKey)})
	refused(t, "DeleteObject", err, "AccessDenied",
		who+`s3:DeleteObject on resource: "arn:aws:s3:::shop-index/index/products.json" because no identity-based policy allows the s3:DeleteObject action`)
	contains(t, "the log", logs.String(), "s3:DeleteObject")
	_, err = c.PutObject(ctx, &s3sdk.PutObjectInput{Bucket: bucket, Key: sdk.String("elsewhere")})
	refused(t, "PutObject elsewhere", err, "AccessDenied", "s3:PutObject")
	_, err = c.ListObjectsV2(ctx, &s3sdk.ListObjectsV2Input{Bucket: bucket})
	refused(t, "ListObjectsV2", err, "AccessDenied", `s3:ListBucket on resource: "arn:aws:s3:::shop-index"`)
	_, err = c.ListBuckets(ctx, &s3sdk.ListBucketsInput{})
	refused(t, "ListBuckets", err, "AccessDenied", "s3:ListAllMyBuckets")
	_, err = c.CopyObject(ctx, &s3sdk.CopyObjectInput{Bucket: bucket, Key: sdk.String("index/copy"), CopySource: sdk.String(siteName + "/x")})
	refused(t, "CopyObject from elsewhere", err, "AccessDenied", "s3:GetObject", "shop-site/x")

	// Who may not list must not learn what is there.
	missing := &s3sdk.GetObjectInput{Bucket: bucket, Key: sdk.String("index/missing")}
	_, err = c.GetObject(ctx, missing)
	refused(t, "GetObject of what is not there", err, "AccessDenied", "s3:ListBucket")
	_, err = c.HeadObject(ctx, &s3sdk.HeadObjectInput{Bucket: bucket, Key: missing.Key})
	if status := statusOf(err); status != 403 {
		t.Errorf("HeadObject of what is not there: %v, want 403", err)
	}
	_, err = root.GetObject(ctx, missing)
	refused(t, "GetObject by who may list", err, "NoSuchKey", "The specified key does not exist.")
	_, err = root.GetObject(ctx, &s3sdk.GetObjectInput{Bucket: sdk.String("nowhere"), Key: missing.Key})
	refused(t, "GetObject from no bucket", err, "NoSuchBucket")
}

func statusOf(err error) int {
	if response, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		return response.HTTPStatusCode()
	}
	return 0
}

func TestObjectsKeepWhatTheyWerePutWith(t *testing.T) {
	config, _ := read(t, shop)
	e := start(t, config, t.TempDir(), nil)
	c, ctx := s3Client(e, searchRole), t.Context()
	in := &s3sdk.PutObjectInput{
		Bucket: sdk.String(indexName), Key: sdk.String("index/a b+c/ü.json"), Body: strings.NewReader("{}"),
		ContentType: sdk.String("application/json"), CacheControl: sdk.String("max-age=60"), ContentLanguage: sdk.String("de"),
		ContentDisposition: sdk.String("inline"), ContentEncoding: sdk.String("identity"), Metadata: map[string]string{"from": "test"},
	}
	if _, err := c.PutObject(ctx, in); err != nil {
		t.Fatal(err)
	}
	out, err := c.GetObject(ctx, &s3sdk.GetObjectInput{Bucket: in.Bucket, Key: in.Key})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Body.Close() //nolint:errcheck // not read
	got := []string{*out.ContentType, *out.CacheControl, *out.ContentLanguage, *out.ContentDisposition, *out.ContentEncoding, out.Metadata["from"]}
	if diff := cmp.Diff([]string{"application/json", "max-age=60", "de", "inline", "identity", "test"}, got); diff != "" {
		t.Error(diff)
	}
	if len(out.Metadata) != 1 {
		t.Errorf("metadata %v: want only what was given", out.Metadata)
	}
	if want := `"99914b932bd37a50b983c5e7c90ae93b"`; *out.ETag != want { // md5 of {}
		t.Errorf("ETag %s, want %s", *out.ETag, want)
	}
	if out.LastModified == nil {
		t.Error("no Last-Modified")
	}
	if out.ChecksumCRC64NVME == nil {
		t.Error("no checksum: the SDK would log a warning at every GetObject")
	}
}

func TestConditionalReads(t *testing.T) {
	config, _ := read(t, shop)
	logs := &journal{}
	e := start(t, config, t.TempDir(), logs)
	c, ctx := s3Client(e, searchRole), t.Context()
	etag := putObject(t, c, indexName, productsKey, "v1").ETag
	_, err := c.GetObject(ctx, &s3sdk.GetObjectInput{Bucket: sdk.String(indexName), Key: sdk.String(productsKey), IfNoneMatch: etag})
	if status := statusOf(err); status != http.StatusNotModified {
		t.Errorf("If-None-Match with its ETag: %v, want 304", err)
	}
	if logs.String() != "" {
		t.Errorf("the log says %q about a 304", logs)
	}
	_, err = c.GetObject(ctx, &s3sdk.GetObjectInput{Bucket: sdk.String(indexName), Key: sdk.String(productsKey), IfMatch: sdk.String(`"other"`)})
	refused(t, "If-Match with another ETag", err, "PreconditionFailed")
	putObject(t, c, indexName, productsKey, "v2")
	out, err := c.GetObject(ctx, &s3sdk.GetObjectInput{Bucket: sdk.String(indexName), Key: sdk.String(productsKey), IfNoneMatch: etag, Range: sdk.String("bytes=1-1")})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Body.Close() //nolint:errcheck // read to its end
	if data, err := io.ReadAll(out.Body); err != nil || string(data) != "2" {
		t.Errorf("a range of the new version: %q, %v", data, err)
	}
	_, err = c.PutObject(ctx, &s3sdk.PutObjectInput{Bucket: sdk.String(indexName), Key: sdk.String(productsKey), IfNoneMatch: sdk.String("*")})
	refused(t, "PutObject where there is one", err, "PreconditionFailed")
}

func TestListings(t *testing.T) {
	config, _ := read(t, shop)
	e := start(t, config, t.TempDir(), nil)
	c, ctx := s3Client(e, ""), t.Context()
	for _, key := range []string{"a", "b/1", "b/2", "c"} {
		putObject(t, c, siteName, key, key)
	}
	pages := s3sdk.NewListObjectsV2Paginator(c, &s3sdk.ListObjectsV2Input{Bucket: sdk.String(siteName), Delimiter: sdk.String("/"), MaxKeys: sdk.Int32(1)})
	var got []string
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range page.Contents {
			got = append(got, *o.Key)
		}
		for _, p := range page.CommonPrefixes {
			got = append(got, *p.Prefix)
		}
	}
	if diff := cmp.Diff([]string{"a", "b/", "c"}, got); diff != "" {
		t.Error(diff)
	}
	location, err := c.GetBucketLocation(ctx, &s3sdk.GetBucketLocationInput{Bucket: sdk.String(siteName)})
	if err != nil || string(location.LocationConstraint) != region {
		t.Errorf("GetBucketLocation: %v, %v", location, err)
	}
	head, err := c.HeadBucket(ctx, &s3sdk.HeadBucketInput{Bucket: sdk.String(siteName)})
	if err != nil || sdk.ToString(head.BucketRegion) != region {
		t.Errorf("HeadBucket: %v, %v", head, err)
	}
}

func TestUploadsInParts(t *testing.T) {
	config, _ := read(t, shop)
	e := start(t, config, t.TempDir(), nil)
	c, ctx, bucket, key := s3Client(e, searchRole), t.Context(), sdk.String(indexName), sdk.String("index/large")
	upload, err := c.CreateMultipartUpload(ctx, &s3sdk.CreateMultipartUploadInput{Bucket: bucket, Key: key, CacheControl: sdk.String("no-store")})
	if err != nil {
		t.Fatal(err)
	}
	var parts []s3types.CompletedPart
	for i, content := range []string{strings.Repeat("a", 5<<20), "end"} {
		part, err := c.UploadPart(ctx, &s3sdk.UploadPartInput{Bucket: bucket, Key: key, UploadId: upload.UploadId, PartNumber: sdk.Int32(int32(i + 1)), Body: strings.NewReader(content)})
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, s3types.CompletedPart{ETag: part.ETag, PartNumber: sdk.Int32(int32(i + 1))})
	}
	if _, err := c.CompleteMultipartUpload(ctx, &s3sdk.CompleteMultipartUploadInput{Bucket: bucket, Key: key, UploadId: upload.UploadId, MultipartUpload: &s3types.CompletedMultipartUpload{Parts: parts}}); err != nil {
		t.Fatal(err)
	}
	out, content := getObject(t, c, indexName, "index/large")
	if len(content) != 5<<20+3 || !strings.HasSuffix(content, "aend") || *out.CacheControl != "no-store" {
		t.Errorf("%d bytes, Cache-Control %v", len(content), out.CacheControl)
	}
}

func TestBucketsAreInTheirRegion(t *testing.T) {
	config, _ := read(t, shop)
	e := start(t, config, t.TempDir(), nil)
	putObject(t, s3Client(e, searchRole), indexName, productsKey, "x")
	elsewhere := clientConfig(e, searchRole)
	elsewhere.Region = "us-east-1"
	_, err := s3sdk.NewFromConfig(elsewhere).GetObject(t.Context(), &s3sdk.GetObjectInput{Bucket: sdk.String(indexName), Key: sdk.String(productsKey)})
	refused(t, "GetObject from another region", err, "PermanentRedirect", "it is in eu-west-1")
}

func TestS3OperationsThatAreNotThereAreNamed(t *testing.T) {
	config, _ := read(t, shop)
	logs := &journal{}
	e := start(t, config, t.TempDir(), logs)
	c, ctx, bucket, key := s3Client(e, ""), t.Context(), sdk.String(siteName), sdk.String("page")
	putObject(t, c, siteName, "page", "content")
	_, tagging := c.PutObjectTagging(ctx, &s3sdk.PutObjectTaggingInput{Bucket: bucket, Key: key, Tagging: &s3types.Tagging{TagSet: []s3types.Tag{}}})
	_, version := c.GetObject(ctx, &s3sdk.GetObjectInput{Bucket: bucket, Key: key, VersionId: sdk.String("3")})
	_, lifecycle := c.GetBucketLifecycleConfiguration(ctx, &s3sdk.GetBucketLifecycleConfigurationInput{Bucket: bucket})
	_, tagged := c.PutObject(ctx, &s3sdk.PutObjectInput{Bucket: bucket, Key: key, Tagging: sdk.String("a=b")})
	_, acl := c.PutObject(ctx, &s3sdk.PutObjectInput{Bucket: bucket, Key: key, ACL: s3types.ObjectCannedACLPublicRead})
	refused(t, "PutObjectTagging", tagging, "NotImplemented", "PutObject with ?tagging is not available locally")
	refused(t, "GetObject of a version", version, "NotImplemented", "only the newest version")
	refused(t, "GetBucketLifecycleConfiguration", lifecycle, "NotImplemented", "?lifecycle")
	refused(t, "PutObject with tags", tagged, "NotImplemented", "X-Amz-Tagging")
	refused(t, "PutObject with an ACL", acl, "AccessControlListNotSupported")
	if _, content := getObject(t, c, siteName, "page"); content != "content" {
		t.Errorf("the object holds %q: an operation that is not there changed it", content)
	}
	contains(t, "the log", logs.String(), "PutObject with ?tagging")
}

func TestAClientThatHasReadEnoughIsNoTrouble(t *testing.T) {
	config, _ := read(t, shop)
	logs := &journal{}
	e := start(t, config, t.TempDir(), logs)
	c := s3Client(e, "")
	putObject(t, c, siteName, "large", strings.Repeat("x", 1<<20))
	served := &failingWriter{header: http.Header{}}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/"+siteName+"/large", nil)
	e.s3.fake.ServeHTTP(&s3Writer{ResponseWriter: served, request: r}, r)
	if served.writes == 0 || logs.String() != "" {
		t.Errorf("after %d writes the log says %q", served.writes, logs)
	}
}

// failingWriter is a response to a client that has gone.
type failingWriter struct {
	header http.Header
	writes int
}

func (w *failingWriter) Header() http.Header { return w.header }
func (w *failingWriter) WriteHeader(int)     {}
func (w *failingWriter) Write([]byte) (int, error) {
	w.writes++
	return 0, errors.New("connection reset by peer")
}
