// Command warmer is the Lambda function that keeps execution environments of other functions warm. A schedule calls it
// for each.
package main

import (
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"annex/lambdas/internal/awsclient"
)

func main() {
	config, err := awsclient.Config(os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(newWarmer(config, lambdacontext.NewLogger()).warm)
}
