// Command search is the Lambda function behind the search API: it finds products in an index that it reads from a
// bucket.
package main

import (
	"log"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"annex/lambdas/internal/awsclient"
	"annex/lambdas/internal/awsclient/s3client"
	"annex/lambdas/internal/httpapi"
)

func main() {
	bucket, key := os.Getenv("INDEX_BUCKET"), os.Getenv("INDEX_KEY")
	if bucket == "" || key == "" {
		log.Fatal("INDEX_BUCKET or INDEX_KEY is not set: the stack gives the function its bucket and the key of the index in it")
	}
	language, err := readLanguage(os.Getenv("STOP_WORDS"), os.Getenv("SYNONYMS"))
	if err != nil {
		log.Fatal(err)
	}
	config, err := awsclient.Config(os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	logger := lambdacontext.NewLogger()
	h := handler{
		source:   &source{client: s3client.New(config), bucket: bucket, key: key, now: time.Now, logger: logger},
		language: language,
	}
	httpapi.Start(logger, h.routes())
}
