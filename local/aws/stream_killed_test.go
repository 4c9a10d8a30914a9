package aws

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
)

// Whenever dynalite is killed, what the stream tells from its beginning is what
// the table holds: each change is there with its record, or neither is.
func TestKillsLeaveAChangeWithItsRecordOrNeither(t *testing.T) {
	config, _ := read(t, streamed("NEW_AND_OLD_IMAGES"))
	e := start(t, config, t.TempDir(), &journal{})
	c := dynamoDBClient(e, "")
	one := map[string]types.AttributeValue{":one": &types.AttributeValueMemberN{Value: "1"}}
	add := func(id string) types.TransactWriteItem {
		return types.TransactWriteItem{Update: &types.Update{
			TableName: sdk.String(carts), Key: key(id), UpdateExpression: sdk.String("ADD n :one"), ExpressionAttributeValues: one,
		}}
	}
	var written atomic.Int64
	var writers sync.WaitGroup
	killed := make(chan struct{})
	for w := range 6 {
		writers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-killed:
					return
				default:
				}
				var err error
				id := strconv.Itoa((w + i) % 7)
				switch i % 4 { // failures are those of the kills
				case 0:
					_, err = c.TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{add(id), add("total")}})
				case 1:
					_, err = c.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: sdk.String(carts), Key: key(id)})
				default:
					_, err = c.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
						TableName: sdk.String(carts), Key: key(id), UpdateExpression: sdk.String("ADD n :one"), ExpressionAttributeValues: one,
					})
				}
				if err == nil {
					written.Add(1)
				}
			}
		})
	}
	for range maxRestarts - 1 {
		before := written.Load()
		wait(t, "writes", func() bool { return written.Load() > before+40 })
		killDynalite(t, e)
		wait(t, "dynalite to be there again", func() bool { return e.dynalite.endpoint() != "" })
	}
	close(killed)
	writers.Wait()

	replayed := map[string]string{}
	last := ""
	for _, r := range recordsAfter(t, e, "") {
		if r.SequenceNumber <= last {
			t.Fatalf("%s comes after %s", r.SequenceNumber, last)
		}
		last = r.SequenceNumber
		change := event(t, r).Change
		id := change.Keys["id"].String()
		if got, had := numberIn(change.OldImage), replayed[id]; got != had {
			t.Fatalf("%s was %q before %s, and the stream told %q", id, got, r.SequenceNumber, had)
		}
		if replayed[id] = numberIn(change.NewImage); replayed[id] == "" {
			delete(replayed, id)
		}
	}
	scanned, err := c.Scan(t.Context(), &dynamodb.ScanInput{TableName: sdk.String(carts)})
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]string{}
	for _, item := range scanned.Items {
		there[item["id"].(*types.AttributeValueMemberS).Value] = item["n"].(*types.AttributeValueMemberN).Value
	}
	if diff := cmp.Diff(there, replayed); diff != "" || len(there) == 0 {
		t.Errorf("the table against what the stream told: %s", diff)
	}
}

// numberIn is the attribute n of an image, or empty where there is none.
func numberIn(image map[string]events.DynamoDBAttributeValue) string {
	n, ok := image["n"]
	if !ok {
		return ""
	}
	return n.Number()
}
