package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"annex/lambdas/internal/batch"
	"annex/lambdas/internal/once"
)

// kept is how long it is known that an order was counted. The stream keeps its records for a day, so that none of them
// comes after that.
const kept = 7 * 24 * time.Hour

// partPairs is how many pairs one transaction counts, each from both its sides. It is part of what the markers mean: with
// another number, let them have other keys, or an order that is being counted while the new version is released counts
// some pairs twice.
const partPairs = once.MaxChanges / 2

// A store keeps how many orders had two products together, one item for each of the two:
//
//	product  string, the partition key
//	other    string, the sort key
//	orders   number, the sort key of the index by-orders
//
// and beside them, for a week, one item for each transaction that counted:
//
//	product  string, order#<the order's id>
//	other    string, part#<the transaction's number>
//	expires  number, epoch seconds, the table's TTL attribute
type store struct {
	client *dynamodb.Client
	table  string
	now    func() time.Time
}

// learn counts the pairs of a checkout, however often its change is delivered. The pairs of ten products fit into one
// transaction. Those of more take several, and each is made once by itself, so that a try that ran out of time has not
// been in vain.
func (s store) learn(ctx context.Context, change batch.Change) error {
	bought, ok, err := checkoutOf(change)
	if err != nil || !ok {
		return err
	}
	part := 0
	for pairs := range slices.Chunk(bought.pairs(), partPairs) {
		part++
		if err := s.count(ctx, bought.order, part, pairs); err != nil {
			return fmt.Errorf("count the pairs of an order in table %s: %w", s.table, err)
		}
	}
	return nil
}

func (s store) count(ctx context.Context, order string, part int, pairs [][2]string) error {
	item := key("order#"+order, "part#"+strconv.Itoa(part))
	item["expires"] = &types.AttributeValueMemberN{Value: strconv.FormatInt(s.now().Add(kept).Unix(), 10)}
	var counts []types.TransactWriteItem
	for _, pair := range pairs {
		counts = append(counts, s.add(pair[0], pair[1]), s.add(pair[1], pair[0]))
	}
	_, err := once.Write(ctx, s.client, once.Marker{Table: s.table, Item: item, Key: "product"}, counts...)
	return err
}

func (s store) add(product, other string) types.TransactWriteItem {
	return types.TransactWriteItem{Update: &types.Update{
		TableName:                 &s.table,
		Key:                       key(product, other),
		UpdateExpression:          aws.String("ADD orders :one"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":one": &types.AttributeValueMemberN{Value: "1"}},
	}}
}

func key(product, other string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{
		"product": &types.AttributeValueMemberS{Value: product}, "other": &types.AttributeValueMemberS{Value: other},
	}
}
