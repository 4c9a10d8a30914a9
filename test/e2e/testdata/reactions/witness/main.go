// Command witness is a Lambda function for the end-to-end tests of event source
// mappings, which copy it below lambdas/: it counts in a table what it is called
// with.
package main

import (
	"context"
	"errors"
	"log"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"annex/lambdas/internal/awsclient"
	"annex/lambdas/internal/batch"
	"annex/lambdas/internal/once"
)

func main() {
	config, err := awsclient.Config(os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	w := witness{dynamodb.NewFromConfig(config), os.Getenv("SEEN_TABLE")}
	logger := lambdacontext.NewLogger()
	switch os.Getenv("WITNESS") {
	case "changes":
		lambda.Start(batch.Changes(logger, w.change))
	case "messages":
		lambda.Start(batch.Messages(logger, func(ctx context.Context, body []byte) error {
			return w.add(ctx, "message", string(body))
		}))
	default:
		lambda.Start(batch.Messages(logger, func(context.Context, []byte) error {
			return errors.New("this function fails for every message")
		}))
	}
}

type witness struct {
	client *dynamodb.Client
	table  string
}

// change counts a change once, and how often it came. One that is poison fails,
// and one that is slow takes its time while there is a file of the name in HOLD.
func (w witness) change(ctx context.Context, change batch.Change) error {
	id := change.Key["id"].(*types.AttributeValueMemberS).Value
	if err := w.add(ctx, "came", id); err != nil {
		return err
	}
	if change.New["poison"] != nil {
		return errors.New("this change is poison")
	}
	for change.New["slow"] != nil {
		if _, err := os.Stat(os.Getenv("HOLD")); err != nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	_, err := once.Write(ctx, w.client, once.Marker{Table: w.table, Key: "what", Item: key("marker", change.ID)}, types.TransactWriteItem{Update: &types.Update{
		TableName: &w.table, Key: key("counted", id), UpdateExpression: aws.String("ADD times :one"), ExpressionAttributeValues: one,
	}})
	return err
}

var one = map[string]types.AttributeValue{":one": &types.AttributeValueMemberN{Value: "1"}}

func key(what, id string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"what": &types.AttributeValueMemberS{Value: what}, "id": &types.AttributeValueMemberS{Value: id}}
}

func (w witness) add(ctx context.Context, what, id string) error {
	_, err := w.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &w.table, Key: key(what, id), UpdateExpression: aws.String("ADD times :one"), ExpressionAttributeValues: one,
	})
	return err
}
