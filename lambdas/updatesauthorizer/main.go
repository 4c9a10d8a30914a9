// Command updatesauthorizer is the Lambda authorizer that says who may hear of the changes of a cart: pages of the site,
// which know the cart's id.
package main

import (
	"log"
	"os"
	"strings"

	"github.com/aws/aws-lambda-go/lambda"

	"annex/lambdas/internal/warm"
)

func main() {
	origins := strings.Fields(os.Getenv("ORIGINS"))
	if len(origins) == 0 {
		log.Fatal("ORIGINS is not set: the stack gives the function the origins of the site's pages")
	}
	lambda.Start(warm.Handler(authorizer{origins}.authorize))
}
