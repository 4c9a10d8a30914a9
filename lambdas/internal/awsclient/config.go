// Package awsclient is what the handlers that call AWS share: the configuration of a client in a Lambda function, and
// what a failed call means. Any handler below lambdas/ that calls AWS may import it.
package awsclient

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// Config configures clients from what Lambda puts into a function's environment: AWS_REGION and the credentials of
// its role, which outlive the execution environment. AWS_ENDPOINT_URL, where it is set, replaces AWS's own endpoints
// (the local runner sets it). The only error is a missing AWS_REGION.
//
// It is the SDK's config.LoadDefaultConfig without the sources that a function never has (profiles, SSO, instance
// metadata): those cost every cold start, and make the binary larger.
func Config(getenv func(string) string) (aws.Config, error) {
	region := getenv("AWS_REGION")
	if region == "" {
		return aws.Config{}, errors.New("configure AWS: AWS_REGION is not set, which Lambda and the local runner set: start the handler through one of them")
	}
	config := aws.Config{
		Region: region,
		Credentials: credentials.NewStaticCredentialsProvider(
			getenv("AWS_ACCESS_KEY_ID"), getenv("AWS_SECRET_ACCESS_KEY"), getenv("AWS_SESSION_TOKEN")),
		HTTPClient: readOnlyBodies{awshttp.NewBuildableClient()},
	}
	if endpoint := getenv("AWS_ENDPOINT_URL"); endpoint != "" {
		config.BaseEndpoint = aws.String(endpoint)
	}
	return config, nil
}
