// Command indexer is the Lambda function that builds the search's index: it is called for each catalogue that is uploaded,
// and from time to time to see that none was missed.
package main

import (
	"context"
	"encoding/json"
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"annex/lambdas/internal/awsclient"
	"annex/lambdas/internal/awsclient/s3client"
	"annex/lambdas/internal/batch"
)

func main() {
	bucket, key, prefix := os.Getenv("INDEX_BUCKET"), os.Getenv("INDEX_KEY"), os.Getenv("CATALOGUE_PREFIX")
	if bucket == "" || key == "" || prefix == "" {
		log.Fatal("INDEX_BUCKET, INDEX_KEY or CATALOGUE_PREFIX is not set: the stack gives the function its bucket, the key of the index and where catalogues are uploaded")
	}
	config, err := awsclient.Config(os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(newHandler(&indexer{
		client: s3client.New(config), bucket: bucket, key: key, prefix: prefix, logger: lambdacontext.NewLogger(),
	}))
}

// A handler takes the events of both: those of uploads from their queue, and the schedule's.
type handler struct {
	indexer *indexer
	uploads lambda.Handler
}

func newHandler(i *indexer) lambda.Handler {
	return handler{i, batch.Objects(i.logger, func(ctx context.Context, object batch.Object) error {
		return i.uploaded(ctx, object.Bucket, object.Key)
	})}
}

// Invoke implements lambda.Handler.
func (h handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	var scheduled struct {
		CatchUp bool `json:"catchUp"`
	}
	if json.Unmarshal(payload, &scheduled) == nil && scheduled.CatchUp {
		return []byte("null"), h.indexer.catchUp(ctx)
	}
	return h.uploads.Invoke(ctx, payload)
}
