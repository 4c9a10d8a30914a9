package main

import (
	"slices"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"annex/lambdas/internal/batch"
)

// cartOf is a cart's item with these products, after a checkout where it names an order.
func cartOf(order string, products ...string) map[string]types.AttributeValue {
	items := &types.AttributeValueMemberL{}
	for _, product := range products {
		items.Value = append(items.Value, &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{
			"product": &types.AttributeValueMemberS{Value: product}, "quantity": &types.AttributeValueMemberN{Value: "2"},
		}})
	}
	cart := map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "CART"}, "items": items}
	if order != "" {
		cart["order"] = &types.AttributeValueMemberS{Value: order}
	}
	return cart
}

func TestCheckoutIsTheChangeThatNamesAnOrder(t *testing.T) {
	const insert, modify, remove = events.DynamoDBOperationTypeInsert, events.DynamoDBOperationTypeModify, events.DynamoDBOperationTypeRemove
	for name, test := range map[string]struct {
		change batch.Change
		want   []string // the products, or nil where it is none
	}{
		"a checkout":                  {batch.Change{Kind: modify, Old: cartOf("", "mug", "bowl"), New: cartOf("A")}, []string{"bowl", "mug"}},
		"a checkout after another":    {batch.Change{Kind: modify, Old: cartOf("A", "mug"), New: cartOf("B")}, []string{"mug"}},
		"a cart with a product twice": {batch.Change{Kind: modify, Old: cartOf("", "mug", "bowl", "mug"), New: cartOf("A")}, []string{"bowl", "mug"}},
		"a new cart":                  {batch.Change{Kind: insert, New: cartOf("")}, nil},
		"a cart that is put back":     {batch.Change{Kind: insert, New: cartOf("A")}, nil},
		"a product put in":            {batch.Change{Kind: modify, Old: cartOf("", "mug"), New: cartOf("", "mug", "bowl")}, nil},
		"the next product":            {batch.Change{Kind: modify, Old: cartOf("A"), New: cartOf("", "mug")}, nil},
		"the same order again":        {batch.Change{Kind: modify, Old: cartOf("A"), New: cartOf("A")}, nil},
		"an expired cart":             {batch.Change{Kind: remove, Old: cartOf("A"), Expired: true}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok, err := checkoutOf(test.change)
			if err != nil || ok != (test.want != nil) || !slices.Equal(got.products, test.want) {
				t.Errorf("got %v, %t, %v", got, ok, err)
			}
		})
	}
}

func TestCheckoutThatCannotBeReadIsAnError(t *testing.T) {
	text, other := cartOf(""), cartOf("", "mug", "")
	text["items"] = &types.AttributeValueMemberS{Value: "mug"}
	noMap := cartOf("")
	noMap["items"] = &types.AttributeValueMemberL{Value: []types.AttributeValue{&types.AttributeValueMemberS{Value: "mug"}}}
	for name, old := range map[string]map[string]types.AttributeValue{
		"no old image": nil, "no list of items": text, "an item without a product": other, "an item that is no map": noMap,
	} {
		if got, ok, err := checkoutOf(batch.Change{Kind: events.DynamoDBOperationTypeModify, Old: old, New: cartOf("A")}); err == nil {
			t.Errorf("%s: got %v, %t", name, got, ok)
		}
	}
}

func TestPairsAreAllPairsOnce(t *testing.T) {
	want := [][2]string{{"bowl", "mug"}, {"bowl", "spoon"}, {"mug", "spoon"}}
	if diff := cmp.Diff(want, checkout{products: []string{"bowl", "mug", "spoon"}}.pairs()); diff != "" {
		t.Error("(-want +got):\n", diff)
	}
	if pairs := (checkout{products: []string{"mug"}}).pairs(); len(pairs) != 0 {
		t.Errorf("one product has pairs %v", pairs)
	}
}
