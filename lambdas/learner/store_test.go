package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"annex/lambdas/internal/batch"
	"annex/lambdas/internal/dynamodbtest"
)

var now = time.Date(2026, 11, 22, 13, 10, 44, 0, time.UTC)

// newStore makes an empty table, in a DynamoDB that speaks the real protocol.
func newStore(t *testing.T) store {
	t.Helper()
	s := store{client: dynamodbtest.Client(t, dynamodbtest.Start(t)), table: "annex-test-recommendations", now: func() time.Time { return now }}
	dynamodbtest.CreateTable(t, s.client, s.table, "product", "other")
	return s
}

func (s store) function() lambda.Handler {
	return batch.Changes(slog.New(slog.DiscardHandler), s.learn)
}

// counted is what the table holds: how many orders had two products, and how many markers there are.
func (s store) counted(t *testing.T) (pairs map[string]int, markers int) {
	t.Helper()
	pairs = map[string]int{}
	pages := dynamodb.NewScanPaginator(s.client, &dynamodb.ScanInput{TableName: &s.table, ConsistentRead: aws.Bool(true)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range page.Items {
			if orders, ok := item["orders"].(*types.AttributeValueMemberN); ok {
				n, err := strconv.Atoi(orders.Value)
				if err != nil {
					t.Fatal(err)
				}
				pairs[text(item, "product")+" "+text(item, "other")] = n
				continue
			}
			if expires, ok := item["expires"].(*types.AttributeValueMemberN); !ok || expires.Value != strconv.FormatInt(now.Add(kept).Unix(), 10) {
				t.Errorf("marker %v does not expire", item)
			}
			markers++
		}
	}
	return pairs, markers
}

// invoke sends an event as Lambda does, and fails the test where a record of it failed.
func invoke(t *testing.T, function lambda.Handler, event []byte) {
	t.Helper()
	output, err := function.Invoke(t.Context(), event)
	if err != nil || string(output) != `{"batchItemFailures":[]}` {
		t.Fatalf("answered %s, %v", output, err)
	}
}

func checkoutEvent(t *testing.T) []byte {
	t.Helper()
	event, err := os.ReadFile("testdata/checkout.json")
	if err != nil {
		t.Fatal(err)
	}
	return event
}

func TestOrdersAreCountedFromBothSidesOfEachPair(t *testing.T) {
	s := newStore(t)
	event := checkoutEvent(t)
	invoke(t, s.function(), event)
	invoke(t, s.function(), event) // delivered again
	another := strings.NewReplacer("Q3VWJ5M2ZKXN7RBT4HYDC6FLSA", "ANOTHER", `{"S": "moka-pot"}`, `{"S": "linen-apron"}`)
	invoke(t, s.function(), []byte(another.Replace(string(event))))

	want := map[string]int{
		"enamel-mug tea-towel": 2, "tea-towel enamel-mug": 2,
		"enamel-mug moka-pot": 1, "moka-pot enamel-mug": 1, "moka-pot tea-towel": 1, "tea-towel moka-pot": 1,
		"enamel-mug linen-apron": 1, "linen-apron enamel-mug": 1, "linen-apron tea-towel": 1, "tea-towel linen-apron": 1,
	}
	got, markers := s.counted(t)
	if diff := cmp.Diff(want, got); diff != "" || markers != 2 {
		t.Errorf("%d markers (-want +got):\n%s", markers, diff)
	}
}

// big is a checkout of so many products.
func big(t *testing.T, products int) []byte {
	t.Helper()
	var items []string
	for i := range products {
		items = append(items, fmt.Sprintf(`{"M": {"product": {"S": "product-%03d"}, "quantity": {"N": "1"}}}`, i))
	}
	event := string(checkoutEvent(t))
	start, end := strings.Index(event, `{"M": {"product"`), strings.LastIndex(event, `"quantity": {"N": "2"}}}`)
	return []byte(event[:start] + strings.Join(items, ",") + event[end+len(`"quantity": {"N": "2"}}}`):])
}

// ended is an HTTP client of a process that ends at a certain transaction, once DynamoDB has made it and before the process
// hears of it, or before it is sent.
type ended struct {
	aws.HTTPClient

	at    int
	after bool
}

func (e *ended) Do(r *http.Request) (*http.Response, error) {
	e.at--
	if e.at > 0 || e.at == 0 && e.after {
		response, err := e.HTTPClient.Do(r)
		if e.at > 0 || err != nil {
			return response, err
		}
		return nil, errors.Join(io.ErrUnexpectedEOF, response.Body.Close())
	}
	return nil, io.ErrUnexpectedEOF
}

// A process that ends in the middle of a checkout: nothing that it did is lost, and nothing counted twice.
func TestCheckoutThatComesAgainIsCountedOnce(t *testing.T) {
	s := newStore(t)
	for name, test := range map[string]struct{ products, transactions int }{
		"ten-products": {10, 1}, "fifteen-products": {15, 3},
	} {
		t.Run(name, func(t *testing.T) {
			for at := range test.transactions {
				for _, after := range []bool{false, true} {
					order := fmt.Sprintf("%s-%d-%t", name, at, after)
					event := []byte(strings.NewReplacer("Q3VWJ5M2ZKXN7RBT4HYDC6FLSA", order, "product-", order+"-").Replace(string(big(t, test.products))))
					options := s.client.Options()
					options.HTTPClient = &ended{HTTPClient: options.HTTPClient, at: at + 1, after: after}
					dying := s
					dying.client = dynamodb.New(options)
					if output, err := dying.function().Invoke(t.Context(), event); err == nil {
						t.Fatalf("%s: answered %s though it ended", order, output)
					}
					invoke(t, s.function(), event)
					invoke(t, s.function(), event)
				}
			}
		})
	}
	pairs, markers := s.counted(t)
	for pair, orders := range pairs {
		if orders != 1 {
			t.Errorf("%s counted %d times", pair, orders)
		}
	}
	if want := 2*10*9 + 6*15*14; len(pairs) != want || markers != 2*1+6*3 {
		t.Errorf("%d pairs and %d markers, want %d and 20", len(pairs), markers, want)
	}
}

func TestLargeCartIsCounted(t *testing.T) {
	s := newStore(t)
	invoke(t, s.function(), big(t, 40))
	if pairs, markers := s.counted(t); len(pairs) != 40*39 || markers != 16 {
		t.Errorf("%d pairs and %d markers", len(pairs), markers)
	}
}

func TestOrderOfOneProductIsNoPair(t *testing.T) {
	s := newStore(t)
	invoke(t, s.function(), big(t, 1))
	if pairs, markers := s.counted(t); len(pairs) != 0 || markers != 0 {
		t.Errorf("%v and %d markers", pairs, markers)
	}
}

func TestTroubleWithTheTableFailsTheRecord(t *testing.T) {
	s := newStore(t)
	s.table = "annex-test-no-such-table"
	if output, err := s.function().Invoke(t.Context(), checkoutEvent(t)); err == nil {
		t.Errorf("answered %s", output)
	}
}
