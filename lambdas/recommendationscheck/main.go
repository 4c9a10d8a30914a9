// Command recommendationscheck is the Lambda function that checks a new version of recommendations at each release: it has
// products bought together that nobody sells, asks for them, and removes them.
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
	pairs := table{client: dynamodb.NewFromConfig(config), name: os.Getenv("RECOMMENDATIONS_TABLE")}
	release.Start(lambdacontext.NewLogger(), pairs.check)
}
