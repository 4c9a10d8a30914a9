package aws

import (
	"net/url"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func TestCopies(t *testing.T) {
	config, _ := read(t, shop)
	e := start(t, config, t.TempDir(), nil)
	c, ctx := s3Client(e, ""), t.Context()
	_, err := c.PutObject(ctx, &s3sdk.PutObjectInput{
		Bucket: sdk.String(siteName), Key: sdk.String("a+b c"), Body: strings.NewReader("x"),
		ContentType: sdk.String("text/plain"), CacheControl: sdk.String("no-cache"), Metadata: map[string]string{"a": "b"},
	})
	if err != nil {
		t.Fatal(err)
	}
	source := sdk.String(siteName + "/" + url.PathEscape("a+b c"))
	for _, in := range []*s3sdk.CopyObjectInput{
		{Key: sdk.String("kept")},
		{Key: sdk.String("replaced"), MetadataDirective: s3types.MetadataDirectiveReplace, ContentType: sdk.String("text/html")},
	} {
		in.Bucket, in.CopySource = sdk.String(indexName), source
		if _, err := c.CopyObject(ctx, in); err != nil {
			t.Fatal(err)
		}
	}
	kept, content := getObject(t, c, indexName, "kept")
	if content != "x" || *kept.ContentType != "text/plain" || *kept.CacheControl != "no-cache" || kept.Metadata["a"] != "b" {
		t.Errorf("the copy has %q, %v: want the source's", content, kept)
	}
	replaced, _ := getObject(t, c, indexName, "replaced")
	if *replaced.ContentType != "text/html" || replaced.CacheControl != nil || len(replaced.Metadata) != 0 {
		t.Errorf("the copy has %v: want none of the source's metadata", replaced)
	}
	_, err = c.CopyObject(ctx, &s3sdk.CopyObjectInput{Bucket: sdk.String(siteName), Key: sdk.String("a+b c"), CopySource: source})
	refused(t, "a copy to itself", err, "InvalidRequest")
	_, err = c.CopyObject(ctx, &s3sdk.CopyObjectInput{Bucket: sdk.String(siteName), Key: sdk.String("x"), CopySource: sdk.String(siteName + "/none")})
	refused(t, "a copy of nothing", err, "NoSuchKey")
}

func TestDeletingSeveralObjectsRefusesSome(t *testing.T) {
	config, _ := read(t, shop+`,
		"Deletes": {"Type": "AWS::IAM::RolePolicy", "Properties": {"RoleName": {"Ref": "SearchRole"}, "PolicyName": "d", "PolicyDocument": {"Statement":
			{"Effect": "Allow", "Action": "s3:DeleteObject*", "Resource": "arn:aws:s3:::shop-index/index/tmp-*"}}}}`)
	e := start(t, config, t.TempDir(), nil)
	c := s3Client(e, searchRole)
	for _, key := range []string{"index/tmp-1", "index/keep"} {
		putObject(t, c, indexName, key, "")
	}
	out, err := c.DeleteObjects(t.Context(), &s3sdk.DeleteObjectsInput{Bucket: sdk.String(indexName), Delete: &s3types.Delete{Objects: []s3types.ObjectIdentifier{
		{Key: sdk.String("index/tmp-1")}, {Key: sdk.String("index/tmp-2")}, {Key: sdk.String("index/keep")},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Deleted) != 2 || len(out.Errors) != 1 || *out.Errors[0].Key != "index/keep" || *out.Errors[0].Code != "AccessDenied" {
		t.Errorf("deleted %v, errors %v", out.Deleted, out.Errors)
	}
	if _, content := getObject(t, c, indexName, "index/keep"); content != "" {
		t.Errorf("kept object: %q", content)
	}
}
