package main

import (
	"errors"
	"slices"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"annex/lambdas/internal/batch"
)

// A checkout is an order that was made of a cart.
type checkout struct {
	order    string
	products []string // sorted, each once
}

// checkoutOf finds the checkout in a change of a cart. It is the change that names an order in the cart, and empties it: what
// was bought is what the cart held before. Other changes, and carts that go, are none.
func checkoutOf(change batch.Change) (checkout, bool, error) {
	order := text(change.New, "order")
	if change.Kind != events.DynamoDBOperationTypeModify || order == "" || order == text(change.Old, "order") {
		return checkout{}, false, nil
	}
	items, ok := change.Old["items"].(*types.AttributeValueMemberL)
	if !ok {
		return checkout{}, false, errors.New("the cart before its checkout has no list of items: want a stream of new and old images")
	}
	c := checkout{order: order}
	for _, item := range items.Value {
		fields, _ := item.(*types.AttributeValueMemberM)
		if fields == nil || text(fields.Value, "product") == "" {
			return checkout{}, false, errors.New("the cart before its checkout has an item without a product")
		}
		c.products = append(c.products, text(fields.Value, "product"))
	}
	slices.Sort(c.products)
	c.products = slices.Compact(c.products)
	return c, true, nil
}

// pairs are all pairs of its products, in an order that is the same each time.
func (c checkout) pairs() [][2]string {
	var pairs [][2]string
	for i, one := range c.products {
		for _, other := range c.products[i+1:] {
			pairs = append(pairs, [2]string{one, other})
		}
	}
	return pairs
}

// text is an attribute's string, or empty where there is none.
func text(attributes map[string]types.AttributeValue, name string) string {
	if value, ok := attributes[name].(*types.AttributeValueMemberS); ok {
		return value.Value
	}
	return ""
}
