package aws

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhatARequestAsksOfS3(t *testing.T) {
	for _, c := range []struct {
		request string // method, path and, after a space, a copy source
		name    string
		needs   []string
	}{
		{"GET /", "ListBuckets", []string{"s3:ListAllMyBuckets *"}},
		{"PUT /b", "CreateBucket", []string{"s3:CreateBucket arn:aws:s3:::b"}},
		{"DELETE /b", "DeleteBucket", []string{"s3:DeleteBucket arn:aws:s3:::b"}},
		{"HEAD /b", "HeadBucket", []string{"s3:ListBucket arn:aws:s3:::b"}},
		{"GET /b/?list-type=2&prefix=x", "ListObjectsV2", []string{"s3:ListBucket arn:aws:s3:::b"}},
		{"GET /b?max-keys=1", "ListObjects", []string{"s3:ListBucket arn:aws:s3:::b"}},
		{"GET /b?uploads", "ListMultipartUploads", []string{"s3:ListBucketMultipartUploads arn:aws:s3:::b"}},
		{"GET /b?versioning", "GetBucketVersioning", []string{"s3:GetBucketVersioning arn:aws:s3:::b"}},
		{"POST /b?delete", "DeleteObjects", nil},
		{"GET /b/k", "GetObject", []string{"s3:GetObject arn:aws:s3:::b/k"}},
		{"GET /b/k?versionId=v", "GetObject", []string{"s3:GetObjectVersion arn:aws:s3:::b/k"}},
		{"HEAD /b/k?versionId=v", "HeadObject", []string{"s3:GetObjectVersion arn:aws:s3:::b/k"}},
		{"DELETE /b/k?versionId=v", "DELETE of an object's version", nil},
		{"HEAD /b/k/l", "HeadObject", []string{"s3:GetObject arn:aws:s3:::b/k/l"}},
		{"GET /b//k", "GetObject", []string{"s3:GetObject arn:aws:s3:::b//k"}},
		{"PUT /b/k?x-id=PutObject", "PutObject", []string{"s3:PutObject arn:aws:s3:::b/k"}},
		{"PUT /b/a%2Fb%20c", "PutObject", []string{"s3:PutObject arn:aws:s3:::b/a/b c"}},
		{"DELETE /b/k", "DeleteObject", []string{"s3:DeleteObject arn:aws:s3:::b/k"}},
		{"PUT /b/k /from/the%2Bkey", "CopyObject", []string{"s3:GetObject arn:aws:s3:::from/the+key", "s3:PutObject arn:aws:s3:::b/k"}},
		{"POST /b/k?uploads", "CreateMultipartUpload", []string{"s3:PutObject arn:aws:s3:::b/k"}},
		{"PUT /b/k?uploadId=1&partNumber=2", "UploadPart", []string{"s3:PutObject arn:aws:s3:::b/k"}},
		{"POST /b/k?uploadId=1", "CompleteMultipartUpload", []string{"s3:PutObject arn:aws:s3:::b/k"}},
		{"DELETE /b/k?uploadId=1", "AbortMultipartUpload", []string{"s3:AbortMultipartUpload arn:aws:s3:::b/k"}},
		{"GET /b/k?uploadId=1", "ListParts", []string{"s3:ListMultipartUploadParts arn:aws:s3:::b/k"}},
		{"GET /b?policy", "ListObjects with ?policy", nil},
		{"GET /b/k?acl", "GetObject with ?acl", nil},
		{"PUT /b/k?uploadId=1&partNumber=1 /from/key", "UploadPartCopy", nil},
		{"POST /b", "PostObject", nil},
		{"PATCH /b/k", "PATCH /b/k", nil},
	} {
		t.Run(c.request, func(t *testing.T) {
			fields := strings.Fields(c.request)
			r := httptest.NewRequestWithContext(context.Background(), fields[0], fields[1], nil)
			if len(fields) > 2 {
				r.Header.Set("X-Amz-Copy-Source", fields[2])
			}
			op := parseS3(r)
			var needs []string
			for _, n := range op.needs {
				needs = append(needs, n.action+" "+n.resource)
			}
			if diff := cmp.Diff(c.needs, needs); diff != "" || op.name != c.name {
				t.Errorf("%s, want %s: %s", op.name, c.name, diff)
			}
			if served := len(c.needs) > 0 || c.name == "DeleteObjects"; served != (op.unavailable == "") {
				t.Errorf("unavailable: %q", op.unavailable)
			}
		})
	}
}

// Whatever is asked, it is either refused, or something is needed for it.
func FuzzNothingIsServedForFree(f *testing.F) {
	f.Add("GET", "/b/k?acl", "", "")
	f.Add("PUT", "/b/k", "/c/d?versionId=1", "")
	f.Add("POST", "/b/?delete", "", "a=b")
	f.Fuzz(func(t *testing.T, method, target, source, tagging string) {
		address, err := url.ParseRequestURI(target)
		if err != nil || !strings.HasPrefix(target, "/") {
			return
		}
		r := &http.Request{Method: method, URL: address, Header: http.Header{}}
		r.Header.Set("X-Amz-Copy-Source", source)
		r.Header.Set("X-Amz-Tagging", tagging)
		op := parseS3(r)
		if op.unavailable == "" && len(op.needs) == 0 && op.name != "DeleteObjects" {
			t.Errorf("%s %s is %s, and nothing is needed for it", method, target, op.name)
		}
		if op.unavailable != "" && len(op.needs) != 0 {
			t.Errorf("%s %s is refused and needs %v", method, target, op.needs)
		}
	})
}
