package aws

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
)

const cartsStream = cartsARN + "/stream/2026-01-01T00:00:00.000"

// streamed is the shop with a stream of its carts.
func streamed(view string) string {
	return strings.Replace(shop, `"BillingMode"`, `"StreamSpecification": {"StreamViewType": "`+view+`"}, "BillingMode"`, 1)
}

// startStreamed starts the shop with a stream of everything.
func startStreamed(t testing.TB) *Endpoint {
	t.Helper()
	config, notices := read(t, streamed("NEW_AND_OLD_IMAGES"))
	if len(notices) > 0 {
		t.Errorf("notices %v", notices)
	}
	return start(t, config, t.TempDir(), nil)
}

// recordsAfter reads what there is of the carts' stream, of which there has to
// be something.
func recordsAfter(t testing.TB, e *Endpoint, after string) []StreamRecord {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	records, err := e.StreamRecords(ctx, cartsStream, after, 10_000)
	if err != nil || len(records) == 0 {
		t.Fatalf("the stream has %d records, %v", len(records), err)
	}
	return records
}

// awaited reads the carts' stream before a cart is put.
func awaited(t testing.TB, e *Endpoint, after, id string) []StreamRecord {
	t.Helper()
	var writer sync.WaitGroup
	defer writer.Wait()
	writer.Go(func() {
		time.Sleep(20 * time.Millisecond) // most likely somebody waits by then
		if _, err := dynamoDBClient(e, "").PutItem(t.Context(), &dynamodb.PutItemInput{TableName: sdk.String(carts), Item: item(id)}); err != nil {
			t.Error(err)
		}
	})
	return recordsAfter(t, e, after)
}

// event is a record as aws-lambda-go gives it to a handler.
func event(t testing.TB, r StreamRecord) events.DynamoDBEventRecord {
	t.Helper()
	var out events.DynamoDBEventRecord
	if err := json.Unmarshal(r.JSON, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// told is what the records say happened: the name of each with its images, whose
// members are sorted.
func told(t testing.TB, records []StreamRecord) []string {
	t.Helper()
	var list []string
	for _, r := range records {
		var in struct {
			EventName string
			Dynamodb  struct{ Keys, OldImage, NewImage map[string]any }
		}
		if err := json.Unmarshal(r.JSON, &in); err != nil {
			t.Fatal(err)
		}
		image := func(item map[string]any) string {
			if item == nil {
				return ""
			}
			return string(encoded(item))
		}
		list = append(list, strings.TrimSpace(fmt.Sprintf("%s %s %s > %s", in.EventName, image(in.Dynamodb.Keys), image(in.Dynamodb.OldImage), image(in.Dynamodb.NewImage))))
	}
	return list
}

func update(t testing.TB, c *dynamodb.Client, id, expression string, values map[string]types.AttributeValue) {
	t.Helper()
	_, err := c.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
		TableName: sdk.String(carts), Key: key(id), UpdateExpression: &expression, ExpressionAttributeValues: values,
	})
	if err != nil {
		t.Fatal(err)
	}
}

func key(id string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"id": text(id)}
}

func deleteItem(t testing.TB, c *dynamodb.Client, id string) {
	t.Helper()
	if _, err := c.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: sdk.String(carts), Key: key(id)}); err != nil {
		t.Fatal(err)
	}
}

// The numbers are those of AWS's own example ("Using AWS Lambda with Amazon
// DynamoDB"), whose records have 26, 59 and 38 bytes.
func TestRecordsAreThoseOfLambdasEvent(t *testing.T) {
	config, _ := read(t, `"Items": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "ExampleTableWithStream",
		"AttributeDefinitions": [{"AttributeName": "Id", "AttributeType": "N"}], "KeySchema": [{"AttributeName": "Id", "KeyType": "HASH"}],
		"StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"}}}`)
	e := start(t, config, t.TempDir(), nil)
	c, table := dynamoDBClient(e, ""), sdk.String("ExampleTableWithStream")
	id := map[string]types.AttributeValue{"Id": &types.AttributeValueMemberN{Value: "101"}}
	before := time.Now().Add(-time.Second)
	for _, message := range []string{"New item!", "This item has changed"} {
		item := map[string]types.AttributeValue{"Id": id["Id"], "Message": text(message)}
		if _, err := c.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: table, Item: item}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: table, Key: id}); err != nil {
		t.Fatal(err)
	}
	arn := config.Tables[0].StreamARN
	records, err := e.StreamRecords(t.Context(), arn, "", 10)
	if err != nil || len(records) != 3 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	wantImages := [][2]string{{"", "New item!"}, {"New item!", "This item has changed"}, {"This item has changed", ""}}
	seen := map[string]bool{}
	for i, r := range records {
		got := event(t, r)
		want := events.DynamoDBEventRecord{
			AWSRegion: region, EventID: got.EventID, EventName: []string{"INSERT", "MODIFY", "REMOVE"}[i], EventSource: "aws:dynamodb",
			EventVersion: "1.1", EventSourceArn: arn, Change: events.DynamoDBStreamRecord{
				ApproximateCreationDateTime: got.Change.ApproximateCreationDateTime, SequenceNumber: r.SequenceNumber,
				Keys:      map[string]events.DynamoDBAttributeValue{"Id": events.NewNumberAttribute("101")},
				SizeBytes: []int64{26, 59, 38}[i], StreamViewType: "NEW_AND_OLD_IMAGES",
			},
		}
		image := func(message string) map[string]events.DynamoDBAttributeValue {
			if message == "" {
				return nil
			}
			return map[string]events.DynamoDBAttributeValue{"Id": events.NewNumberAttribute("101"), "Message": events.NewStringAttribute(message)}
		}
		want.Change.OldImage, want.Change.NewImage = image(wantImages[i][0]), image(wantImages[i][1])
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b events.DynamoDBAttributeValue) bool {
			x, _ := json.Marshal(a)
			y, _ := json.Marshal(b)
			return string(x) == string(y)
		})); diff != "" {
			t.Error(diff)
		}
		if at := got.Change.ApproximateCreationDateTime.Time; at.Before(before) || at.After(time.Now()) || r.Created.Before(at) {
			t.Errorf("created at %v and %v", at, r.Created)
		}
		if len(got.EventID) != 32 || seen[got.EventID] || len(r.SequenceNumber) < 21 {
			t.Errorf("event %q with number %q", got.EventID, r.SequenceNumber)
		}
		seen[got.EventID] = true
	}
}

func TestEveryKindOfWriteIsTold(t *testing.T) {
	e := startStreamed(t)
	c := dynamoDBClient(e, "")
	n := func(value string) map[string]types.AttributeValue {
		return map[string]types.AttributeValue{":n": &types.AttributeValueMemberN{Value: value}}
	}
	put := func(id string) { putItem(t, c, carts, id) }
	batch := func(requests ...types.WriteRequest) {
		t.Helper()
		if _, err := c.BatchWriteItem(t.Context(), &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{carts: requests}}); err != nil {
			t.Fatal(err)
		}
	}
	const a, owner = `{"id":{"S":"a"}}`, `"owner":{"S":"ann"}`
	full := func(id, more string) string { return `{"id":{"S":"` + id + `"},` + owner + more + `}` }
	after := ""
	for _, s := range []struct {
		what string
		do   func()
		want []string
	}{
		{"a put", func() { put("a") }, []string{"INSERT " + a + "  > " + full("a", "")}},
		{"an update", func() { update(t, c, "a", "SET z = :n", n("1")) }, []string{"MODIFY " + a + " " + full("a", "") + " > " + full("a", `,"z":{"N":"1"}`)}},
		{"a put over it", func() { put("a") }, []string{"MODIFY " + a + " " + full("a", `,"z":{"N":"1"}`) + " > " + full("a", "")}},
		{"an update of what is not there", func() { update(t, c, "b", "SET z = :n", n("1")) }, []string{`INSERT {"id":{"S":"b"}}  > {"id":{"S":"b"},"z":{"N":"1"}}`}},
		{"a delete", func() { deleteItem(t, c, "b") }, []string{`REMOVE {"id":{"S":"b"}} {"id":{"S":"b"},"z":{"N":"1"}} >`}},
		{"a batch", func() {
			batch(types.WriteRequest{PutRequest: &types.PutRequest{Item: item("c")}})
			batch(types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: key("c")}})
		}, []string{`INSERT {"id":{"S":"c"}}  > ` + full("c", ""), `REMOVE {"id":{"S":"c"}} ` + full("c", "") + " >"}},
		{"a transaction", func() {
			_, err := c.TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
				{Put: &types.Put{TableName: sdk.String(carts), Item: item("d")}},
				{Update: &types.Update{TableName: sdk.String(carts), Key: key("a"), UpdateExpression: sdk.String("SET z = :n"), ExpressionAttributeValues: n("2")}},
				{ConditionCheck: &types.ConditionCheck{TableName: sdk.String(carts), Key: key("e"), ConditionExpression: sdk.String("attribute_not_exists(id)")}},
			}})
			if err != nil {
				t.Fatal(err)
			}
		}, []string{`INSERT {"id":{"S":"d"}}  > ` + full("d", ""), "MODIFY " + a + " " + full("a", "") + " > " + full("a", `,"z":{"N":"2"}`)}},
	} {
		s.do()
		records := recordsAfter(t, e, after)
		if diff := cmp.Diff(s.want, told(t, records)); diff != "" {
			t.Errorf("%s: %s", s.what, diff)
		}
		after = records[len(records)-1].SequenceNumber
	}
}

func TestSizesAreThoseInUTF8(t *testing.T) {
	e := startStreamed(t)
	update(t, dynamoDBClient(e, ""), "é", "SET n = :n", map[string]types.AttributeValue{":n": text("€ \"\n")})
	// The key twice, with a name and a text of two bytes each, and n with six.
	if got := event(t, recordsAfter(t, e, "")[0]).Change.SizeBytes; got != 4+4+7 {
		t.Errorf("%d bytes, want 15", got)
	}
}

// AWS: "If you perform a PutItem or UpdateItem operation that does not change
// any data in an item, DynamoDB Streams does not write a stream record."
func TestAWriteThatChangesNothingIsNotTold(t *testing.T) {
	e := startStreamed(t)
	c := dynamoDBClient(e, "")
	set := func(members ...string) map[string]types.AttributeValue {
		return map[string]types.AttributeValue{":s": &types.AttributeValueMemberSS{Value: members}, ":n": &types.AttributeValueMemberN{Value: "1.0"}}
	}
	update(t, c, "a", "SET s = :s, n = :n", set("x", "y"))
	records := recordsAfter(t, e, "")
	end, err := e.StreamEnd(t.Context(), cartsStream)
	if err != nil || end != records[0].SequenceNumber {
		t.Errorf("the end is %q, %v, want %s", end, err, records[0].SequenceNumber)
	}

	update(t, c, "a", "SET s = :s, n = :n", set("y", "x"))
	deleteItem(t, c, "of what is not there")
	_, err = c.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: sdk.String(carts), Item: item("a"), ConditionExpression: sdk.String("attribute_not_exists(id)")})
	refused(t, "a put on condition", err, "ConditionalCheckFailedException")
	if err := transact(t, c, put("b"), types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{
		TableName: sdk.String(carts), Key: key("a"), ConditionExpression: sdk.String("attribute_not_exists(id)"),
	}}); err == nil {
		t.Error("a transaction whose condition fails was made")
	}
	putItem(t, c, carts, "the next")
	if got := told(t, recordsAfter(t, e, end)); len(got) != 1 || !strings.Contains(got[0], "the next") {
		t.Errorf("what changed nothing is told: %v", got)
	}
}

func TestImagesAreThoseOfTheViewType(t *testing.T) {
	data := t.TempDir()
	for _, c := range []struct{ view, want string }{
		{"KEYS_ONLY", `MODIFY {"id":{"S":"a"}}  >`},
		{"OLD_IMAGE", `MODIFY {"id":{"S":"a"}} {"id":{"S":"a"},"n":{"S":"KEYS_ONLY"}} >`},
		{"NEW_IMAGE", `MODIFY {"id":{"S":"a"}}  > {"id":{"S":"a"},"n":{"S":"NEW_IMAGE"}}`},
		{"NEW_AND_OLD_IMAGES", `MODIFY {"id":{"S":"a"}} {"id":{"S":"a"},"n":{"S":"NEW_IMAGE"}} > {"id":{"S":"a"},"n":{"S":"NEW_AND_OLD_IMAGES"}}`},
	} {
		config, _ := read(t, streamed(c.view)) // on the same data: each is a change of the view type
		e := start(t, config, data, nil)
		client := dynamoDBClient(e, "")
		update(t, client, "a", "SET n = :n", map[string]types.AttributeValue{":n": text(c.view)})
		records := recordsAfter(t, e, "")
		got := told(t, records[len(records)-1:])[0]
		if c.view == "KEYS_ONLY" {
			got = strings.Replace(got, "INSERT", "MODIFY", 1) // the first of all
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.view, got, c.want)
		}
		described, err := client.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: sdk.String(carts)})
		if err != nil {
			t.Fatal(err)
		}
		if s := described.Table; string(s.StreamSpecification.StreamViewType) != c.view || sdk.ToString(s.LatestStreamArn) != cartsStream {
			t.Errorf("%s: the table says %v, %s", c.view, s.StreamSpecification, sdk.ToString(s.LatestStreamArn))
		}
		stop(t, e)
	}
}

// What is written into a table without a stream goes the way that dynalite has
// for it, and costs what it did.
