package main

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/google/go-cmp/cmp"

	"annex/lambdas/internal/httpapi"
	"annex/lambdas/internal/httpapi/httpapitest"
)

// send sends the event in testdata/search.json, edited, to the function as Lambda calls it.
func send(t *testing.T, source *source, edit func(*httpapi.Request)) httpapi.Response {
	t.Helper()
	event := httpapitest.Event(t, "testdata/search.json", edit)
	function := lambda.NewHandler(httpapi.Handler(slog.New(slog.DiscardHandler), handler{source: source}.routes()))
	output, err := function.Invoke(t.Context(), event)
	if err != nil {
		t.Fatalf("the function failed: %v", err)
	}
	var response httpapi.Response
	if err := json.Unmarshal(output, &response); err != nil {
		t.Fatal(err)
	}
	return response
}

func withParameters(parameters map[string]string) func(*httpapi.Request) {
	return func(r *httpapi.Request) { r.QueryStringParameters = parameters }
}

func newShop(t *testing.T) *source {
	t.Helper()
	bucket := newBucket(t)
	bucket.upload(t, catalogueOf(t, shop))
	source, _, _ := bucket.newSource(t)
	return source
}

func TestSearchAnswersProductsAsTheCatalogueHasThem(t *testing.T) {
	bucket := newBucket(t)
	product := `{"id":"creme-brulee-dishes","name":"Crème brûlée dishes","category":"Kitchen","description":"Four.","price":{"amount":2600,"currency":"EUR"},"image":"/shop/images/creme-brulee-dishes.svg","new":true}`
	bucket.upload(t, []byte(`{"products":[{"id":"a","name":"A"},`+product+`]}`))
	source, _, _ := bucket.newSource(t)

	response := send(t, source, nil)
	if response.StatusCode != 200 || response.Headers["Content-Type"] != "application/json" {
		t.Errorf("response is %d %v", response.StatusCode, response.Headers)
	}
	want := `{"query":"crème br","products":[` + product + `]}`
	if diff := cmp.Diff(want, response.Body); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

func TestBlankQueryAnswersTheFirstProducts(t *testing.T) {
	source := newShop(t)
	for name, parameters := range map[string]map[string]string{
		"no query":     {"limit": "2"},
		"empty query":  {"limit": "2", "q": ""},
		"only a space": {"limit": "2", "q": " "},
	} {
		t.Run(name, func(t *testing.T) {
			if got := idsFound(t, send(t, source, withParameters(parameters))); !cmp.Equal(got, []string{"mug-rack", "muguet-soap"}) {
				t.Errorf("found %v", got)
			}
		})
	}
	if got := idsFound(t, send(t, source, withParameters(nil))); len(got) != defaultLimit {
		t.Errorf("without parameters found %d products, want %d", len(got), defaultLimit)
	}
	if response := send(t, source, withParameters(map[string]string{"q": "nothing-of-that-kind"})); response.Body != `{"query":"nothing-of-that-kind","products":[]}` {
		t.Errorf("nothing found is %s", response.Body)
	}
}

func idsFound(t *testing.T, response httpapi.Response) []string {
	t.Helper()
	var body struct{ Products []json.RawMessage }
	if err := json.Unmarshal([]byte(response.Body), &body); err != nil || response.StatusCode != 200 {
		t.Fatalf("answered %d %s", response.StatusCode, response.Body)
	}
	return idsOf(t, body.Products)
}

// hundredWords is a query of a hundred different words, each one letter.
func hundredWords() string {
	var query strings.Builder
	for letter := range 100 {
		query.WriteRune('\u4e00' + rune(letter)) // Chinese
		query.WriteByte(' ')
	}
	return query.String()
}

func TestRepeatedWordsCountOnce(t *testing.T) {
	bucket := newBucket(t)
	// With lamp counted three times, the one that has it in its name would come first.
	bucket.upload(t, catalogueOf(t, [][4]string{{"name", "Lamp", "Home", "Of brass."}, {"category", "Brass", "Lamp"}}))
	source, _, _ := bucket.newSource(t)
	for name, query := range map[string]string{
		"once":                           "lamp brass",
		"again":                          "lamp lamp lamp brass",
		"again, spelt in other ways":     "lamp Lamp LÁMP brass",
		"more often than words may be":   strings.Repeat("lamp ", 30) + "brass",
		"beside as many as there may be": "lamp lamp lamp brass l la lam b br bra bras brassy",
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff([]string{"category", "name"}, idsFound(t, send(t, source, withParameters(map[string]string{"q": query})))); diff != "" {
				t.Errorf("%q finds (-want +got):\n%s", query, diff)
			}
		})
	}
}

func TestBadParametersAreNamed(t *testing.T) {
	source := newShop(t)
	for name, test := range map[string]struct {
		parameters map[string]string
		field      string
		detail     string
	}{
		"limit 0":           {map[string]string{"limit": "0"}, "limit", `from 1 to 50, was "0"`},
		"limit -1":          {map[string]string{"limit": "-1"}, "limit", `was "-1"`},
		"limit 51":          {map[string]string{"limit": "51"}, "limit", `was "51"`},
		"limit abc":         {map[string]string{"limit": "abc"}, "limit", `was "abc"`},
		"limit empty":       {map[string]string{"limit": ""}, "limit", `was ""`},
		"limit twice":       {map[string]string{"limit": "1,2"}, "limit", `was "1,2"`},
		"a very long limit": {map[string]string{"limit": strings.Repeat("9", 300)}, "limit", `was "9999`},
		"a long query":      {map[string]string{"q": strings.Repeat("é", 201)}, "q", "200 characters, was 201"},
		"eleven words":      {map[string]string{"q": "a b c d e f g h i j k"}, "q", "10 different words, had 11"},
		"a hundred words":   {map[string]string{"q": hundredWords()}, "q", "10 different words, had 100"},
		"invalid UTF-8":     {map[string]string{"q": "caf\ufffd"}, "q", "UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			response := send(t, source, withParameters(test.parameters))
			var problem struct {
				Status int
				Errors []httpapi.FieldError
			}
			if err := json.Unmarshal([]byte(response.Body), &problem); err != nil {
				t.Fatalf("body %s: %v", response.Body, err)
			}
			if response.StatusCode != 400 || response.Headers["Content-Type"] != "application/problem+json" || problem.Status != 400 {
				t.Errorf("answered %d %v %s", response.StatusCode, response.Headers, response.Body)
			}
			if len(problem.Errors) != 1 || problem.Errors[0].Field != test.field || !strings.Contains(problem.Errors[0].Detail, test.detail) {
				t.Errorf("errors are %+v, want field %q with %q", problem.Errors, test.field, test.detail)
			}
			if len(response.Body) > 400 {
				t.Errorf("the answer repeats %d bytes", len(response.Body))
			}
		})
	}
	if response := send(t, source, withParameters(map[string]string{"q": strings.Repeat("é", 200), "limit": "50"})); response.StatusCode != 200 {
		t.Errorf("the longest query and the largest limit: %d %s", response.StatusCode, response.Body)
	}
}
