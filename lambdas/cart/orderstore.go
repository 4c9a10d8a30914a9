package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"annex/lambdas/internal/httpapi"
)

// place writes a customer's order and empties the cart that it is of, both or neither. The error is errConflict where
// the cart, or what the transaction touches, has been changed at the same time, and then the order may have been placed
// by the one who changed it.
//
// Orders are kept in a table of their own, one item an order:
//
//	customer  string, the partition key: the subject of the customer's tokens
//	order     string, the sort key
//	placed    string, RFC 3339
//	items     list of {product: string, quantity: number}
//	cart      string, a hash of the cart's id
//
// The SDK gives a transaction a token, by which DynamoDB knows it again when the SDK sends it a second time because it
// did not get the answer.
func (s store) place(ctx context.Context, customer string, from keptCart, o order) error {
	emptied := s.encode(cart{ID: from.ID, Version: from.Version + 1})
	emptied["order"] = &types.AttributeValueMemberS{Value: o.ID}
	isLoaded, loaded := aws.String("version = :loaded"), map[string]types.AttributeValue{":loaded": number(int64(from.Version))}
	_, err := s.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
		{Put: &types.Put{
			TableName: &s.orders, Item: encodeOrder(customer, from.ID, o), ConditionExpression: aws.String("attribute_not_exists(customer)"),
		}},
		{Put: &types.Put{
			TableName: &s.table, Item: emptied, ConditionExpression: isLoaded, ExpressionAttributeValues: loaded,
		}},
	}})
	cancelled, ok := errors.AsType[*types.TransactionCanceledException](err)
	switch {
	case err == nil:
		return nil
	case ok && slices.Equal(codes(cancelled), []string{"ConditionalCheckFailed", "None"}):
		// This very change of the cart has been ordered, and yet the cart is not empty: somebody has put the carts'
		// table back to what it was. The customer is not to order it twice.
		_, err = s.client.PutItem(ctx, &dynamodb.PutItemInput{
			TableName: &s.table, Item: emptied, ConditionExpression: isLoaded, ExpressionAttributeValues: loaded,
		})
		if err == nil || isConflict(err) {
			return errConflict
		}
	case isConflict(err):
		return errConflict
	case ok && slices.ContainsFunc(codes(cancelled), overloaded):
		return httpapi.Unavailable(fmt.Errorf("place an order in table %s: %w", s.orders, err))
	}
	return s.failed("check out a cart", err)
}

// placed reads a customer's order. It is false where the customer has no such order.
func (s store) placed(ctx context.Context, customer, id string) (order, bool, error) {
	output, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.orders,
		Key: map[string]types.AttributeValue{
			"customer": &types.AttributeValueMemberS{Value: customer}, "order": &types.AttributeValueMemberS{Value: id},
		},
		ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return order{}, false, s.failed("find the order of a cart", err)
	}
	if output.Item == nil {
		return order{}, false, nil
	}
	found, err := decodeOrder(output.Item)
	if err != nil {
		return order{}, false, s.failed("find the order of a cart", err)
	}
	return found, true, nil
}

// isConflict tells whether a write was refused because of another one: its condition does not hold any more, or a
// transaction has the item at the moment, which AWS tells one write by an exception and a transaction by a reason.
func isConflict(err error) bool {
	if _, failed := errors.AsType[*types.ConditionalCheckFailedException](err); failed {
		return true
	}
	if _, ongoing := errors.AsType[*types.TransactionConflictException](err); ongoing {
		return true
	}
	cancelled, ok := errors.AsType[*types.TransactionCanceledException](err)
	return ok && slices.ContainsFunc(codes(cancelled), func(code string) bool {
		return code == "ConditionalCheckFailed" || code == "TransactionConflict"
	})
}

// overloaded tells whether a transaction that was cancelled for that reason may be worth making again later.
func overloaded(code string) bool {
	return code == "ThrottlingError" || code == "ProvisionedThroughputExceeded"
}

// codes are the reasons of a transaction's end, one for each of its operations, in their order.
func codes(cancelled *types.TransactionCanceledException) []string {
	codes := make([]string, len(cancelled.CancellationReasons))
	for i, reason := range cancelled.CancellationReasons {
		codes[i] = aws.ToString(reason.Code)
	}
	return codes
}

func encodeOrder(customer, cart string, o order) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{
		"customer": &types.AttributeValueMemberS{Value: customer},
		"order":    &types.AttributeValueMemberS{Value: o.ID},
		"placed":   &types.AttributeValueMemberS{Value: o.Placed.Format(time.RFC3339)},
		"items":    encodeItems(o.Items),
		"cart":     &types.AttributeValueMemberS{Value: digest("cart " + cart)},
	}
}

func decodeOrder(attributes map[string]types.AttributeValue) (order, error) {
	read := attributeReader{}
	o := order{ID: read.text(attributes, "order"), Items: read.items(attributes)}
	placed := read.text(attributes, "placed")
	if read.err != nil {
		return order{}, read.err
	}
	var err error
	if o.Placed, err = time.Parse(time.RFC3339, placed); err != nil {
		return order{}, errors.New("attribute placed is not a time")
	}
	return o, nil
}
