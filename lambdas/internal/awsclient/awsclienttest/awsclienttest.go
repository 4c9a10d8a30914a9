// Package awsclienttest gives tests the clients of handlers, of a stand-in for AWS. Only tests of handlers import it.
package awsclienttest

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"annex/lambdas/internal/awsclient"
)

// Environment is what Lambda puts into a function's environment, with the endpoint that stands in for AWS's own.
func Environment(endpoint string) map[string]string {
	return map[string]string{
		"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_ENDPOINT_URL": endpoint,
	}
}

// Config configures clients as the main of a handler does, but to ask once only, so that tests of failures are quick.
func Config(t testing.TB, endpoint string) aws.Config {
	t.Helper()
	environment := Environment(endpoint)
	config, err := awsclient.Config(func(name string) string { return environment[name] })
	if err != nil {
		t.Fatal(err)
	}
	config.RetryMaxAttempts = 1
	return config
}
