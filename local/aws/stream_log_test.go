package aws

import (
	"context"
	"os/exec"
	"path/filepath"
	"strconv"
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

func TestATableMayGetAStreamLaterAndLoseIt(t *testing.T) {
	without, _ := read(t, shop)
	with, _ := read(t, streamed("NEW_IMAGE"))
	e := start(t, without, t.TempDir(), nil)
	c := dynamoDBClient(e, "")
	if _, err := e.StreamRecords(t.Context(), cartsStream, "", 1); err == nil || !strings.Contains(err.Error(), "shop/Carts (AWS::DynamoDB::GlobalTable) has no stream") {
		t.Errorf("records of no stream: %v", err)
	}
	putItem(t, c, carts, "before")
	for _, config := range []Config{with, without, with} {
		if _, err := e.Update(t.Context(), config); err != nil {
			t.Fatal(err)
		}
		putItem(t, c, carts, "written with "+config.Tables[0].StreamViewType)
		deleteItem(t, c, "written with "+config.Tables[0].StreamViewType)
	}
	got := strings.Join(told(t, recordsAfter(t, e, "")), "\n")
	if strings.Count(got, "written with NEW_IMAGE") != 6 || strings.Contains(got, "before") || strings.Contains(got, `written with "`) {
		t.Errorf("the stream has\n%s", got)
	}
}

func TestRecordsOfOneKeyAreInOrder(t *testing.T) {
	e := startStreamed(t)
	c := dynamoDBClient(e, "")
	const writers, writes = 8, 25
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range writes {
				id := strconv.Itoa((w + i) % 3)
				if w == 0 && i%5 == 0 { // a transaction now and then
					_, err := c.TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{{Update: &types.Update{
						TableName: sdk.String(carts), Key: key(id), UpdateExpression: sdk.String("ADD n :one"),
						ExpressionAttributeValues: map[string]types.AttributeValue{":one": &types.AttributeValueMemberN{Value: "1"}},
					}}}})
					if err != nil {
						t.Error(err)
					}
					continue
				}
				update(t, c, id, "ADD n :one", map[string]types.AttributeValue{":one": &types.AttributeValueMemberN{Value: "1"}})
			}
		})
	}
	// A reader that goes along misses nothing and sees nothing twice.
	last, n, after := map[string]int{}, 0, ""
	for n < writers*writes {
		for _, r := range recordsAfter(t, e, after) {
			if r.SequenceNumber <= after {
				t.Fatalf("%s comes after %s", r.SequenceNumber, after)
			}
			after = r.SequenceNumber
			count, err := event(t, r).Change.NewImage["n"].Integer()
			if err != nil || int(count) != last[r.Key]+1 {
				t.Fatalf("the key %s has %d, %v after %d", r.Key, count, err, last[r.Key])
			}
			last[r.Key] = int(count)
			n++
		}
	}
	all.Wait()
	if len(last) != 3 {
		t.Errorf("the keys are %v, want three", last)
	}
}

func TestAReaderWaitsForARecord(t *testing.T) {
	e := startStreamed(t)
	end, err := e.StreamEnd(t.Context(), cartsStream)
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if records, err := e.StreamRecords(short, cartsStream, end, 1); err != nil || len(records) > 0 {
		t.Errorf("%v, %v, want nothing", records, err)
	}
	if got := told(t, awaited(t, e, end, "awaited")); !strings.Contains(got[0], "awaited") {
		t.Errorf("got %v", got)
	}
	records, err := e.StreamRecords(t.Context(), cartsStream, "", 1)
	if err != nil || len(records) != 1 {
		t.Errorf("%d records, %v, want as many as asked for", len(records), err)
	}
}

func TestAReaderThatWaitsHoldsUpNoEnd(t *testing.T) {
	config, _ := read(t, streamed("NEW_IMAGE"))
	data := t.TempDir()
	e := start(t, config, data, nil)
	ended := make(chan error, 2)
	for range cap(ended) {
		go func() {
			_, err := e.StreamRecords(t.Context(), cartsStream, "", 1)
			ended <- err
		}()
	}
	time.Sleep(20 * time.Millisecond) // most likely both wait by then
	killDynalite(t, e)
	for range cap(ended) {
		if err := <-ended; err == nil {
			t.Error("a reader got records of nothing from a dynalite that was killed")
		}
	}
	wait(t, "dynalite to be there again", func() bool { return e.dynalite.endpoint() != "" })
	go func() {
		_, err := e.StreamRecords(t.Context(), cartsStream, "", 1)
		ended <- err
	}()
	time.Sleep(20 * time.Millisecond)
	began := time.Now()
	stop(t, e)
	if took := time.Since(began); took > stopTimeout {
		t.Errorf("Close took %v with a reader, want less than %v", took, stopTimeout)
	}
	if err := <-ended; err == nil {
		t.Error("a reader got records of nothing from an endpoint that was closed")
	}
}

func TestExpiredItemsAreToldAsTheServicesDeletions(t *testing.T) {
	config, _ := read(t, streamed("NEW_AND_OLD_IMAGES"))
	e := start(t, config, t.TempDir(), nil)
	now := time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC) // so that the endpoint's own sweeps find nothing
	c := dynamoDBClient(e, "")
	update(t, c, "a", "SET expires = :n", map[string]types.AttributeValue{":n": &types.AttributeValueMemberN{Value: strconv.FormatInt(now.Unix()-1, 10)}})
	if n, err := e.dynamoDB.sweep(t.Context(), config.Tables[0], now); n != 1 || err != nil {
		t.Fatalf("deleted %d, %v", n, err)
	}
	putItem(t, c, carts, "b")
	deleteItem(t, c, "b")
	records := recordsAfter(t, e, "")
	who := func(i int) any { return event(t, records[i]).UserIdentity }
	if diff := cmp.Diff(&events.DynamoDBUserIdentity{Type: "Service", PrincipalID: "dynamodb.amazonaws.com"}, who(1)); diff != "" || len(records) != 4 {
		t.Errorf("of %d, the expiry says %s", len(records), diff)
	}
	for _, i := range []int{0, 2, 3} {
		if diff := cmp.Diff((*events.DynamoDBUserIdentity)(nil), who(i)); diff != "" {
			t.Errorf("%s says %s", told(t, records)[i], diff)
		}
	}
}

func TestStreamsKeepADayAndGoOnAfterARestart(t *testing.T) {
	config, _ := read(t, streamed("NEW_IMAGE"))
	data := t.TempDir()
	e := start(t, config, data, nil)
	putItem(t, dynamoDBClient(e, ""), carts, "a")
	first := recordsAfter(t, e, "")
	stop(t, e)

	e = start(t, config, data, nil)
	if diff := cmp.Diff(first, recordsAfter(t, e, "")); diff != "" {
		t.Errorf("after a restart: %s", diff)
	}
	if err := e.dynamoDB.trimStreams(t.Context(), first[0].Created.Add(streamRetention-time.Second)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, recordsAfter(t, e, "")); diff != "" {
		t.Errorf("within a day: %s", diff)
	}
	if err := e.dynamoDB.trimStreams(t.Context(), time.Now().Add(streamRetention+time.Second)); err != nil {
		t.Fatal(err)
	}
	stop(t, e)

	e = start(t, config, data, nil)
	putItem(t, dynamoDBClient(e, ""), carts, "b")
	next := recordsAfter(t, e, "")
	if len(next) != 1 || next[0].SequenceNumber <= first[0].SequenceNumber {
		t.Errorf("after all are gone and a restart: %v, want one after %s", next, first[0].SequenceNumber)
	}
}

func TestATableWithoutAStreamIsWrittenByDynaliteAlone(t *testing.T) {
	const script = `
const [, module] = process.argv
const store = require(module + '/db').create({ createTableMs: 0 })
const own = store.getItemDb('items')
const spec = { TableName: 'items', KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }], AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }] }
streams(module, store).then(async ({ operations }) => {
  await operations.CreateTable({ ...spec, BillingMode: 'PAY_PER_REQUEST' })
  const without = store.getItemDb('items') === own
  while ((await called((done) => store.getTable('items', false, done))).TableStatus !== 'ACTIVE') await new Promise(setImmediate)
  await operations.UpdateTable({ TableName: 'items', StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' } })
  console.log(without, store.getItemDb('items') === own)
})`
	o := options(t, t.TempDir(), nil)
	module, err := filepath.Abs(o.Dynalite)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), o.Node, "-e", transactionsScript+streamsScript+script, module).CombinedOutput()
	if err != nil || string(out) != "true false\n" {
		t.Errorf("%s, %v: want dynalite's own database, and with a stream another", out, err)
	}
}
