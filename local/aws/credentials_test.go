package aws

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheScopeOfARequestSaysWhoAsks(t *testing.T) {
	const signed = "AWS4-HMAC-SHA256 Credential=KEY/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=x"
	whole := scope{"KEY", "eu-west-1", "s3"}
	for _, c := range []struct {
		name, header, query string
		want                scope
	}{
		{"a header", signed, "", whole},
		{"a header without spaces", "AWS4-HMAC-SHA256 Credential=KEY/20260101/eu-west-1/s3/aws4_request,SignedHeaders=host,Signature=x", "", whole},
		{"a presigned address", "", "X-Amz-Credential=KEY%2F20260101%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Signature=x", whole},
		{"a header before an address", signed, "X-Amz-Credential=OTHER%2F1%2Fr%2Fs%2Faws4_request", whole},
		{"nothing", "", "", scope{}},
		{"another kind of header", "Bearer KEY", "", scope{}},
		{"a part too few", "AWS4-HMAC-SHA256 Credential=KEY/20260101/eu-west-1/aws4_request,", "", scope{}},
		{"another end", "AWS4-HMAC-SHA256 Credential=KEY/20260101/eu-west-1/s3/aws5_request,", "", scope{}},
	} {
		r := &http.Request{Header: http.Header{}, URL: &url.URL{RawQuery: c.query}}
		if c.header != "" {
			r.Header.Set("Authorization", c.header)
		}
		if diff := cmp.Diff(c.want, readScope(r), cmp.AllowUnexported(scope{})); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}
