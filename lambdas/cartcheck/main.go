// Command cartcheck is the Lambda function that checks a new version of cart at each release: it keeps a cart as a
// shopper would, and removes it.
package main

import (
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"annex/lambdas/internal/awsclient"
	"annex/lambdas/internal/release"
)

func main() {
	config, err := awsclient.Config(os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	carts := table{client: dynamodb.NewFromConfig(config), name: os.Getenv("CARTS_TABLE")}
	release.Start(lambdacontext.NewLogger(), carts.check)
}
