// Command updates is the Lambda function behind the WebSocket API of the updates: it knows who is connected, and hears of
// which cart.
package main

import (
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"annex/lambdas/internal/awsclient"
	"annex/lambdas/internal/push"
	"annex/lambdas/internal/warm"
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
	lambda.Start(warm.Handler(handler{connections, lambdacontext.NewLogger()}.handle))
}
