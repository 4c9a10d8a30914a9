package main

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"annex/lambdas/internal/dynamodbtest"
)

const someCart = "R5JQ2MZ7XKD4WTB6NVHYC3FLSA" // the one in testdata

func TestTroubleWithTheTableIsAProblemThatTellsNothing(t *testing.T) {
	for name, test := range map[string]struct {
		status     int
		body       string
		wantStatus int
		wantLog    string
	}{
		"throttled":     {400, `{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"secret"}`, 503, "ThrottlingException"},
		"over capacity": {400, `{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"secret"}`, 503, "ProvisionedThroughputExceeded"},
		"failing":       {500, `{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"secret"}`, 503, "InternalServerError"},
		"no permission": {400, `{"__type":"com.amazon.coral.service#AccessDeniedException","message":"secret"}`, 500, "AccessDenied"},
		"no table":      {400, `{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"secret"}`, 500, "ResourceNotFound"},
		"another item":  {200, `{"Item":{"id":{"S":"` + someCart + `"},"version":{"N":"1"},"expires":{"N":"99999999999"},"items":{"S":"secret"}}}`, 500, "attribute items is not a list"},
		"a bad number":  {200, `{"Item":{"id":{"S":"` + someCart + `"},"version":{"N":"1.5"},"expires":{"N":"99999999999"},"items":{"L":[]}}}`, 500, "attribute version is not a whole number"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(store{client: dynamodbtest.Answering(t, test.status, test.body), table: "carts", now: time.Now})
			checkTrouble(t, s, s.get(t, someCart), test.wantStatus, test.wantLog)
		})
	}

	t.Run("not reached", func(t *testing.T) {
		table := httptest.NewServer(nil)
		table.Close()
		s := newService(store{client: dynamodbtest.Client(t, table.URL), table: "carts", now: time.Now})
		checkTrouble(t, s, s.send(t, "create", nil), 503, "create a cart in table carts")
	})
}

func TestIdsThatNoCartHasDoNotReachTheTable(t *testing.T) {
	asked := tableFunc(func(*http.Request) (int, string, error) { return 0, "", errors.New("asked the table") })
	s := newService(asked.store())
	for _, id := range []string{"", someCart[1:], strings.ToLower(someCart), someCart[:25] + "1", "A-" + someCart[2:], strings.Repeat("A", 300)} {
		if got := s.get(t, id); got.StatusCode != 404 {
			t.Errorf("cart %q: %d %s, logged %s", id, got.StatusCode, got.Body, s.logs)
		}
	}
	if got := s.get(t, someCart); got.StatusCode == 404 {
		t.Error("a cart's id did not reach it")
	}
}

func checkTrouble(t *testing.T, s service, got reply, status int, log string) {
	t.Helper()
	if got.StatusCode != status {
		t.Errorf("answered %d %s, want %d", got.StatusCode, got.Body, status)
	}
	if retry := got.Headers["Retry-After"]; (retry != "") != (status == 503) {
		t.Errorf("Retry-After of %d is %q", status, retry)
	}
	if strings.Contains(got.Body, "secret") || strings.Contains(got.Body, "carts") {
		t.Errorf("the answer tells %s", got.Body)
	}
	if !strings.Contains(s.logs.String(), log) || !strings.Contains(s.logs.String(), "level=ERROR") {
		t.Errorf("logged %s, which lacks %s", s.logs, log)
	}
	for _, secret := range []string{someCart, someCustomer, "Bearer", "eyJ"} {
		if strings.Contains(s.logs.String(), secret) {
			t.Errorf("logged a cart's id, a customer or a token: %s", s.logs)
		}
	}
}

// A tableFunc is a DynamoDB in the test's own process, so that synctest's clock runs while a change waits.
type tableFunc func(r *http.Request) (status int, body string, err error)

func (f tableFunc) Do(r *http.Request) (*http.Response, error) {
	status, body, err := f(r)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: status,
		Header:     http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
		Body:       io.NopCloser(strings.NewReader(body)),
		Request:    r,
	}, nil
}

func (f tableFunc) store() store {
	return store{table: "carts", orders: "orders", now: time.Now, client: dynamodb.New(dynamodb.Options{
		Region:           "eu-west-1",
		Credentials:      aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider("key", "secret", "")),
		HTTPClient:       f,
		RetryMaxAttempts: 1,
	})}
}

// conflicts answers every load with a cart, and every save with a conflict, which it counts.
func conflicts(saves *int) tableFunc {
	return func(r *http.Request) (int, string, error) {
		if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".GetItem") {
			return 200, `{"Item":{"id":{"S":"` + someCart + `"},"version":{"N":"1"},"expires":{"N":"99999999999"},"items":{"L":[]}}}`, nil
		}
		*saves++
		return 400, `{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"The conditional request failed"}`, nil
	}
}

func TestChangeGivesUpAfterManyConflicts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		saves := 0
		s := newService(conflicts(&saves).store())
		start := time.Now()
		got := s.put(t, someCart, "moka-pot", `{"quantity":1}`, "")
		if got.StatusCode != 409 || got.Headers["Retry-After"] == "" {
			t.Errorf("answered %d %v %s", got.StatusCode, got.Headers, got.Body)
		}
		if took := time.Since(start); saves != maxAttempts || took == 0 || took > maxAttempts*200*time.Millisecond {
			t.Errorf("%d attempts in %v", saves, took)
		}
	})
}

func TestTableThatHangsIsUnavailable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hangs := tableFunc(func(r *http.Request) (int, string, error) {
			select {
			case <-r.Context().Done():
				return 0, "", r.Context().Err()
			case <-time.After(time.Hour):
				return 0, "", errors.New("the request has no deadline")
			}
		})
		s := newService(hangs.store()).withTimeout(3 * time.Second)
		start := time.Now()
		checkTrouble(t, s, s.get(t, someCart), 503, "load a cart")
		if took := time.Since(start); took >= 3*time.Second {
			t.Errorf("answered after %v of 3 s", took)
		}
	})
}
