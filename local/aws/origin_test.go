package aws

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const siteDomain = siteName + ".s3." + region + ".amazonaws.com"

// sitePolicy is the bucket policy that an origin access control writes, with
// the actions, for the distribution with this ID.
func sitePolicy(actions, distribution string) string {
	return `,"SitePolicy": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "Site"}, "PolicyDocument": {"Statement": [
		{"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "s3:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}, "Resource": "*"},
		{"Effect": "Allow", "Principal": {"Service": "cloudfront.amazonaws.com"}, "Action": [` + actions + `],
			"Resource": [{"Fn::GetAtt": ["Site", "Arn"]}, {"Fn::Join": ["", [{"Fn::GetAtt": ["Site", "Arn"]}, "/*"]]}],
			"Condition": {"StringEquals": {"AWS:SourceArn": {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":cloudfront::", {"Ref": "AWS::AccountId"}, ":distribution/", ` + distribution + `]]}}}}]}}}`
}

// siteEndpoint is an endpoint with another DynamoDB, that nobody asks, so that
// it starts at once.
func siteEndpoint(t testing.TB, resources string) *Endpoint {
	t.Helper()
	config, _ := read(t, resources)
	config.Tables = nil
	e, err := Start(t.Context(), config, Options{DataDir: t.TempDir(), DynamoDB: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, e) })
	headers := map[string]string{"Content-Type": "text/html", "Cache-Control": "no-cache"}
	if _, err := e.s3.store.Put(siteName, "index.html", headers, strings.NewReader("<h1>shop</h1>"), nil); err != nil {
		t.Fatal(err)
	}
	return e
}

// page is what a bucket answers.
type page struct {
	status int
	header http.Header
	length int64
	body   string
}

// get asks a bucket as CloudFront does.
func get(t testing.TB, e *Endpoint, method, path string, header http.Header) page {
	t.Helper()
	bucket, ok := e.Bucket(siteDomain)
	if !ok {
		t.Fatalf("there is no bucket at %s", siteDomain)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, "https://"+siteDomain+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if header != nil {
		r.Header = header
	}
	response, err := bucket.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // read to its end
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return page{response.StatusCode, response.Header, response.ContentLength, string(data)}
}

func TestCloudFrontReadsWhatTheBucketPolicyAllows(t *testing.T) {
	const thisOne, both = `{"Ref": "Distribution"}`, `"s3:GetObject", "s3:ListBucket"`
	unsigned := strings.Replace(shop, `"OriginAccessControlId": "E1"`, `"S3OriginConfig": {}`, 1)
	public := `,"SitePolicy": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "Site"}, "PolicyDocument": {"Statement":
		{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::shop-site/*"}}}}`
	second := `,"Second": {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": {"Origins": [
		{"Id": "a", "DomainName": {"Fn::GetAtt": ["Site", "RegionalDomainName"]}, "OriginAccessControlId": "E1"}]}}}`
	for _, c := range []struct {
		name, resources string
		there, missing  int // status of a page that is there, and of one that is not
	}{
		{"no policy", shop, 403, 403},
		{"read and list", shop + sitePolicy(both, thisOne), 200, 404},
		{"read", shop + sitePolicy(`"s3:GetObject"`, thisOne), 200, 403},
		{"another distribution", shop + sitePolicy(both, `"E0"`), 403, 403},
		{"an origin without access control", unsigned + sitePolicy(both, thisOne), 403, 403},
		{"an origin without access control on a public bucket", unsigned + public, 200, 403},
		{"a second distribution that is not allowed", shop + second + sitePolicy(both, thisOne), 403, 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := siteEndpoint(t, c.resources)
			there := get(t, e, http.MethodGet, "/index.html", nil)
			if there.status != c.there {
				t.Errorf("a page: %d, want %d", there.status, c.there)
			}
			if there.status == 403 {
				contains(t, "a denied page", there.body, "<Code>AccessDenied</Code><Message>Access Denied</Message>")
			}
			missing := get(t, e, http.MethodGet, "/missing.html", nil)
			if missing.status != c.missing || missing.header.Get("Content-Type") != "application/xml" {
				t.Errorf("a page that is not there: %d, %s, want %d", missing.status, missing.header.Get("Content-Type"), c.missing)
			}
		})
	}
}

func TestCloudFrontGetsObjectsAsS3AnswersThem(t *testing.T) {
	e := siteEndpoint(t, shop+sitePolicy(`"s3:GetObject", "s3:ListBucket"`, `{"Ref": "Distribution"}`))
	whole := get(t, e, http.MethodGet, "/index.html", http.Header{"Authorization": {"Basic x"}, "X-Amz-Checksum-Mode": {"ENABLED"}})
	etag := whole.header.Get("Etag")
	got := []any{whole.status, whole.length, whole.body}
	for _, name := range []string{"Content-Type", "Cache-Control", "Server", "Accept-Ranges", "Access-Control-Allow-Origin", "X-Amz-Checksum-Crc64nvme"} {
		got = append(got, whole.header.Get(name))
	}
	want := []any{200, int64(13), "<h1>shop</h1>", "text/html", "no-cache", "AmazonS3", "bytes", "", ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	head := get(t, e, http.MethodHead, "/index.html", nil)
	if head.status != 200 || head.length != 13 || head.body != "" || head.header.Get("Etag") != etag {
		t.Errorf("HEAD: %v", head)
	}
	fresh := get(t, e, http.MethodGet, "/index.html", http.Header{"If-None-Match": {etag}})
	if fresh.status != http.StatusNotModified || fresh.body != "" || fresh.header.Get("Etag") != etag {
		t.Errorf("If-None-Match: %v", fresh)
	}
	part := get(t, e, http.MethodGet, "/index.html", http.Header{"Range": {"bytes=4-7"}})
	if part.status != http.StatusPartialContent || part.body != "shop" || part.header.Get("Content-Range") != "bytes 4-7/13" {
		t.Errorf("Range: %v", part)
	}
	for _, method := range []string{http.MethodPut, http.MethodPost, http.MethodDelete, http.MethodOptions} {
		if refused := get(t, e, method, "/index.html", nil); refused.status != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d, want 405", method, refused.status)
		}
	}
}

func TestDomainsOfBuckets(t *testing.T) {
	e := siteEndpoint(t, shop)
	for domain, want := range map[string]bool{siteDomain: true, siteName + ".s3.amazonaws.com": true, "api.example.com": false, siteName: false} {
		if _, ok := e.Bucket(domain); ok != want {
			t.Errorf("%s is a bucket: %v, want %v", domain, ok, want)
		}
	}
}

// A viewer who goes away in the middle of a large object must not leave the
// reading of it behind.
func TestALargeObjectEndsWithItsRequest(t *testing.T) {
	e := siteEndpoint(t, shop+sitePolicy(`"s3:GetObject"`, `{"Ref": "Distribution"}`))
	if _, err := e.s3.store.Put(siteName, "large", nil, strings.NewReader(strings.Repeat("x", 1<<20)), nil); err != nil {
		t.Fatal(err)
	}
	bucket, _ := e.Bucket(siteDomain)
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+siteDomain+"/large", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := bucket.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it breaks off
	cancel()
	wait(t, "the body to break off", func() bool {
		_, err := response.Body.Read(make([]byte, 1))
		return errors.Is(err, context.Canceled)
	})
}

// As CloudFront does, to limit the time that each read may take; with -race,
// this fails where the handler still looks at the response.
func TestTheResponseIsItsReceiversOnceItWasSent(t *testing.T) {
	for method, want := range map[string]string{http.MethodGet: "page", http.MethodHead: ""} {
		r, err := http.NewRequestWithContext(t.Context(), method, "https://"+siteDomain+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		wrote := make(chan error, 1)
		response := serve(r, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusOK)
			_, err := io.WriteString(w, "page")
			wrote <- err
		})
		response.Body = struct{ io.ReadCloser }{response.Body}
		data, err := io.ReadAll(response.Body)
		if err != nil || string(data) != want {
			t.Errorf("%s: %q, %v, want %q", method, data, err, want)
		}
		if err := <-wrote; err != nil {
			t.Errorf("%s: the handler could not write: %v", method, err)
		}
		_ = response.Body.Close() // read to its end
	}
}

func BenchmarkBucket(b *testing.B) {
	e := siteEndpoint(b, shop+sitePolicy(`"s3:GetObject", "s3:ListBucket"`, `{"Ref": "Distribution"}`))
	for b.Loop() {
		get(b, e, http.MethodGet, "/index.html", nil)
	}
}
