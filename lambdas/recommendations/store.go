package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"annex/lambdas/internal/awsclient"
	"annex/lambdas/internal/httpapi"
)

// byOrders is the table's index that has the pairs of a product by how many orders had both.
const byOrders = "by-orders"

// A recommendation is a product, and how many orders had it together with the one that was asked for.
type recommendation struct {
	Product string `json:"product"`
	Orders  int    `json:"orders"`
}

// A store reads what the learner has counted. What an item of the table is, see there.
type store struct {
	client *dynamodb.Client
	table  string
}

// best are the products that were bought with a product, those of most orders first. It is one read, of no more than what
// is answered.
func (s store) best(ctx context.Context, product string, limit int) ([]recommendation, error) {
	output, err := s.client.Query(ctx, &dynamodb.QueryInput{
		TableName:                 &s.table,
		IndexName:                 aws.String(byOrders),
		KeyConditionExpression:    aws.String("product = :product"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":product": &types.AttributeValueMemberS{Value: product}},
		ScanIndexForward:          aws.Bool(false),
		Limit:                     aws.Int32(int32(limit)), //nolint:gosec // the handler bounds it
	})
	if err != nil {
		return nil, s.failed("find what was bought with a product", err)
	}
	found := make([]recommendation, 0, len(output.Items))
	for _, item := range output.Items {
		r, err := decode(item)
		if err != nil {
			return nil, s.failed("find what was bought with a product", err)
		}
		found = append(found, r)
	}
	// The index has no order among those of as many orders.
	slices.SortFunc(found, func(a, b recommendation) int {
		return cmp.Or(cmp.Compare(b.Orders, a.Orders), cmp.Compare(a.Product, b.Product))
	})
	return found, nil
}

// reachable tells whether pairs can be read, by looking for those of an id that no product has.
func (s store) reachable(ctx context.Context) error {
	_, err := s.best(ctx, "#health", 1)
	return err
}

func (s store) failed(doing string, err error) error {
	err = fmt.Errorf("%s in table %s: %w", doing, s.table, err)
	if awsclient.Unavailable(err) {
		return httpapi.Unavailable(err)
	}
	return err
}

func decode(item map[string]types.AttributeValue) (recommendation, error) {
	other, isText := item["other"].(*types.AttributeValueMemberS)
	orders, isNumber := item["orders"].(*types.AttributeValueMemberN)
	if !isText || !isNumber {
		return recommendation{}, errors.New("a pair has no string other, or no number orders")
	}
	count, err := strconv.Atoi(orders.Value)
	if err != nil {
		return recommendation{}, fmt.Errorf("attribute orders is not a whole number: %w", err)
	}
	return recommendation{Product: other.Value, Orders: count}, nil
}
