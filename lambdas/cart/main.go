// Command cart is the Lambda function behind the cart API: it keeps what a shopper means to buy in a DynamoDB table.
package main

import (
	"log"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"annex/lambdas/internal/awsclient"
	"annex/lambdas/internal/httpapi"
)

func main() {
	table := os.Getenv("CARTS_TABLE")
	if table == "" {
		log.Fatal("CARTS_TABLE is not set: the stack gives the function the name of its table")
	}
	config, err := awsclient.Config(os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	h := handler{carts: store{client: dynamodb.NewFromConfig(config), table: table, now: time.Now}}
	httpapi.Start(lambdacontext.NewLogger(), h.routes())
}
