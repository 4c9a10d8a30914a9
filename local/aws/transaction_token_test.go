package aws

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// preload lets Node run a script before dynalite's.
func preload(t *testing.T, o *Options, script string) {
	t.Helper()
	dir := t.TempDir()
	node, file := filepath.Join(dir, "node"), filepath.Join(dir, "script.js")
	for name, content := range map[string]string{
		file: script,
		node: fmt.Sprintf("#!/bin/sh\nexec %q --require %q \"$@\"\n", o.Node, file),
	} {
		if err := os.WriteFile(name, []byte(content), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	o.Node = node
}

// setFast sets a clock that is fast by what the file says, in milliseconds.
func setFast(t *testing.T, file string, by time.Duration) {
	t.Helper()
	if err := os.WriteFile(file, []byte(fmt.Sprint(by.Milliseconds())), 0o600); err != nil {
		t.Fatal(err)
	}
}

func number(t *testing.T, e *Endpoint, id string) string {
	t.Helper()
	n, ok := stored(t, e)[id]["n"].(*types.AttributeValueMemberN)
	if !ok {
		return "none"
	}
	return n.Value
}

func TestATransactionWithATokenIsMadeOnce(t *testing.T) {
	config, _ := read(t, shop)
	o := options(t, t.TempDir(), nil)
	clock := filepath.Join(t.TempDir(), "fast")
	setFast(t, clock, 0)
	preload(t, &o, fmt.Sprintf("const { now } = Date; Date.now = () => now() + Number(require('fs').readFileSync(%q))", clock))
	e, err := Start(t.Context(), config, o)
	if err != nil {
		t.Fatal(err)
	}
	defer stop(t, e)
	c := dynamoDBClient(e, "")
	send := func(token string, operations ...types.TransactWriteItem) error {
		_, err := c.TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{TransactItems: operations, ClientRequestToken: &token})
		return err
	}
	expect := func(step string, err error, want string) {
		t.Helper()
		if got := number(t, e, "1"); err != nil || got != want {
			t.Errorf("%s: %v, n is %s, want %s", step, err, got, want)
		}
	}
	expect("the first time", send("a", add("1"), add("2")), "1")
	for range 10 { // the SDK writes its maps in any order
		expect("again", send("a", add("1"), add("2")), "1")
	}
	expect("with another token", send("b", add("1"), add("2")), "2")
	refused(t, "another request with the token", send("a", add("2"), add("1")), "IdempotentParameterMismatchException", "same client token")
	refused(t, "one that fails", send("c", add("1"), check("2", "attribute_not_exists(id)")), "TransactionCanceledException")
	expect("the token of one that failed", send("c", add("1")), "3")

	stop(t, e)
	if e, err = Start(t.Context(), config, o); err != nil {
		t.Fatal(err)
	}
	c = dynamoDBClient(e, "")
	expect("after a restart", send("a", add("1"), add("2")), "3")

	setFast(t, clock, 9*time.Minute)
	expect("before ten minutes", send("c", add("1")), "3")
	setFast(t, clock, 10*time.Minute)
	expect("after ten minutes", send("a", add("1"), add("2")), "4")
	expect("another after ten minutes", send("c", add("2"), add("1")), "5")
}

// Money that moves between two accounts is never seen on its way, and single
// writes to the same items are not lost.
func TestATransactionIsIsolated(t *testing.T) {
	config, _ := read(t, shop)
	e := start(t, config, t.TempDir(), nil)
	c, ctx := dynamoDBClient(e, ""), t.Context()
	const rounds = 40
	var running sync.WaitGroup
	for range 2 {
		running.Go(func() {
			for range rounds {
				give := add("giver")
				give.Update.ExpressionAttributeValues = attributes(":one", -1)
				if err := transact(t, c, give, add("taker")); err != nil {
					t.Error(err)
				}
			}
		})
		running.Go(func() {
			for range rounds {
				for _, id := range []string{"giver", "taker"} {
					_, err := c.UpdateItem(ctx, &dynamodb.UpdateItemInput{
						TableName: sdk.String(carts), Key: attributes("id", id), UpdateExpression: sdk.String("ADD m :one"),
						ExpressionAttributeValues: attributes(":one", 1),
					})
					if err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	reads := make(chan struct{})
	var reader sync.WaitGroup
	reader.Go(func() {
		for {
			select {
			case <-reads:
				return
			default:
			}
			out, err := c.TransactGetItems(ctx, &dynamodb.TransactGetItemsInput{TransactItems: []types.TransactGetItem{getOf("giver"), getOf("taker")}})
			if err != nil {
				t.Error(err)
				return
			}
			given, _ := out.Responses[0].Item["n"].(*types.AttributeValueMemberN)
			taken, _ := out.Responses[1].Item["n"].(*types.AttributeValueMemberN)
			if (given == nil) != (taken == nil) || given != nil && given.Value != "-"+taken.Value {
				t.Errorf("seen on its way: %v given and %v taken", given, taken)
				return
			}
		}
	})
	running.Wait()
	close(reads)
	reader.Wait()
	for id, want := range map[string]map[string]types.AttributeValue{
		"giver": attributes("id", "giver", "n", -2*rounds, "m", 2*rounds),
		"taker": attributes("id", "taker", "n", 2*rounds, "m", 2*rounds),
	} {
		if diff := difference(want, stored(t, e)[id]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
}

// killing kills dynalite at a write to its database: just before it, or as soon
// as it has been made. The file has one of these words for each start.
const killing = `
const fs = require('fs')
const { ClassicLevel } = require(require.resolve('classic-level', { paths: [process.argv[1]] }))
const [when, ...others] = fs.readFileSync(%[1]q, 'utf8').split(' ')
fs.writeFileSync(%[1]q, others.join(' '))
let writes = 0
for (const name of ['_put', '_del', '_batch']) {
  const write = ClassicLevel.prototype[name]
  ClassicLevel.prototype[name] = async function (...args) {
    const last = ++writes === 40
    if (last && when === 'before') process.kill(process.pid, 'SIGKILL')
    await write.apply(this, args)
    if (last && when === 'after') process.kill(process.pid, 'SIGKILL')
  }
}
`

// Each transaction adds one to many items. However dynalite is killed, it has
// been made in all of them or in none, and one whose answer was lost, which
// the SDK sends again, has been made once.
func TestATransactionIsWholeWhenDynaliteIsKilled(t *testing.T) {
	config, _ := read(t, shop)
	logs := &journal{}
	o := options(t, t.TempDir(), logs)
	kills := filepath.Join(t.TempDir(), "kills")
	if err := os.WriteFile(kills, []byte("before after before after"), 0o600); err != nil {
		t.Fatal(err)
	}
	preload(t, &o, fmt.Sprintf(killing, kills))
	e, err := Start(t.Context(), config, o)
	if err != nil {
		t.Fatal(err)
	}
	defer stop(t, e)
	client := clientConfig(e, "")
	client.RetryMaxAttempts = 1000
	client.Retryer = func() sdk.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxBackoff, o.RateLimiter = 20*time.Millisecond, ratelimit.None
		})
	}
	c := dynamodb.NewFromConfig(client)
	const items, workers, each = 10, 3, 70
	var operations []types.TransactWriteItem
	for i := range items {
		operations = append(operations, add(fmt.Sprint(i)))
	}
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for range each {
				if err := transact(t, c, operations...); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	running.Wait()
	if ended := strings.Count(logs.String(), "dynalite ended: signal: killed"); ended != 4 {
		t.Errorf("dynalite was killed %d times, want 4", ended)
	}
	after := stored(t, e)
	for i := range items {
		if n := after[fmt.Sprint(i)]["n"].(*types.AttributeValueMemberN); n.Value != fmt.Sprint(workers*each) {
			t.Errorf("item %d: %s of %d transactions", i, n.Value, workers*each)
		}
	}
}
