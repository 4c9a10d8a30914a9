package s3client

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"annex/lambdas/internal/awsclient/awsclienttest"
)

func TestEndpointIsAskedByPathAndAWSByHost(t *testing.T) {
	for endpoint, want := range map[string]string{
		"":                      "https://annex-test-index.s3.eu-west-1.amazonaws.com/index/products.json",
		"http://127.0.0.1:4566": "http://127.0.0.1:4566/annex-test-index/index/products.json",
	} {
		request, err := s3.NewPresignClient(New(awsclienttest.Config(t, endpoint))).PresignGetObject(t.Context(),
			&s3.GetObjectInput{Bucket: aws.String("annex-test-index"), Key: aws.String("index/products.json")})
		if err != nil {
			t.Fatal(err)
		}
		got, _, _ := strings.Cut(request.URL, "?")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("endpoint %q (-want +got):\n%s", endpoint, diff)
		}
	}
}
