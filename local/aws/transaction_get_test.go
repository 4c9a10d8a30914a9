package aws

import (
	"io"
	"net/http"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func getOf(id string) types.TransactGetItem {
	return types.TransactGetItem{Get: &types.Get{TableName: sdk.String(carts), Key: attributes("id", id)}}
}

func TestItemsAreReadInATransaction(t *testing.T) {
	config, _ := read(t, shop)
	e := start(t, config, t.TempDir(), nil)
	c, ctx := dynamoDBClient(e, cartRole), t.Context()
	putItem(t, c, carts, "1")
	putItem(t, c, carts, "3")
	projected := getOf("3")
	projected.Get.ProjectionExpression, projected.Get.ExpressionAttributeNames = sdk.String("#o"), map[string]string{"#o": "owner"}
	out, err := c.TransactGetItems(ctx, &dynamodb.TransactGetItemsInput{
		TransactItems: []types.TransactGetItem{getOf("1"), getOf("2"), projected}, ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
	})
	if err != nil {
		t.Fatal(err)
	}
	var items []map[string]types.AttributeValue
	for _, response := range out.Responses {
		items = append(items, response.Item)
	}
	if diff := difference([]map[string]types.AttributeValue{item("1"), nil, attributes("owner", "ann")}, items); diff != "" {
		t.Errorf("the items (-want +got):\n%s", diff)
	}
	if len(out.ConsumedCapacity) != 1 || sdk.ToString(out.ConsumedCapacity[0].TableName) != carts || sdk.ToFloat64(out.ConsumedCapacity[0].ReadCapacityUnits) != 3 {
		t.Errorf("consumed %+v, want twice what three reads consume that are not consistent", out.ConsumedCapacity)
	}

	_, err = c.TransactGetItems(ctx, &dynamodb.TransactGetItemsInput{TransactItems: []types.TransactGetItem{getOf("1"), getOf("1")}})
	refused(t, "one item twice", err, "ValidationException", "Transaction request cannot include multiple operations on one item")
	_, body := ask(t, e, func(r *http.Request) { // as no SDK would
		r.Header.Set("X-Amz-Target", dynamoDBTarget+"TransactGetItems")
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(`{"TransactItems":[{}]}`)), 22
	})
	contains(t, "nothing", body, "#ValidationException", "at 'transactItems.1.member.get' failed to satisfy constraint: Member must not be null")
	long := getOf("1")
	long.Get.Key = attributes("id", "1", "owner", "ann")
	_, err = c.TransactGetItems(ctx, &dynamodb.TransactGetItemsInput{TransactItems: []types.TransactGetItem{getOf("1"), long}})
	refused(t, "more than the key", err, "TransactionCanceledException", "[None, ValidationError]")
}
