package test

import (
	"os/exec"
	"strings"
	"testing"
)

// heavy are packages that a handler pays for at every start, whether it uses them or not, by the part of their path that
// tells them, each with what is to be done.
var heavy = map[string]string{
	// The tables of the SDK's schema-based serialization are built when a process starts, for every operation of the
	// service: 0.6 ms for dynamodb and lambda, 1.6 ms for ssm, where the smallest handler starts in 3 ms. The SDK's core
	// takes clients of either kind, so go.mod names the last version of each without them.
	"/schemas": "go.mod names a newer version of the service's client than the last one without schemas: take that, or measure with `make bench` and take this test back",
	// awsclient.Config does what a function needs of it.
	"github.com/aws/aws-sdk-go-v2/config": "configure clients by awsclient.Config",
	// Parts of the SDK for other places than Lambda.
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds": "a function has its credentials in its environment",
	"github.com/aws/aws-sdk-go-v2/service/sso":      "a function has its credentials in its environment",
}

func TestHandlersStartWithoutWhatTheyDoNotUse(t *testing.T) {
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-tags", "lambda.norpc", "./lambdas/...")
	var said strings.Builder
	list.Stderr = &said
	output, err := list.Output()
	if err != nil {
		t.Fatalf("list the handlers' packages: %v\n%s", err, said.String())
	}
	packages := strings.Fields(string(output))
	if len(packages) < 100 {
		t.Fatalf("the handlers have only these packages: %v", packages)
	}
	for _, path := range packages {
		for part, advice := range heavy {
			if strings.Contains(path, part) {
				t.Errorf("a handler imports %s: %s", path, advice)
			}
		}
	}
}
