package main

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"annex/lambdas/internal/httpapi"
)

// A losingClient passes requests on, and loses the answers of some.
type losingClient struct {
	aws.HTTPClient

	operation string // whose answers are lost, such as TransactWriteItems
	lose      int    // of them
	sent      int
}

func (l *losingClient) Do(r *http.Request) (*http.Response, error) {
	response, err := l.HTTPClient.Do(r)
	if err != nil || !strings.HasSuffix(r.Header.Get("X-Amz-Target"), "."+l.operation) {
		return response, err
	}
	l.sent++
	if l.lose == 0 {
		return response, nil
	}
	l.lose--
	return nil, errors.Join(io.ErrUnexpectedEOF, response.Body.Close())
}

func TestCheckoutWhoseAnswerWasLostIsMadeOnce(t *testing.T) {
	carts := newStore(t, time.Now)
	good := newService(carts)
	losing := func(answers int) (service, *losingClient) {
		options := carts.client.Options()
		client := &losingClient{HTTPClient: options.HTTPClient, operation: "TransactWriteItems", lose: answers}
		options.HTTPClient, options.RetryMaxAttempts = client, 0
		options.Retryer = retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = time.Millisecond })
		lossy := carts
		lossy.client = dynamodb.New(options)
		return newService(lossy), client
	}

	// The SDK sends the transaction again.
	id := good.filled(t)
	s, client := losing(1)
	placed := s.checkout(t, id, "", `"3"`)
	expectOrder(t, "an answer lost to the function", placed, 201, order{placed.order.ID, []item{{"moka-pot", 1}, {"enamel-mug", 2}}, placed.order.Placed})
	if client.sent != 2 {
		t.Errorf("the transaction was sent %d times, want 2", client.sent)
	}

	// The SDK gives up, and the shopper tries again.
	id = good.filled(t)
	s, _ = losing(3)
	if lost := s.checkout(t, id, "", `"3"`); lost.StatusCode != 503 {
		t.Fatalf("no answer at all: %d %s", lost.StatusCode, lost.Body)
	}
	again := good.checkout(t, id, "", `"3"`)
	expectOrder(t, "the next try", again, 200, order{again.order.ID, []item{{"moka-pot", 1}, {"enamel-mug", 2}}, again.order.Placed})
	if orders := carts.allOrders(t); len(orders) != 2 {
		t.Errorf("there are %d orders of two carts", len(orders))
	}
}

// cancelling answers every load with a cart that holds something, and every transaction with these reasons.
func cancelling(reasons ...string) tableFunc {
	return func(r *http.Request) (int, string, error) {
		if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".GetItem") {
			return 200, `{"Item":{"id":{"S":"` + someCart + `"},"version":{"N":"1"},"expires":{"N":"99999999999"},"items":{"L":[
				{"M":{"product":{"S":"moka-pot"},"quantity":{"N":"1"}}}]}}}`, nil
		}
		var list []map[string]any
		for _, reason := range reasons {
			list = append(list, map[string]any{"Code": reason})
		}
		return encoded(400, map[string]any{
			"__type":  "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
			"Message": "Transaction cancelled, please refer cancellation reasons for specific reasons [" + strings.Join(reasons, ", ") + "]", "CancellationReasons": list,
		})
	}
}

func TestTransactionThatIsCancelledIsTheProblemThatItWas(t *testing.T) {
	for name, test := range map[string]struct {
		reasons []string
		status  int
		log     string
	}{
		"over capacity": {[]string{"None", "ThrottlingError"}, 503, "ThrottlingError"},
		"provisioned":   {[]string{"ProvisionedThroughputExceeded", "None"}, 503, "place an order in table orders"},
		"invalid":       {[]string{"ValidationError", "None"}, 500, "check out a cart in table carts"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(cancelling(test.reasons...).store())
			checkTrouble(t, s, s.checkout(t, someCart, "", ""), test.status, test.log)
		})
	}
	for name, reasons := range map[string][]string{
		"another transaction has the cart":  {"None", "TransactionConflict"},
		"another transaction has the order": {"TransactionConflict", "None"},
		"the cart was changed":              {"None", "ConditionalCheckFailed"},
		"the order was placed":              {"ConditionalCheckFailed", "ConditionalCheckFailed"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				transactions := 0
				answer := cancelling(reasons...)
				s := newService(tableFunc(func(r *http.Request) (int, string, error) {
					if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".TransactWriteItems") {
						transactions++
					}
					return answer(r)
				}).store())
				got := s.checkout(t, someCart, "", "")
				if got.StatusCode != 409 || got.Headers["Retry-After"] == "" || transactions != maxAttempts {
					t.Errorf("answered %d %v %s after %d transactions", got.StatusCode, got.Headers, got.Body, transactions)
				}
			})
		})
	}
}

func TestTroubleWithTheOrdersIsAProblemThatTellsNothing(t *testing.T) {
	const emptied = `{"Item":{"id":{"S":"` + someCart + `"},"version":{"N":"2"},"expires":{"N":"99999999999"},"items":{"L":[]},"order":{"S":"O"}}}`
	for name, test := range map[string]struct {
		status     int
		body       string
		wantStatus int
		wantLog    string
	}{
		"no permission": {400, `{"__type":"com.amazon.coral.service#AccessDeniedException","message":"secret"}`, 500, "AccessDenied"},
		"throttled":     {400, `{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"secret"}`, 503, "ThrottlingException"},
		"another item":  {200, `{"Item":{"order":{"S":"O"},"placed":{"S":"2026-11-22T13:10:44Z"},"items":{"S":"secret"}}}`, 500, "attribute items is not a list"},
		"a bad time":    {200, `{"Item":{"order":{"S":"O"},"placed":{"S":"secret"},"items":{"L":[]}}}`, 500, "attribute placed is not a time"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(tableFunc(func(r *http.Request) (int, string, error) {
				body, err := io.ReadAll(r.Body)
				if err != nil || strings.Contains(string(body), `"carts"`) {
					return 200, emptied, err
				}
				return test.status, test.body, nil
			}).store())
			checkTrouble(t, s, s.checkout(t, someCart, "", ""), test.wantStatus, test.wantLog)
		})
	}
}

func TestChangeThatMeetsACheckoutIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table := newLossyTable()
		table.lose = 0
		ongoing := 2
		s := newService(tableFunc(func(r *http.Request) (int, string, error) {
			if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".PutItem") && ongoing > 0 {
				ongoing--
				return 400, `{"__type":"com.amazonaws.dynamodb.v20120810#TransactionConflictException","message":"Transaction is ongoing for the item"}`, nil
			}
			return table.answer(r)
		}).store())
		expect(t, "put", s.put(t, someCart, "moka-pot", `{"quantity":1}`, ""), cart{someCart, 2, []item{{"enamel-mug", 2}, {"moka-pot", 1}}})
	})
}

func TestCheckoutWithoutACustomerIsTheStacksMistake(t *testing.T) {
	asked := tableFunc(func(*http.Request) (int, string, error) { return 0, "", errors.New("asked the table") })
	for name, edit := range map[string]func(*httpapi.Request){
		"no authorizer": func(r *httpapi.Request) { r.RequestContext.Authorizer = nil },
		"another one":   func(r *httpapi.Request) { r.RequestContext.Authorizer.JWT = nil },
		"no subject":    func(r *httpapi.Request) { delete(r.RequestContext.Authorizer.JWT.Claims, "sub") },
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(asked.store())
			checkTrouble(t, s, s.send(t, "checkout", edit), 500, "gives this route an authorizer")
			if strings.Contains(s.logs.String(), "asked the table") {
				t.Error("it asked the table")
			}
		})
	}
}
