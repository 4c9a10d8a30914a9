// Command cart is the Lambda function behind the cart API: it keeps what a shopper means to buy in a DynamoDB table, and
// what a customer has bought in another.
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
	carts := store{now: time.Now}
	for variable, table := range map[string]*string{"CARTS_TABLE": &carts.table, "ORDERS_TABLE": &carts.orders} {
		if *table = os.Getenv(variable); *table == "" {
			log.Fatalf("%s is not set: the stack gives the function the names of its tables", variable)
		}
	}
	config, err := awsclient.Config(os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	carts.client = dynamodb.NewFromConfig(config)
	httpapi.Start(lambdacontext.NewLogger(), handler{carts: carts}.routes())
}
