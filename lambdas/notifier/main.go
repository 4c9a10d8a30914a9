// Command notifier is the Lambda function that tells the pages which show a cart that it was changed. The stream of the
// carts' table calls it.
package main

import (
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"annex/lambdas/internal/awsclient"
	"annex/lambdas/internal/batch"
	"annex/lambdas/internal/push"
)

func main() {
	config, err := awsclient.Config(os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	connections, err := push.New(config, os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	logger := lambdacontext.NewLogger()
	lambda.Start(batch.Changes(logger, notifier{connections, logger}.notify))
}
