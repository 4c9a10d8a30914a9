package aws

import (
	"context"
	"strings"
	"testing"
)

func TestAnotherDynamoDBsStreamsAreReadByItsAPI(t *testing.T) {
	// An endpoint that knows nothing of the templates, in place of another
	// DynamoDB: it has ARNs of its own.
	other := start(t, Config{}, t.TempDir(), nil)
	config, _ := read(t, streamed("NEW_IMAGE"))
	o := options(t, t.TempDir(), nil)
	o.DynamoDB = other.URL()
	e, err := Start(t.Context(), config, o)
	if err != nil {
		t.Fatal(err)
	}
	defer stop(t, e)
	c := dynamoDBClient(e, "")
	if end, err := e.StreamEnd(t.Context(), cartsStream); end != "" || err != nil {
		t.Errorf("the end of an empty stream is %q, %v", end, err)
	}
	putItem(t, c, carts, "a")
	if err := other.dynamoDB.call(t.Context(), "ExpireItem", region, map[string]any{"TableName": carts, "Key": map[string]any{"id": map[string]string{"S": "a"}}}, nil); err != nil {
		t.Fatal(err)
	}
	records := recordsAfter(t, e, "")
	got := event(t, records[0])
	if got.EventSourceArn != cartsStream || got.AWSRegion != region || got.EventName != "INSERT" || records[0].Key != `{"id":{"S":"a"}}` || records[0].Shard != shardID || records[0].Created.IsZero() {
		t.Errorf("the record is %+v of %s at %v", got, records[0].Key, records[0].Created)
	}
	if by := event(t, records[1]).UserIdentity; by == nil || by.PrincipalID != "dynamodb.amazonaws.com" {
		t.Errorf("deleted by %+v", by)
	}
	end, err := e.StreamEnd(t.Context(), cartsStream)
	if err != nil || len(records) != 2 || end != records[1].SequenceNumber {
		t.Errorf("the end is %q, %v after %v", end, err, told(t, records))
	}
	if got := told(t, awaited(t, e, end, "b")); len(got) != 1 || !strings.Contains(got[0], `INSERT {"id":{"S":"b"}}`) {
		t.Errorf("awaited %v", got)
	}
	short, cancel := context.WithTimeout(t.Context(), 2*streamPause)
	defer cancel()
	if records, err := e.StreamRecords(short, cartsStream, recordsAfter(t, e, end)[0].SequenceNumber, 1); err != nil || len(records) > 0 {
		t.Errorf("%v, %v, want nothing", records, err)
	}

	next, _ := read(t, streamed("KEYS_ONLY"))
	if _, err := e.Update(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	putItem(t, c, carts, "c")
	all := recordsAfter(t, e, end)
	if got := told(t, all[len(all)-1:])[0]; got != `INSERT {"id":{"S":"c"}}  >` {
		t.Errorf("with another view type: %s", got)
	}
}
