// Package once makes a change of a DynamoDB table once, however often it is asked for: what Lambda delivers it delivers at
// least once, and a handler that has made its change may end before it can say so.
//
// The change is a transaction, and a marker is written with it, in the same transaction. Where the marker is there, the
// change has been made.
//
//	again, err := once.Write(ctx, client, once.Marker{Table: table, Key: "product", Item: map[string]types.AttributeValue{
//		"product": &types.AttributeValueMemberS{Value: "order#" + order}, "other": &types.AttributeValueMemberS{Value: "order#"},
//	}}, counts...)
//
// Any handler below lambdas/ may import it.
package once

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// MaxChanges is how many changes one Write can make: a transaction has 100 actions, of which the marker is one.
const MaxChanges = 99

// A Marker is the item that says that a change has been made.
type Marker struct {
	// Table is the marker's table, by name or ARN. Required.
	Table string

	// Item is the marker: the table's key, made from what the change is known by (the id of an order, or of a record),
	// and where the table has a time to live, when the marker may go. It must outlive the deliveries of what it marks: a
	// stream keeps its records for a day, and a queue its messages for 14 days at most, and for as long again where they
	// are moved back from the dead letters. Required.
	Item map[string]types.AttributeValue

	// Key is the name of one attribute of the table's key. Required.
	Key string
}

// maxAttempts bounds how often a transaction is tried that meets others of the same items.
const maxAttempts = 20

// Write makes the changes and writes the marker, all or nothing. It makes none where the marker is there already: again
// tells that. Where another transaction has one of the items at the moment, or the table is over its capacity, it tries
// again, until the context ends.
//
// It needs dynamodb:PutItem for the marker, and what the changes need when each is made alone.
func Write(ctx context.Context, client *dynamodb.Client, marker Marker, changes ...types.TransactWriteItem) (again bool, err error) {
	if len(changes) > MaxChanges {
		return false, fmt.Errorf("write %d changes once: a transaction takes %d and the marker", len(changes), MaxChanges)
	}
	put := types.TransactWriteItem{Put: &types.Put{
		TableName:                &marker.Table,
		Item:                     marker.Item,
		ConditionExpression:      aws.String("attribute_not_exists(#key)"),
		ExpressionAttributeNames: map[string]string{"#key": marker.Key},
	}}
	input := &dynamodb.TransactWriteItemsInput{TransactItems: append([]types.TransactWriteItem{put}, changes...)}
	for attempt := 1; ; attempt++ {
		input.ClientRequestToken = nil // the client makes one for each, by which DynamoDB knows it if the client sends it twice
		_, err := client.TransactWriteItems(ctx, input)
		cancelled, ok := errors.AsType[*types.TransactionCanceledException](err)
		if !ok {
			return false, err
		}
		reasons := codes(cancelled)
		if len(reasons) > 0 && reasons[0] == "ConditionalCheckFailed" {
			return true, nil
		}
		if attempt == maxAttempts || !slices.ContainsFunc(reasons, passing) || slices.ContainsFunc(reasons, lasting) {
			return false, err
		}
		if err := pause(ctx, attempt); err != nil {
			return false, err
		}
	}
}

// codes are the reasons of a transaction's end, one for each of its actions, in their order.
func codes(cancelled *types.TransactionCanceledException) []string {
	codes := make([]string, len(cancelled.CancellationReasons))
	for i, reason := range cancelled.CancellationReasons {
		codes[i] = aws.ToString(reason.Code)
	}
	return codes
}

// passing tells whether a transaction that was cancelled for that reason may be made in a moment.
func passing(code string) bool {
	return code == "TransactionConflict" || code == "ThrottlingError" || code == "ProvisionedThroughputExceeded"
}

// lasting tells whether it would be cancelled for that reason again.
func lasting(code string) bool { return code != "None" && !passing(code) }

// pause waits for a random time that grows with the attempts, so that those who collided do not collide again.
func pause(ctx context.Context, attempt int) error {
	longest := min(10*time.Millisecond<<min(attempt, 10), 500*time.Millisecond)
	timer := time.NewTimer(rand.N(longest)) //nolint:gosec // spreads the attempts, guards nothing
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait to write it again: %w", context.Cause(ctx))
	}
}
