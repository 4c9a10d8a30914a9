package aws

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// attributes makes an item of names and values: a string, or a number where
// the value is an int.
func attributes(pairs ...any) map[string]types.AttributeValue {
	item := map[string]types.AttributeValue{}
	for pair := range slices.Chunk(pairs, 2) {
		name := pair[0].(string)
		switch value := pair[1].(type) {
		case string:
			item[name] = text(value)
		case int:
			item[name] = &types.AttributeValueMemberN{Value: strconv.Itoa(value)}
		}
	}
	return item
}

func put(id string) types.TransactWriteItem {
	return types.TransactWriteItem{Put: &types.Put{TableName: sdk.String(carts), Item: item(id)}}
}

// putNew puts an item that must not be there.
func putNew(id string) types.TransactWriteItem {
	p := put(id)
	p.Put.ConditionExpression = sdk.String("attribute_not_exists(id)")
	return p
}

func remove(id string) types.TransactWriteItem {
	return types.TransactWriteItem{Delete: &types.Delete{TableName: sdk.String(carts), Key: attributes("id", id)}}
}

// add adds one to an item's number n.
func add(id string) types.TransactWriteItem {
	return types.TransactWriteItem{Update: &types.Update{
		TableName: sdk.String(carts), Key: attributes("id", id), UpdateExpression: sdk.String("ADD n :one"),
		ExpressionAttributeValues: attributes(":one", 1),
	}}
}

func check(id, condition string) types.TransactWriteItem {
	return types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{
		TableName: sdk.String(carts), Key: attributes("id", id), ConditionExpression: &condition,
	}}
}

func transact(t testing.TB, c *dynamodb.Client, operations ...types.TransactWriteItem) error {
	t.Helper()
	_, err := c.TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{TransactItems: operations})
	return err
}

// stored is all that is in the table, by id.
func stored(t testing.TB, e *Endpoint) map[string]map[string]types.AttributeValue {
	t.Helper()
	out, err := dynamoDBClient(e, "").Scan(t.Context(), &dynamodb.ScanInput{TableName: sdk.String(carts), ConsistentRead: sdk.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
	items := map[string]map[string]types.AttributeValue{}
	for _, item := range out.Items {
		items[item["id"].(*types.AttributeValueMemberS).Value] = item
	}
	return items
}

func difference(want, got any) string {
	return cmp.Diff(want, got, cmpopts.IgnoreUnexported(types.AttributeValueMemberS{}, types.AttributeValueMemberN{}, types.CancellationReason{}))
}

func TestATransactionIsMadeAsAWhole(t *testing.T) {
	config, _ := read(t, shop)
	e := start(t, config, t.TempDir(), nil)
	c := dynamoDBClient(e, "")
	for _, id := range []string{"replaced", "counted", "removed", "checked"} {
		putItem(t, c, carts, id)
	}
	replaced := put("replaced")
	replaced.Put.Item = attributes("id", "replaced", "owner", "bob")
	err := transact(t, c, putNew("new"), replaced, add("counted"), add("made"), remove("removed"), remove("never there"),
		check("checked", "attribute_exists(id)"), check("absent", "attribute_not_exists(id)"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]map[string]types.AttributeValue{
		"new":      item("new"),
		"replaced": attributes("id", "replaced", "owner", "bob"),
		"counted":  attributes("id", "counted", "owner", "ann", "n", 1),
		"made":     attributes("id", "made", "n", 1),
		"checked":  item("checked"),
	}
	if diff := difference(want, stored(t, e)); diff != "" {
		t.Errorf("the table (-want +got):\n%s", diff)
	}
	found, err := c.Query(t.Context(), &dynamodb.QueryInput{
		TableName: sdk.String(carts), IndexName: sdk.String("by-owner"), KeyConditionExpression: sdk.String("#o = :o"),
		ExpressionAttributeNames: map[string]string{"#o": "owner"}, ExpressionAttributeValues: attributes(":o", "bob"),
	})
	if err != nil || found.Count != 1 {
		t.Errorf("the index has %d items of bob, %v: want the one that was replaced", found.Count, err)
	}
}

// The reasons are those of every operation, in the request's order.
func TestATransactionThatFailsChangesNothingAndSaysWhy(t *testing.T) {
	config, _ := read(t, shop)
	e := start(t, config, t.TempDir(), nil)
	c := dynamoDBClient(e, "")
	putItem(t, c, carts, "there")
	before := stored(t, e)

	shown := putNew("there")
	shown.Put.ReturnValuesOnConditionCheckFailure = types.ReturnValuesOnConditionCheckFailureAllOld
	absent := check("absent", "attribute_exists(id)")
	absent.ConditionCheck.ReturnValuesOnConditionCheckFailure = types.ReturnValuesOnConditionCheckFailureAllOld
	dangling := add("there")
	dangling.Update.UpdateExpression, dangling.Update.ExpressionAttributeValues = sdk.String("SET a = b"), nil
	keyless := put("")
	keyless.Put.Item = attributes("owner", "ann")
	longKey := remove("there")
	longKey.Delete.Key = attributes("id", "there", "owner", "ann")

	none, failed := types.CancellationReason{Code: sdk.String("None")}, types.CancellationReason{
		Code: sdk.String("ConditionalCheckFailed"), Message: sdk.String("The conditional request failed"),
	}
	failedWith := failed
	failedWith.Item = item("there")
	invalid := func(message string) types.CancellationReason {
		return types.CancellationReason{Code: sdk.String("ValidationError"), Message: &message}
	}
	for name, test := range map[string]struct {
		operations []types.TransactWriteItem
		want       []types.CancellationReason
	}{
		"the last":           {[]types.TransactWriteItem{put("new"), add("other"), remove("absent"), putNew("there")}, []types.CancellationReason{none, none, none, failed}},
		"the first":          {[]types.TransactWriteItem{putNew("there"), put("new")}, []types.CancellationReason{failed, none}},
		"with its item":      {[]types.TransactWriteItem{put("new"), shown}, []types.CancellationReason{none, failedWith}},
		"no item to show":    {[]types.TransactWriteItem{put("new"), absent}, []types.CancellationReason{none, failed}},
		"several":            {[]types.TransactWriteItem{shown, put("new"), absent}, []types.CancellationReason{failedWith, none, failed}},
		"a removal with it":  {[]types.TransactWriteItem{remove("there"), absent}, []types.CancellationReason{none, failed}},
		"an attribute short": {[]types.TransactWriteItem{put("new"), dangling}, []types.CancellationReason{none, invalid("The provided expression refers to an attribute that does not exist in the item")}},
		"no key":             {[]types.TransactWriteItem{put("new"), keyless}, []types.CancellationReason{none, invalid("One or more parameter values were invalid: Missing the key id in the item")}},
		"more than the key":  {[]types.TransactWriteItem{longKey, absent}, []types.CancellationReason{invalid("The provided key element does not match the schema"), failed}},
		"a check among them": {[]types.TransactWriteItem{check("there", "attribute_not_exists(id)"), put("new")}, []types.CancellationReason{failed, none}},
	} {
		t.Run(name, func(t *testing.T) {
			cancelled, ok := errors.AsType[*types.TransactionCanceledException](transact(t, c, test.operations...))
			if !ok {
				t.Fatal("the transaction was made")
			}
			if diff := difference(test.want, cancelled.CancellationReasons); diff != "" {
				t.Errorf("reasons (-want +got):\n%s", diff)
			}
			var codes []string
			for _, reason := range test.want {
				codes = append(codes, *reason.Code)
			}
			if want := "Transaction cancelled, please refer cancellation reasons for specific reasons [" + strings.Join(codes, ", ") + "]"; cancelled.ErrorMessage() != want {
				t.Errorf("message %q, want %q", cancelled.ErrorMessage(), want)
			}
			if diff := difference(before, stored(t, e)); diff != "" {
				t.Errorf("the table (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTransactionsThatMakeNoSenseAreRefused(t *testing.T) {
	config, _ := read(t, shop)
	e := start(t, config, t.TempDir(), nil)
	c := dynamoDBClient(e, "")
	var tooMany, tooLarge []types.TransactWriteItem
	for i := range 101 {
		tooMany = append(tooMany, put(fmt.Sprint(i)))
	}
	for i := range 11 {
		large := put(fmt.Sprint(i))
		large.Put.Item["text"] = text(strings.Repeat("x", 400_000))
		tooLarge = append(tooLarge, large)
	}
	two := put("1")
	two.Delete = remove("2").Delete
	elsewhere := put("1")
	elsewhere.Put.TableName = sdk.String("nowhere")
	malformed := putNew("1")
	malformed.Put.ConditionExpression = sdk.String("id =")
	unused := put("1")
	unused.Put.ConditionExpression, unused.Put.ExpressionAttributeValues = sdk.String("attribute_exists(id)"), attributes(":x", 1)
	const constraint = " at 'transactItems' failed to satisfy constraint: Member must have length "
	for name, test := range map[string]struct {
		operations []types.TransactWriteItem
		token      *string
		code, want string
	}{
		"none":                {[]types.TransactWriteItem{}, nil, "ValidationException", "1 validation error detected: Value '[]'" + constraint + "greater than or equal to 1"},
		"more than 100":       {tooMany, nil, "ValidationException", constraint + "less than or equal to 100"},
		"more than 4 MB":      {tooLarge, nil, "ValidationException", "cannot exceed 4 MB"},
		"one item twice":      {[]types.TransactWriteItem{put("1"), check("1", "attribute_exists(id)")}, nil, "ValidationException", "Transaction request cannot include multiple operations on one item"},
		"two in one":          {[]types.TransactWriteItem{two}, nil, "ValidationException", "TransactItems can only contain one of Check, Put, Update or Delete"},
		"nothing in one":      {[]types.TransactWriteItem{put("1"), {}}, nil, "ValidationException", "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request"},
		"another table":       {[]types.TransactWriteItem{elsewhere}, nil, "ResourceNotFoundException", "Requested resource not found"},
		"no expression":       {[]types.TransactWriteItem{malformed}, nil, "ValidationException", "Invalid ConditionExpression: Syntax error"},
		"a value that is not": {[]types.TransactWriteItem{unused}, nil, "ValidationException", "unused in expressions: keys: {:x}"},
		"a long token":        {[]types.TransactWriteItem{put("1")}, sdk.String(strings.Repeat("x", 37)), "ValidationException", "at 'clientRequestToken' failed to satisfy constraint: Member must have length less than or equal to 36"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{TransactItems: test.operations, ClientRequestToken: test.token})
			refused(t, "the transaction", err, test.code, test.want)
		})
	}
	if left := stored(t, e); len(left) > 0 {
		t.Errorf("the table has %d items, want none", len(left))
	}
	if err := transact(t, c, tooMany[:100]...); err != nil {
		t.Errorf("100 items: %v", err)
	}
	if err := transact(t, c, tooLarge[:10]...); err != nil {
		t.Errorf("4 MB: %v", err)
	}
}

func TestATransactionNeedsThePermissionsOfItsOperations(t *testing.T) {
	config, _ := read(t, shop)
	e := start(t, config, t.TempDir(), nil)
	c := dynamoDBClient(e, cartRole) // may put, update and get
	if err := transact(t, c, put("1"), add("2")); err != nil {
		t.Errorf("what the role may: %v", err)
	}
	refused(t, "a removal", transact(t, c, put("3"), remove("1")), "AccessDeniedException", "dynamodb:DeleteItem on resource: "+cartsARN+" ")
	refused(t, "a check", transact(t, c, put("3"), check("1", "attribute_exists(id)")), "AccessDeniedException", "dynamodb:ConditionCheckItem")
	_, err := dynamoDBClient(e, searchRole).TransactGetItems(t.Context(), &dynamodb.TransactGetItemsInput{TransactItems: []types.TransactGetItem{getOf("1")}})
	refused(t, "another function's read", err, "AccessDeniedException", "dynamodb:GetItem")
	if hasItem(t, e, "3") {
		t.Error("a transaction that was denied has put an item")
	}

	// As everywhere, a table may be named by its ARN.
	byARN := put("4")
	byARN.Put.TableName = sdk.String(cartsARN)
	if err := transact(t, c, byARN); err != nil || !hasItem(t, e, "4") {
		t.Errorf("a table by its ARN: %v", err)
	}
}
