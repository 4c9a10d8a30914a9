package main

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"annex/lambdas/internal/dynamodbtest"
	"annex/lambdas/internal/httpapi"
	"annex/lambdas/internal/httpapi/httpapitest"
)

// newStore makes an empty table, as the stack does, in a DynamoDB that speaks the real protocol.
func newStore(t *testing.T) store {
	t.Helper()
	s := store{client: dynamodbtest.Client(t, dynamodbtest.Start(t)), table: "annex-test-recommendations"}
	dynamodbtest.CreateTableWithIndex(t, s.client, s.table, "product", "other", byOrders, "orders")
	return s
}

// put writes an item as the learner does, or, without orders, one of its markers.
func (s store) put(t *testing.T, product, other string, orders int) {
	t.Helper()
	item := map[string]types.AttributeValue{
		"product": &types.AttributeValueMemberS{Value: product}, "other": &types.AttributeValueMemberS{Value: other},
	}
	if orders > 0 {
		item["orders"] = &types.AttributeValueMemberN{Value: strconv.Itoa(orders)}
	}
	if _, err := s.client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &s.table, Item: item}); err != nil {
		t.Fatal(err)
	}
}

// send sends the event in testdata, edited, and gives the answer with what was logged. Where the function failed it is what
// API Gateway answers for that.
func send(t *testing.T, s store, edit func(*httpapi.Request)) (response httpapi.Response, logs string) {
	t.Helper()
	logged := &strings.Builder{}
	function := lambda.NewHandler(httpapi.Handler(slog.New(slog.NewTextHandler(logged, nil)), handler{pairs: s}.routes()))
	output, err := function.Invoke(t.Context(), httpapitest.Event(t, "testdata/get.json", edit))
	if err != nil {
		return httpapi.Response{StatusCode: 500, Body: err.Error()}, logged.String()
	}
	if err := json.Unmarshal(output, &response); err != nil {
		t.Fatal(err)
	}
	return response, logged.String()
}

// asking is a request for a product, with a limit or with none.
func asking(product, limit string) func(*httpapi.Request) {
	return func(r *httpapi.Request) {
		r.PathParameters["product"] = product
		r.QueryStringParameters = nil
		if limit != "" {
			r.QueryStringParameters = map[string]string{"limit": limit}
		}
	}
}

func health(r *httpapi.Request) {
	r.RouteKey, r.RawPath, r.PathParameters, r.QueryStringParameters = "GET /health", "/health", nil, nil
	r.RequestContext.RouteKey, r.RequestContext.HTTP.Path = r.RouteKey, r.RawPath
}

func TestProductsThatWereBoughtTogetherAreAnsweredBestFirst(t *testing.T) {
	s := newStore(t)
	for other, orders := range map[string]int{"tea-towel": 2, "moka-pot": 11, "bowl": 1, "apron": 2} {
		s.put(t, "enamel-mug", other, orders)
		s.put(t, other, "enamel-mug", orders)
	}
	s.put(t, "order#Q3VWJ5M2ZKXN7RBT4HYDC6FLSA", "part#1", 0)
	for name, test := range map[string]struct {
		edit func(*httpapi.Request)
		want string
	}{
		"the best of them":   {asking("enamel-mug", "1"), `{"product":"enamel-mug","recommendations":[{"product":"moka-pot","orders":11}]}`},
		"all of them":        {asking("enamel-mug", ""), `{"product":"enamel-mug","recommendations":[{"product":"moka-pot","orders":11},{"product":"apron","orders":2},{"product":"tea-towel","orders":2},{"product":"bowl","orders":1}]}`},
		"from another side":  {asking("bowl", "50"), `{"product":"bowl","recommendations":[{"product":"enamel-mug","orders":1}]}`},
		"an unknown product": {asking("no-such-thing", ""), `{"product":"no-such-thing","recommendations":[]}`},
	} {
		t.Run(name, func(t *testing.T) {
			response, logs := send(t, s, test.edit)
			if response.StatusCode != 200 || response.Body != test.want || response.Headers["Content-Type"] != "application/json" {
				t.Errorf("answered %d %v %s, want %s, logged %s", response.StatusCode, response.Headers, response.Body, test.want, logs)
			}
		})
	}
}

func TestManyRecommendationsAreLimited(t *testing.T) {
	s := newStore(t)
	for i := range 60 {
		s.put(t, "enamel-mug", "product-"+strconv.Itoa(i), i+1)
	}
	for limit, want := range map[string]int{"": defaultLimit, "1": 1, "50": maxLimit} {
		response, _ := send(t, s, asking("enamel-mug", limit))
		var found struct{ Recommendations []recommendation }
		if err := json.Unmarshal([]byte(response.Body), &found); err != nil || len(found.Recommendations) != want {
			t.Errorf("limit %q: %d recommendations, %v", limit, len(found.Recommendations), err)
			continue
		}
		if best := found.Recommendations[0]; best != (recommendation{"product-59", 60}) {
			t.Errorf("limit %q: the best is %v", limit, best)
		}
	}
}

func TestBadRequestsNameWhatIsWrong(t *testing.T) {
	s := store{client: dynamodbtest.Client(t, "http://127.0.0.1:1"), table: "annex-test-recommendations"} // which is not asked
	for name, test := range map[string]struct {
		edit          func(*httpapi.Request)
		field, detail string
	}{
		"an id in capitals":      {asking("Enamel-Mug", ""), "product", `lower-case letters, digits and hyphens, was \"Enamel-Mug\"`},
		"the key of a marker":    {asking("order#A", ""), "product", "lower-case letters"},
		"no id":                  {asking("", ""), "product", "lower-case letters"},
		"an id that is too long": {asking(strings.Repeat("a", 65), ""), "product", "no longer than 64 characters, was 65"},
		"no limit at all":        {asking("enamel-mug", "0"), "limit", `a whole number from 1 to 50, was \"0\"`},
		"a limit below none":     {asking("enamel-mug", "-1"), "limit", "a whole number from 1 to 50"},
		"too high a limit":       {asking("enamel-mug", "51"), "limit", "a whole number from 1 to 50"},
		"a limit in words":       {asking("enamel-mug", "ten"), "limit", "a whole number from 1 to 50"},
		"two limits":             {asking("enamel-mug", "1,2"), "limit", "a whole number from 1 to 50"},
		"an empty limit":         {func(r *httpapi.Request) { r.QueryStringParameters["limit"] = "" }, "limit", "a whole number from 1 to 50"},
	} {
		t.Run(name, func(t *testing.T) {
			response, logs := send(t, s, test.edit)
			if response.StatusCode != 400 || response.Headers["Content-Type"] != "application/problem+json" || logs != "" {
				t.Fatalf("answered %d %v %s, logged %s", response.StatusCode, response.Headers, response.Body, logs)
			}
			if !strings.Contains(response.Body, `"field":"`+test.field+`"`) || !strings.Contains(response.Body, test.detail) {
				t.Errorf("answered %s, want %s for %s", response.Body, test.detail, test.field)
			}
		})
	}
}

func TestTroubleWithTheTableIsAProblemThatTellsNothing(t *testing.T) {
	for name, test := range map[string]struct {
		status     int
		body       string
		wantStatus int
		wantLog    string
	}{
		"throttled":     {400, `{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"secret"}`, 503, "ThrottlingException"},
		"failing":       {500, `{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"secret"}`, 503, "InternalServerError"},
		"no permission": {400, `{"__type":"com.amazon.coral.service#AccessDeniedException","message":"secret"}`, 500, "AccessDenied"},
		"another item":  {200, `{"Items":[{"product":{"S":"enamel-mug"},"other":{"N":"1"},"orders":{"N":"1"}}]}`, 500, "no string other"},
		"no number":     {200, `{"Items":[{"product":{"S":"enamel-mug"},"other":{"S":"bowl"}}]}`, 500, "no number orders"},
		"half an order": {200, `{"Items":[{"product":{"S":"enamel-mug"},"other":{"S":"bowl"},"orders":{"N":"1.5"}}]}`, 500, "not a whole number"},
	} {
		t.Run(name, func(t *testing.T) {
			response, logs := send(t, store{client: dynamodbtest.Answering(t, test.status, test.body), table: "pairs"}, nil)
			if response.StatusCode != test.wantStatus || strings.Contains(response.Body, "secret") || strings.Contains(response.Body, "pairs") {
				t.Errorf("answered %d %s", response.StatusCode, response.Body)
			}
			if !strings.Contains(logs, test.wantLog) || !strings.Contains(logs, "level=ERROR") {
				t.Errorf("logged %s, which lacks %s", logs, test.wantLog)
			}
		})
	}
}

// requestFunc is an HTTP client.
type requestFunc func(*http.Request) (*http.Response, error)

func (f requestFunc) Do(r *http.Request) (*http.Response, error) { return f(r) }

func TestHealthReadsTheIndex(t *testing.T) {
	s := newStore(t)
	if response, logs := send(t, s, health); response.StatusCode != 200 || response.Body != `{"status":"ok"}` {
		t.Errorf("answered %d %s, logged %s", response.StatusCode, response.Body, logs)
	}
	s.table = "annex-test-no-such-table"
	if response, logs := send(t, s, health); response.StatusCode != 503 || !strings.Contains(logs, "no-such-table") {
		t.Errorf("without a table answered %d %s, logged %s", response.StatusCode, response.Body, logs)
	}
	asked := ""
	s.client = dynamodb.New(s.client.Options(), func(o *dynamodb.Options) {
		o.HTTPClient = requestFunc(func(r *http.Request) (*http.Response, error) {
			asked = r.Header.Get("X-Amz-Target")
			return nil, errors.New("down")
		})
	})
	if response, _ := send(t, s, health); response.StatusCode != 503 || !strings.HasSuffix(asked, ".Query") {
		t.Errorf("answered %d, asked for %q", response.StatusCode, asked)
	}
}
