package aws

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// What the SDKs send from within Lambda names the invocation.
func TestCallsAreToldWithTheInvocationThatMadeThem(t *testing.T) {
	const trace = "Root=1-6925f1a0-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0"
	t.Setenv("AWS_LAMBDA_FUNCTION_NAME", "shop-CartFunction")
	t.Setenv("_X_AMZN_TRACE_ID", trace)

	var mu sync.Mutex
	var calls []Call
	config, _ := read(t, shop)
	o := options(t, t.TempDir(), nil)
	o.Calls = func() func(Call) {
		return func(c Call) {
			mu.Lock()
			defer mu.Unlock()
			calls = append(calls, c)
		}
	}
	e, err := Start(t.Context(), config, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, e) })

	ctx, table := t.Context(), sdk.String(carts)
	client := dynamoDBClient(e, cartRole)
	putItem(t, client, carts, "1")
	_, _ = client.PutItem(ctx, &dynamodb.PutItemInput{TableName: table, Item: item("1"), ConditionExpression: sdk.String("attribute_not_exists(id)")})
	_, _ = client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: table, Key: map[string]types.AttributeValue{"id": text("1")}})
	_, _ = s3Client(e, searchRole).GetObject(ctx, &s3sdk.GetObjectInput{Bucket: sdk.String(siteName), Key: sdk.String("index.html")})
	_, _ = s3Client(e, "").ListBuckets(ctx, &s3sdk.ListBucketsInput{})

	cart := "arn:aws:sts::" + account + ":assumed-role/shop-CartRole/shop-CartFunction"
	search := strings.Replace(cart, "shop-CartRole/shop-CartFunction", "shop-SearchRole/local", 1)
	want := []Call{
		{Service: "dynamodb", Operation: "PutItem", Resources: []string{cartsARN}, Caller: cart, Trace: trace, Status: 200},
		{Service: "dynamodb", Operation: "PutItem", Resources: []string{cartsARN}, Caller: cart, Trace: trace, Status: 400, Error: "ConditionalCheckFailedException", Reason: "The conditional request failed"},
		{
			Service: "dynamodb", Operation: "DeleteItem", Resources: []string{cartsARN}, Caller: cart, Trace: trace, Status: 400, Denied: true, Error: "AccessDeniedException",
			Reason: "User: " + cart + " is not authorized to perform: dynamodb:DeleteItem on resource: " + cartsARN + " because no identity-based policy allows the dynamodb:DeleteItem action",
		},
		{
			Service: "s3", Operation: "GetObject", Resources: []string{"arn:aws:s3:::" + siteName + "/index.html"}, Caller: search, Trace: trace, Status: 403, Denied: true, Error: "AccessDenied",
			Reason: "User: " + search + ` is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::` + siteName + `/index.html" because no identity-based policy allows the s3:GetObject action`,
		},
		{Service: "s3", Operation: "ListBuckets", Resources: []string{"*"}, Caller: "root", Trace: trace, Status: 200},
	}
	mu.Lock()
	defer mu.Unlock()
	if diff := cmp.Diff(want, calls, cmpopts.IgnoreFields(Call{}, "Time", "Duration")); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	for _, c := range calls {
		if c.Duration <= 0 || c.Time.IsZero() {
			t.Errorf("%s began at %v and took %v", c.Operation, c.Time, c.Duration)
		}
	}
}

// Whoever looks inside must not be paid for while nobody does.
func TestNobodyWhoLooksCostsNothing(t *testing.T) {
	next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := caller{call: callOf(r)}
		c.call.needs(c, permission{action: "dynamodb:GetItem", resource: cartsARN}, "")
		w.WriteHeader(http.StatusNoContent)
	})
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
	w := &sink{http.Header{}}
	alone := testing.AllocsPerRun(1000, func() { next.ServeHTTP(w, r) })
	looked := false
	watched := observed(next, func() func(Call) { looked = true; return nil })
	if got := testing.AllocsPerRun(1000, func() { watched.ServeHTTP(w, r) }); got != alone || !looked {
		t.Errorf("%v allocations a request with nobody looking, %v without the question", got, alone)
	}
}

// sink is a ResponseWriter that keeps nothing.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) WriteHeader(int)             {}
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }
