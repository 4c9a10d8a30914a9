// Command recommendations is the Lambda function behind the recommendations API: it answers which products were bought
// together with one, from what the learner has counted.
package main

import (
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"annex/lambdas/internal/awsclient"
	"annex/lambdas/internal/httpapi"
)

func main() {
	pairs := store{table: os.Getenv("RECOMMENDATIONS_TABLE")}
	if pairs.table == "" {
		log.Fatal("RECOMMENDATIONS_TABLE is not set: the stack gives the function the name of its table")
	}
	config, err := awsclient.Config(os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	pairs.client = dynamodb.NewFromConfig(config)
	httpapi.Start(lambdacontext.NewLogger(), handler{pairs: pairs}.routes())
}
