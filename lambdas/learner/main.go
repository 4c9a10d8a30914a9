// Command learner is the Lambda function that learns which products are bought together: it is called with the changes of
// the carts' table, and counts the pairs of products of each cart that was checked out.
package main

import (
	"log"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"annex/lambdas/internal/awsclient"
	"annex/lambdas/internal/batch"
)

func main() {
	pairs := store{table: os.Getenv("RECOMMENDATIONS_TABLE"), now: time.Now}
	if pairs.table == "" {
		log.Fatal("RECOMMENDATIONS_TABLE is not set: the stack gives the function the name of its table")
	}
	config, err := awsclient.Config(os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	pairs.client = dynamodb.NewFromConfig(config)
	lambda.Start(batch.Changes(lambdacontext.NewLogger(), pairs.learn))
}
