package aws

import (
	"strconv"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func TestExpiredItemsAreDeletedBySweeps(t *testing.T) {
	config, notices := read(t, shop)
	if len(notices) > 0 {
		t.Errorf("notices %v", notices)
	}
	e := start(t, config, t.TempDir(), nil)
	c, table := dynamoDBClient(e, ""), config.Tables[0]
	now := time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC) // so that the endpoint's own sweeps find nothing
	seconds := func(d time.Duration) types.AttributeValue {
		return &types.AttributeValueMemberN{Value: strconv.FormatInt(now.Add(d).Unix(), 10)}
	}
	kept := map[string]bool{}
	put := func(id string, keep bool, expires types.AttributeValue) {
		t.Helper()
		item := map[string]types.AttributeValue{"id": text(id)}
		if expires != nil {
			item["expires"] = expires
		}
		if _, err := c.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: sdk.String(carts), Item: item}); err != nil {
			t.Fatal(err)
		}
		kept[id] = keep
	}
	put("of a second ago", false, seconds(-time.Second))
	put("of a year ago", false, seconds(-365*24*time.Hour))
	put("of this second", true, seconds(0))
	put("of tomorrow", true, seconds(24*time.Hour))
	put("with no time", true, nil)
	put("with a time in a string", true, text("1"))
	// What expired more than five years ago has not expired at AWS.
	put("of six years ago", true, seconds(-6*365*24*time.Hour))
	for n := range 40 { // more than one page of a scan, with what is beside it
		put("with much in it "+strconv.Itoa(n), false, seconds(-time.Minute))
		_, err := c.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
			TableName: sdk.String(carts), Key: map[string]types.AttributeValue{"id": text("with much in it " + strconv.Itoa(n))},
			UpdateExpression: sdk.String("SET much = :m"), ExpressionAttributeValues: map[string]types.AttributeValue{":m": text(strings.Repeat("x", 40_000))},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	there := func(id string) bool {
		t.Helper()
		got, err := c.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: sdk.String(carts), Key: map[string]types.AttributeValue{"id": text(id)}})
		if err != nil {
			t.Fatal(err)
		}
		return got.Item != nil
	}
	if !there("of a second ago") {
		t.Error("an expired item is hidden before it is deleted")
	}
	deleted, err := e.dynamoDB.sweep(t.Context(), table, now)
	if err != nil || deleted != 42 {
		t.Errorf("deleted %d, %v, want 42", deleted, err)
	}
	for id, keep := range kept {
		if there(id) != keep {
			t.Errorf("the item %s: there %v, want %v", id, !keep, keep)
		}
	}
}

func TestTheEndpointSweepsByItself(t *testing.T) {
	config, _ := read(t, shop)
	data, logs := t.TempDir(), &journal{}
	e := start(t, config, data, nil)
	_, err := dynamoDBClient(e, "").PutItem(t.Context(), &dynamodb.PutItemInput{TableName: sdk.String(carts), Item: map[string]types.AttributeValue{
		"id": text("1"), "expires": &types.AttributeValueMemberN{Value: strconv.FormatInt(time.Now().Add(-time.Hour).Unix(), 10)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	stop(t, e)
	start(t, config, data, logs) // the first sweep is at the start
	const said = "time to live: deleted 1 of the items of shop-Carts whose expires is past"
	for limit := time.Now().Add(20 * time.Second); !strings.Contains(logs.String(), said); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("the log does not say %q: %s", said, logs.String())
		}
	}
}

func TestTheTimeToLiveIsTheTemplates(t *testing.T) {
	config, _ := read(t, shop)
	e := start(t, config, t.TempDir(), nil)
	for _, c := range []struct {
		what      string
		table     string
		attribute string
		enabled   bool
		want      []string
	}{
		{"as it is", carts, "expires", true, []string{"ValidationException", "TimeToLive is already enabled"}},
		{"another attribute", carts, "ends", true, []string{"ValidationException", "change TimeToLiveSpecification of shop/Carts"}},
		{"none", carts, "expires", false, []string{"ValidationException", "change TimeToLiveSpecification of shop/Carts"}},
		{"of another table", "mine", "expires", true, []string{"UnknownOperationException", "UpdateTimeToLive is not available locally"}},
	} {
		_, err := dynamoDBClient(e, "").UpdateTimeToLive(t.Context(), &dynamodb.UpdateTimeToLiveInput{
			TableName:               sdk.String(c.table),
			TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: sdk.String(c.attribute), Enabled: sdk.Bool(c.enabled)},
		})
		if err == nil {
			t.Errorf("%s: it was changed", c.what)
			continue
		}
		contains(t, c.what, err.Error(), c.want...)
	}
}

func TestAnotherDynamoDBIsToldOfTheTimeToLive(t *testing.T) {
	config, _ := read(t, shop)
	// dynalite, which has none, behind one endpoint in place of another DynamoDB.
	other := start(t, Config{}, t.TempDir(), nil)
	logs := &journal{}
	o := options(t, t.TempDir(), logs)
	o.DynamoDB = other.dynamoDB.url()
	e, err := Start(t.Context(), config, o)
	if err != nil {
		t.Fatal(err)
	}
	defer stop(t, e)
	contains(t, "the log", logs.String(), "shop/Carts", "expired items stay in the table shop-Carts: UnknownOperationException")
}
