package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// reactions are the functions of testdata/reactions, served: Counter is called
// with the changes of a table, Mourner with the queue of those that it gave up,
// for which it fails always, and Keeper with that queue's dead letters.
type reactions struct {
	*runner

	t            *testing.T
	root, state  string
	assembly     string
	hold         string // while there is this file, a slow change takes its time
	things, seen string // the tables' names
	client       *dynamodb.Client
}

// startReactions serves them, with texts of the template in place of others.
func startReactions(t *testing.T, edits ...string) *reactions {
	t.Helper()
	r := &reactions{t: t, root: cloneWorkTree(t), state: t.TempDir(), assembly: t.TempDir(), things: "witness-Things", seen: "witness-Seen"}
	r.hold = filepath.Join(r.state, "hold")
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join("testdata", "reactions", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	write(t, filepath.Join(r.root, "lambdas", "witness", "main.go"), read("witness/main.go"))
	write(t, filepath.Join(r.assembly, "manifest.json"), `{"version":"1.0.0","artifacts":{"witness":{"type":"aws:cloudformation:stack",
		"environment":"aws://111122223333/eu-west-1","properties":{"templateFile":"template.json"}}}}`)
	write(t, filepath.Join(r.assembly, "template.json"), strings.NewReplacer(append(edits, "HOLD-FILE", r.hold)...).Replace(read("template.json")))
	r.serve()
	return r
}

func (r *reactions) serve() {
	r.t.Helper()
	r.runner = startIn(r.t, r.root, r.assembly, r.state).wait(r.t)
	url := regexp.MustCompile(`AWS_ENDPOINT_URL=(\S+)`).FindStringSubmatch(r.printed())[1]
	r.client = dynamodb.New(dynamodb.Options{Region: "eu-west-1", BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider("root", "root", "")})
}

// put writes things, all at once, some of which are "poison" or "slow".
func (r *reactions) put(things ...string) {
	r.t.Helper()
	var requests []types.WriteRequest
	for _, thing := range things {
		id, kind, _ := strings.Cut(thing, " ")
		item := map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: id}}
		if kind != "" {
			item[kind] = &types.AttributeValueMemberBOOL{Value: true}
		}
		requests = append(requests, types.WriteRequest{PutRequest: &types.PutRequest{Item: item}})
	}
	if _, err := r.client.BatchWriteItem(r.t.Context(), &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{r.things: requests}}); err != nil {
		r.t.Fatal(err)
	}
}

// times is how often the witness saw each thing in such a way: "came", "counted"
// or, of messages, "message".
func (r *reactions) times(what string) map[string]int {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	out, err := r.client.Query(ctx, &dynamodb.QueryInput{
		TableName: &r.seen, ConsistentRead: new(true), KeyConditionExpression: new("what = :what"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":what": &types.AttributeValueMemberS{Value: what}},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	all := map[string]int{}
	for _, item := range out.Items {
		n, err := strconv.Atoi(item["times"].(*types.AttributeValueMemberN).Value)
		if err != nil {
			r.t.Fatal(err)
		}
		all[item["id"].(*types.AttributeValueMemberS).Value] = n
	}
	return all
}

// until waits for what the witness saw to be as it should.
func (r *reactions) until(what string, condition func(map[string]int) bool) {
	r.t.Helper()
	for limit := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		seen := r.times(what)
		if condition(seen) {
			return
		}
		if time.Now().After(limit) {
			r.t.Fatalf("what %s is %v", what, seen)
		}
	}
}

// counted waits until each of the things, and no other, counts once.
func (r *reactions) counted(things ...string) {
	r.t.Helper()
	want := map[string]int{}
	for _, thing := range things {
		want[thing] = 1
	}
	r.until("counted", func(seen map[string]int) bool { return len(seen) >= len(want) })
	if seen := r.times("counted"); !maps.Equal(seen, want) {
		r.t.Errorf("counted is %v, want %v", seen, want)
	}
}

// letter waits for a message in the dead-letter queue of all, and reads it.
func (r *reactions) letter(v any, condition func(body string) bool) {
	r.t.Helper()
	var found string
	r.until("message", func(seen map[string]int) bool {
		for body, times := range seen {
			if condition(body) {
				found = body
				return times == 1
			}
		}
		return false
	})
	if err := json.Unmarshal([]byte(found), v); err != nil {
		r.t.Fatalf("%s: %v", found, err)
	}
}

func TestWhatFailsEndsInTheDeadLetterQueueWhileTheOthersGoOn(t *testing.T) {
	t.Parallel()
	r := startReactions(t)
	r.put("a", "b", "p poison", "c", "d")
	r.counted("a", "b", "c", "d")
	r.put("e")
	r.counted("a", "b", "c", "d", "e")
	r.prints(t, "discarded", "stream witness-Things, 1 record", "RetryAttemptsExhausted after ", "queue witness-Given is told")
	if came := r.times("came"); came["p"] < 3 || came["e"] != 1 {
		t.Errorf("what came is %v", came)
	}
	// The queue's own function fails for it, so that it ends among the dead letters
	// of that one.
	var record struct {
		RequestContext struct{ FunctionARN, Condition string }
		BatchInfo      struct {
			StreamARN string
			BatchSize int
		} `json:"DDBStreamBatchInfo"`
	}
	r.letter(&record, func(body string) bool { return strings.Contains(body, "DDBStreamBatchInfo") })
	if !strings.HasSuffix(record.RequestContext.FunctionARN, ":live") || record.RequestContext.Condition != "RetryAttemptsExhausted" ||
		record.BatchInfo.BatchSize != 1 || !strings.Contains(record.BatchInfo.StreamARN, "table/witness-Things/stream/") {
		t.Errorf("the dead letter of the stream is %+v", record)
	}

	// A schedule's function that fails, and a schedule that may not call it.
	var call struct {
		RequestContext  struct{ Condition string }
		RequestPayload  struct{ Records []struct{ Body string } }
		ResponseContext struct{ FunctionError string }
	}
	r.letter(&call, func(body string) bool { return strings.Contains(body, "requestPayload") })
	if call.RequestContext.Condition != "RetriesExhausted" || call.ResponseContext.FunctionError != "Unhandled" || len(call.RequestPayload.Records) != 1 {
		t.Errorf("the dead letter of the call is %+v", call)
	}
	var request struct{ FunctionName, Payload string }
	r.letter(&request, func(body string) bool { return strings.Contains(body, "FunctionName") })
	if !strings.HasSuffix(request.FunctionName, ":live") || request.Payload != `{"Records":[{"body":"denied"}]}` {
		t.Errorf("the dead letter of the schedule is %+v", request)
	}
	r.prints(t, "schedule witness/Denied", "is not authorized to perform: lambda:InvokeFunction", "; told: queue witness-Buried")
}

func TestAMappingWithoutItsGrantIsTold(t *testing.T) {
	t.Parallel()
	r := startReactions(t, `"dynamodb:GetRecords",`, "")
	r.put("a")
	r.prints(t, "mapping", "stream witness-Things", "is not authorized to perform: dynamodb:GetRecords on resource: ", "it is tried again")
	if seen := r.times("came"); len(seen) > 0 {
		t.Errorf("it is called all the same: %v", seen)
	}
}

func TestNothingIsLostAndNothingCountsTwiceWhenAHandlerIsKilled(t *testing.T) {
	t.Parallel()
	r := startReactions(t)
	write(t, r.hold, "")
	r.put("a", "b slow", "c")
	r.until("came", func(seen map[string]int) bool { return seen["b"] == 1 })
	for pid, command := range descendants(t, r.cmd.Process.Pid) {
		if strings.Contains(command, "bootstrap") {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.Remove(r.hold); err != nil {
		t.Fatal(err)
	}
	r.counted("a", "b", "c")
	if came := r.times("came"); came["b"] != 2 {
		t.Errorf("what came is %v: the batch is not tried again", came)
	}
}

func TestNothingIsLostAndNothingCountsTwiceWhenTheRunnerIsKilled(t *testing.T) {
	t.Parallel()
	r := startReactions(t)
	r.put("before")
	r.counted("before")
	write(t, r.hold, "")
	r.put("a", "b slow", "c")
	r.until("came", func(seen map[string]int) bool { return seen["b"] == 1 })
	r.put("d") // not even given to the function
	children := descendants(t, r.cmd.Process.Pid)
	if err := r.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-r.done
	gone(t, children, patience)
	if err := os.Remove(r.hold); err != nil {
		t.Fatal(err)
	}
	r.serve()
	r.counted("before", "a", "b", "c", "d")
	if came := r.times("came"); came["b"] != 2 || came["before"] != 1 {
		t.Errorf("what came is %v: what is done comes again, or what is not does not", came)
	}
	began := time.Now()
	r.stop(t)
	if took := time.Since(began); took > 5*time.Second { // what two seconds are with others at work
		t.Errorf("Ctrl-C took %v", took)
	}
	r.serve()
	r.put("e")
	r.counted("before", "a", "b", "c", "d", "e")
	if came := fmt.Sprint(r.times("came")); strings.Contains(came, ":3") {
		t.Errorf("after Ctrl-C what is done comes again: %s", came)
	}
}

func TestAHandlerThatIsMendedGetsWhatItFailedFor(t *testing.T) {
	t.Parallel()
	r := startReactions(t, `"MaximumRetryAttempts": 2`, `"MaximumRetryAttempts": -1`)
	r.put("a", "p poison", "b")
	r.prints(t, "stream witness-Things, 1 record ", "this change is poison", "; attempt 4, the next one comes in ")
	replace(t, filepath.Join(r.root, "lambdas", "witness", "main.go"), `change.New["poison"] != nil`, `change.New["poison"] != nil && change.New["id"] == nil`)
	r.counted("a", "p", "b")
}
