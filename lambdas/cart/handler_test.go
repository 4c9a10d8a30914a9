package main

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"annex/lambdas/internal/httpapi"
)

// expect compares an answer with the cart that it should be.
func expect(t *testing.T, step string, got reply, want cart) {
	t.Helper()
	if got.StatusCode != 200 {
		t.Fatalf("%s: %d %s", step, got.StatusCode, got.Body)
	}
	if diff := cmp.Diff(want, got.cart); diff != "" {
		t.Errorf("%s (-want +got):\n%s", step, diff)
	}
	if tag := strconv.Quote(strconv.Itoa(want.Version)); got.Headers["ETag"] != tag {
		t.Errorf("%s: ETag is %s, want %s", step, got.Headers["ETag"], tag)
	}
}

func TestCartKeepsWhatIsPutIntoIt(t *testing.T) {
	s := newService(newStore(t, time.Now))
	id := s.create(t)
	mugs, pot := item{"enamel-mug", 2}, item{"moka-pot", 1}

	expect(t, "a new cart is empty", s.get(t, id), cart{id, 1, []item{}})
	expect(t, "put", s.put(t, id, "enamel-mug", `{"quantity":2}`, ""), cart{id, 2, []item{mugs}})
	expect(t, "put another", s.put(t, id, "moka-pot", `{"quantity":1}`, ""), cart{id, 3, []item{mugs, pot}})
	expect(t, "put the same again", s.put(t, id, "enamel-mug", `{"quantity":2}`, ""), cart{id, 3, []item{mugs, pot}})
	mugs.Quantity = 99
	expect(t, "put sets the quantity, where the item was", s.put(t, id, "enamel-mug", `{"quantity":99}`, ""), cart{id, 4, []item{mugs, pot}})
	expect(t, "get", s.get(t, id), cart{id, 4, []item{mugs, pot}})
	expect(t, "delete", s.remove(t, id, "enamel-mug", ""), cart{id, 5, []item{pot}})
	expect(t, "delete what is gone", s.remove(t, id, "enamel-mug", ""), cart{id, 5, []item{pot}})
	expect(t, "delete the last", s.remove(t, id, "moka-pot", ""), cart{id, 6, []item{}})

	if other := s.create(t); other == id {
		t.Errorf("two carts have the id %s", id)
	}
	empty := s.send(t, "create", func(r *httpapi.Request) {
		r.Body, r.Headers["content-type"] = `{}`, "application/json"
	})
	if empty.StatusCode != 201 {
		t.Errorf("create with an empty object: %d %s", empty.StatusCode, empty.Body)
	}
	if s.logs.Len() > 0 {
		t.Errorf("logged %s", s.logs)
	}
}

func TestBadRequestsNameTheFieldAndChangeNothing(t *testing.T) {
	s := newService(newStore(t, time.Now))
	id := s.create(t)
	before := s.put(t, id, "moka-pot", `{"quantity":1}`, "")
	expect(t, "put", before, cart{id, 2, []item{{"moka-pot", 1}}})
	unknown := strings.Repeat("A", 26)

	put := func(cart, product, body, ifMatch string) func(*testing.T) reply {
		return func(t *testing.T) reply { t.Helper(); return s.put(t, cart, product, body, ifMatch) }
	}
	quantity := func(json string) func(*testing.T) reply {
		return put(id, "moka-pot", `{"quantity":`+json+`}`, "")
	}
	const wanted = "must be a whole number from 1 to 99"
	for name, test := range map[string]struct {
		send   func(*testing.T) reply
		status int
		field  string
		detail string // part of it
	}{
		"quantity -1":       {quantity("-1"), 400, "quantity", wanted + ", was -1"},
		"quantity 0":        {quantity("0"), 400, "quantity", wanted + ", was 0"},
		"quantity 100":      {quantity("100"), 400, "quantity", wanted + ", was 100"},
		"quantity 10,000":   {quantity("10000"), 400, "quantity", wanted + ", was 10000"},
		"quantity 10^30":    {quantity("1" + strings.Repeat("0", 30)), 400, "quantity", "closer to zero"},
		"quantity 1.5":      {quantity("1.5"), 400, "quantity", "must be a whole number, was 1.5"},
		"quantity in text":  {quantity(`"2"`), 400, "quantity", "must be a whole number"},
		"quantity null":     {quantity("null"), 400, "quantity", "is missing, " + wanted},
		"quantity missing":  {put(id, "moka-pot", `{}`, ""), 400, "quantity", "is missing, " + wanted},
		"quantity twice":    {put(id, "moka-pot", `{"quantity":2,"quantity":3}`, ""), 400, "quantity", "once"},
		"an unknown field":  {put(id, "moka-pot", `{"quantity":2,"price":1}`, ""), 400, "price", "not a field"},
		"no body":           {put(id, "moka-pot", ``, ""), 400, "body", "missing"},
		"trailing garbage":  {put(id, "moka-pot", `{"quantity":2} please`, ""), 400, "body", "must end"},
		"body over 16 KB":   {put(id, "moka-pot", `{"quantity":2}`+strings.Repeat(" ", 16<<10), ""), 413, "body", "16384"},
		"no product":        {put(id, "", `{"quantity":2}`, ""), 400, "product", "lower-case"},
		"a long product":    {put(id, strings.Repeat("a", 300), `{"quantity":2}`, ""), 400, "product", "64 characters, was 300"},
		"an odd product":    {put(id, "mug\n<b>", `{"quantity":2}`, ""), 400, "product", `was "mug\n<b>"`},
		"delete odd":        {func(t *testing.T) reply { return s.remove(t, id, "MUG", "") }, 400, "product", "lower-case"},
		"a malformed match": {put(id, "moka-pot", `{"quantity":2}`, "2"), 400, "If-Match", "in quotes"},
		"a stale match":     {put(id, "moka-pot", `{"quantity":2}`, `"1"`), 412, "If-Match", `must be the cart's version, "2"`},
		"a stale delete":    {func(t *testing.T) reply { return s.remove(t, id, "moka-pot", `"1"`) }, 412, "If-Match", `"2"`},
		"an unknown cart":   {put(unknown, "moka-pot", `{"quantity":2}`, ""), 404, "cart", "id of a cart"},
		"delete unknown":    {func(t *testing.T) reply { return s.remove(t, unknown, "moka-pot", "") }, 404, "cart", "id of a cart"},
		"get unknown":       {func(t *testing.T) reply { return s.get(t, unknown) }, 404, "cart", "id of a cart"},
		"a short cart":      {func(t *testing.T) reply { return s.get(t, id[1:]) }, 404, "cart", "id of a cart"},
		"a long cart":       {func(t *testing.T) reply { return s.get(t, strings.Repeat("A", 300)) }, 404, "cart", "id of a cart"},
		"an odd cart":       {func(t *testing.T) reply { return s.get(t, "../"+id[3:]) }, 404, "cart", "id of a cart"},
		"wrong type": {func(t *testing.T) reply {
			return s.send(t, "put-item", func(r *httpapi.Request) {
				r.PathParameters["cart"], r.Headers["content-type"] = id, "text/plain"
			})
		}, 415, "Content-Type", "application/json"},
		"invalid UTF-8": {func(t *testing.T) reply {
			return s.send(t, "put-item", func(r *httpapi.Request) {
				r.PathParameters["cart"] = id
				r.Body, r.IsBase64Encoded = base64.StdEncoding.EncodeToString([]byte("{\"quantity\":2,\"\xff\":1}")), true
			})
		}, 400, "body", "UTF-8"},
		"a body for a new cart": {func(t *testing.T) reply {
			return s.send(t, "create", func(r *httpapi.Request) {
				r.Body, r.Headers["content-type"] = `{"id":"mine"}`, "application/json"
			})
		}, 400, "id", "not a field"},
	} {
		t.Run(name, func(t *testing.T) {
			got := test.send(t)
			if got.StatusCode != test.status || got.problem.Status != test.status {
				t.Fatalf("answered %d %s, want %d", got.StatusCode, got.Body, test.status)
			}
			if len(got.problem.Errors) != 1 || got.problem.Errors[0].Field != test.field || !strings.Contains(got.problem.Errors[0].Detail, test.detail) {
				t.Errorf("errors are %+v, want field %q with %q", got.problem.Errors, test.field, test.detail)
			}
			expect(t, "the cart afterwards", s.get(t, id), before.cart)
		})
	}
}

func TestIfMatchLetsOnlyTheNamedVersionChange(t *testing.T) {
	s := newService(newStore(t, time.Now))
	id := s.create(t)
	expect(t, "the current version", s.put(t, id, "moka-pot", `{"quantity":1}`, `"1"`), cart{id, 2, []item{{"moka-pot", 1}}})
	expect(t, "one of several", s.put(t, id, "moka-pot", `{"quantity":2}`, `"1", "2"`), cart{id, 3, []item{{"moka-pot", 2}}})
	expect(t, "any", s.put(t, id, "moka-pot", `{"quantity":3}`, `*`), cart{id, 4, []item{{"moka-pot", 3}}})
	expect(t, "delete", s.remove(t, id, "moka-pot", `"4"`), cart{id, 5, []item{}})
}

func TestSimultaneousChangesAllSurvive(t *testing.T) {
	s := newService(newStore(t, time.Now))
	id := s.create(t)
	const tabs = 20
	var running sync.WaitGroup
	for tab := range tabs {
		running.Go(func() {
			got := s.put(t, id, fmt.Sprintf("product-%d", tab), fmt.Sprintf(`{"quantity":%d}`, tab+1), "")
			if got.StatusCode != 200 {
				t.Errorf("tab %d: %d %s", tab, got.StatusCode, got.Body)
			}
		})
	}
	running.Wait()

	after := s.get(t, id).cart
	if after.Version != 1+tabs || len(after.Items) != tabs {
		t.Errorf("the cart is at version %d with %d items, want %d and %d", after.Version, len(after.Items), 1+tabs, tabs)
	}
	for tab := range tabs {
		if at := after.find(fmt.Sprintf("product-%d", tab)); at < 0 || after.Items[at].Quantity != tab+1 {
			t.Errorf("the item of tab %d was lost: %+v", tab, after.Items)
		}
	}
}

// Of the tabs that all saw one version and insist on it, one may change the cart.
func TestSimultaneousChangesOfOneVersionSucceedOnce(t *testing.T) {
	s := newService(newStore(t, time.Now))
	id := s.create(t)
	const tabs = 8
	statuses := make([]int, tabs)
	var running sync.WaitGroup
	for tab := range tabs {
		running.Go(func() {
			statuses[tab] = s.put(t, id, fmt.Sprintf("product-%d", tab), `{"quantity":1}`, `"1"`).StatusCode
		})
	}
	running.Wait()
	count := map[int]int{}
	for _, status := range statuses {
		count[status]++
	}
	if count[200] != 1 || count[412] != tabs-1 {
		t.Errorf("statuses are %v, want one 200 and else 412", statuses)
	}
}

func TestCartHoldsSoManyProductsAndNoMore(t *testing.T) {
	s := newService(newStore(t, time.Now))
	id := s.create(t)
	for n := range maxProducts {
		if got := s.put(t, id, fmt.Sprintf("product-%d", n), `{"quantity":1}`, ""); got.StatusCode != 200 {
			t.Fatalf("product %d: %d %s, logged %s", n, got.StatusCode, got.Body, s.logs)
		}
	}
	before := s.get(t, id).cart

	got := s.put(t, id, "one-more", `{"quantity":1}`, "")
	if got.StatusCode != 422 || len(got.problem.Errors) != 1 || got.problem.Errors[0].Field != "product" {
		t.Errorf("one more product: %d %s", got.StatusCode, got.Body)
	}
	expect(t, "a full cart stays as it was", s.get(t, id), before)
	if got := s.put(t, id, "product-7", `{"quantity":5}`, ""); got.StatusCode != 200 {
		t.Errorf("another quantity in a full cart: %d %s", got.StatusCode, got.Body)
	}
}

func TestCartExpiresAfterItsLastChange(t *testing.T) {
	now := time.Date(2026, 11, 22, 13, 10, 44, 0, time.UTC)
	carts := newStore(t, func() time.Time { return now })
	s := newService(carts)
	id := s.create(t)

	now = now.Add(20 * 24 * time.Hour)
	expect(t, "change it in time", s.put(t, id, "moka-pot", `{"quantity":1}`, ""), cart{id, 2, []item{{"moka-pot", 1}}})
	stored, err := carts.client.GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: aws.String(carts.table),
		Key:       map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: id}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := &types.AttributeValueMemberN{Value: strconv.FormatInt(now.Add(lifetime).Unix(), 10)}
	if diff := cmp.Diff(types.AttributeValue(want), stored.Item["expires"], cmp.AllowUnexported(types.AttributeValueMemberN{})); diff != "" {
		t.Errorf("attribute expires (-want +got):\n%s", diff)
	}

	now = now.Add(lifetime - time.Second)
	if got := s.get(t, id); got.StatusCode != 200 {
		t.Errorf("a second before: %d %s", got.StatusCode, got.Body)
	}
	now = now.Add(time.Second)
	for name, got := range map[string]reply{
		"get":    s.get(t, id),
		"put":    s.put(t, id, "moka-pot", `{"quantity":2}`, ""),
		"delete": s.remove(t, id, "moka-pot", ""),
	} {
		if got.StatusCode != 404 {
			t.Errorf("%s an expired cart: %d %s", name, got.StatusCode, got.Body)
		}
	}
}
