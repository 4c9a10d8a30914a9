// Command searchcheck is the Lambda function that checks a new version of search at each release: it searches as a
// shopper would.
package main

import (
	"github.com/aws/aws-lambda-go/lambdacontext"

	"annex/lambdas/internal/release"
)

func main() { release.Start(lambdacontext.NewLogger(), check) }
