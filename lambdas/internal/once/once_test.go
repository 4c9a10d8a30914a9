package once

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"annex/lambdas/internal/dynamodbtest"
)

const table = "annex-test-counts"

func text(value string) types.AttributeValue { return &types.AttributeValueMemberS{Value: value} }

func newClient(endpoint string, client aws.HTTPClient) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region: "eu-west-1", BaseEndpoint: &endpoint, HTTPClient: client, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("key", "secret", ""),
	})
}

func marker(id string) Marker {
	return Marker{Table: table, Key: "id", Item: map[string]types.AttributeValue{"id": text("done#" + id)}}
}

// count adds one to what is counted by that name.
func count(name string) types.TransactWriteItem {
	return types.TransactWriteItem{Update: &types.Update{
		TableName:                 aws.String(table),
		Key:                       map[string]types.AttributeValue{"id": text(name)},
		UpdateExpression:          aws.String("ADD times :one"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":one": &types.AttributeValueMemberN{Value: "1"}},
	}}
}

func counted(t *testing.T, client *dynamodb.Client, name string) string {
	t.Helper()
	output, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: aws.String(table), Key: map[string]types.AttributeValue{"id": text(name)}, ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		t.Fatal(err)
	}
	times, ok := output.Item["times"].(*types.AttributeValueMemberN)
	if !ok {
		return "0"
	}
	return times.Value
}

func TestWhatIsWrittenAgainIsCountedOnce(t *testing.T) {
	client := newClient(dynamodbtest.Start(t), nil)
	dynamodbtest.CreateTable(t, client, table, "id")
	for i, want := range []bool{false, true, true} {
		again, err := Write(t.Context(), client, marker("a"), count("mug"), count("spoon"))
		if err != nil || again != want {
			t.Errorf("write %d: again is %t, error %v", i, again, err)
		}
	}
	if again, err := Write(t.Context(), client, marker("b"), count("mug")); err != nil || again {
		t.Errorf("another write: again is %t, error %v", again, err)
	}
	if mug, spoon := counted(t, client, "mug"), counted(t, client, "spoon"); mug != "2" || spoon != "1" {
		t.Errorf("counted mug %s, spoon %s", mug, spoon)
	}

	// All or nothing, the marker too.
	broken := count("mug")
	broken.Update.UpdateExpression = aws.String("ADD id :one")
	if again, err := Write(t.Context(), client, marker("c"), count("spoon"), broken); err == nil || again {
		t.Errorf("a broken write: again is %t, error %v", again, err)
	}
	if again, err := Write(t.Context(), client, marker("c"), count("spoon")); err != nil || again {
		t.Errorf("the write mended: again is %t, error %v", again, err)
	}
	if mug, spoon := counted(t, client, "mug"), counted(t, client, "spoon"); mug != "2" || spoon != "2" {
		t.Errorf("counted mug %s, spoon %s", mug, spoon)
	}
}

func TestWritesAtTheSameTimeAreCountedOnce(t *testing.T) {
	client := newClient(dynamodbtest.Start(t), nil)
	dynamodbtest.CreateTable(t, client, table, "id")
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			if _, err := Write(t.Context(), client, marker(fmt.Sprint(i/2)), count("mug")); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if mug := counted(t, client, "mug"); mug != "10" {
		t.Errorf("ten orders, each delivered twice, counted %s times", mug)
	}
}

// cancelling refuses transactions for these reasons in turn, and takes the next.
type cancelling struct {
	reasons []string // each with spaces between those of the actions
	tokens  []string
}

func (c *cancelling) Do(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	_, token, _ := strings.Cut(string(body), `"ClientRequestToken":"`)
	token, _, _ = strings.Cut(token, `"`)
	c.tokens = append(c.tokens, token)
	status, answer := http.StatusOK, "{}"
	if len(c.reasons) > 0 {
		var codes []string
		for code := range strings.FieldsSeq(c.reasons[0]) {
			codes = append(codes, fmt.Sprintf(`{"Code":%q}`, code))
		}
		c.reasons = c.reasons[1:]
		status = http.StatusBadRequest
		answer = `{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","Message":"cancelled","CancellationReasons":[` + strings.Join(codes, ",") + `]}`
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}}, Body: io.NopCloser(strings.NewReader(answer))}, nil
}

func TestTransactionThatMeetsAnotherIsTriedAgain(t *testing.T) {
	for name, test := range map[string]struct {
		reasons      []string
		tries        int
		again, fails bool
	}{
		"nothing in its way":             {nil, 1, false, false},
		"another of its items":           {[]string{"None TransactionConflict", "TransactionConflict None"}, 3, false, false},
		"over capacity":                  {[]string{"None ThrottlingError", "None ProvisionedThroughputExceeded"}, 3, false, false},
		"the same, at the same time":     {[]string{"TransactionConflict None", "ConditionalCheckFailed None"}, 2, true, false},
		"made, and another of its items": {[]string{"ConditionalCheckFailed TransactionConflict"}, 1, true, false},
		"a change that is refused":       {[]string{"None ConditionalCheckFailed"}, 1, false, true},
		"a change that is wrong":         {[]string{"TransactionConflict ValidationError"}, 1, false, true},
		"no end to it":                   {refusals("None TransactionConflict"), maxAttempts, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				answers := &cancelling{reasons: test.reasons}
				again, err := Write(t.Context(), newClient("http://dynamodb.invalid", answers), marker("a"), count("mug"))
				if again != test.again || (err != nil) != test.fails || len(answers.tokens) != test.tries {
					t.Errorf("again is %t, error %v after %d tries, want %t, %t, %d", again, err, len(answers.tokens), test.again, test.fails, test.tries)
				}
				seen := map[string]bool{}
				for _, token := range answers.tokens {
					if token == "" || seen[token] {
						t.Errorf("a try has token %q, want one of its own", token)
					}
					seen[token] = true
				}
			})
		})
	}
}

func refusals(reason string) []string {
	var reasons []string
	for range maxAttempts {
		reasons = append(reasons, reason)
	}
	return reasons
}

func TestWritingEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := Write(ctx, newClient("http://dynamodb.invalid", &cancelling{reasons: refusals("None TransactionConflict")}), marker("a"), count("mug")); err == nil {
			t.Error("no error")
		}
	})
	if _, err := Write(t.Context(), nil, marker("a"), make([]types.TransactWriteItem, MaxChanges+1)...); err == nil {
		t.Error("no error for more changes than a transaction takes")
	}
}
