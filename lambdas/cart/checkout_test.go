package main

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"annex/lambdas/internal/httpapi"
)

const someCustomer = "f2a5b4c4-10e1-70b9-5d8c-3a1f0e9d8c7b" // the one in testdata

// filled makes a cart at version 3 with two products.
func (s service) filled(t *testing.T) (id string) {
	t.Helper()
	id = s.create(t)
	expect(t, "put", s.put(t, id, "moka-pot", `{"quantity":1}`, ""), cart{id, 2, []item{{"moka-pot", 1}}})
	expect(t, "put", s.put(t, id, "enamel-mug", `{"quantity":2}`, ""), cart{id, 3, []item{{"moka-pot", 1}, {"enamel-mug", 2}}})
	return id
}

// allOrders is all that is in the orders' table.
func (s store) allOrders(t *testing.T) []map[string]types.AttributeValue {
	t.Helper()
	output, err := s.client.Scan(t.Context(), &dynamodb.ScanInput{TableName: &s.orders, ConsistentRead: aws.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
	return output.Items
}

func expectOrder(t *testing.T, step string, got reply, status int, want order) {
	t.Helper()
	if got.StatusCode != status {
		t.Fatalf("%s: %d %s, want %d", step, got.StatusCode, got.Body, status)
	}
	if diff := cmp.Diff(want, got.order); diff != "" {
		t.Errorf("%s (-want +got):\n%s", step, diff)
	}
}

func expectProblem(t *testing.T, step string, got reply, status int, field, detail string) {
	t.Helper()
	if got.StatusCode != status || len(got.problem.Errors) != 1 || got.problem.Errors[0].Field != field || !strings.Contains(got.problem.Errors[0].Detail, detail) {
		t.Errorf("%s: %d %s, want %d for %s with %q", step, got.StatusCode, got.Body, status, field, detail)
	}
}

func TestCheckoutMakesAnOrderAndEmptiesTheCart(t *testing.T) {
	now := time.Date(2026, 11, 22, 14, 10, 44, 500, time.FixedZone("CET", 3600))
	carts := newStore(t, func() time.Time { return now })
	s := newService(carts)
	id := s.filled(t)
	placed := s.checkout(t, id, "", `"3"`)
	items := []item{{"moka-pot", 1}, {"enamel-mug", 2}}
	expectOrder(t, "the checkout", placed, 201, order{placed.order.ID, items, time.Date(2026, 11, 22, 13, 10, 44, 0, time.UTC)})
	if !strings.Contains(placed.Body, `"placed":"2026-11-22T13:10:44Z"`) {
		t.Errorf("answered %s", placed.Body)
	}
	expect(t, "the cart", s.get(t, id), cart{id, 4, []item{}})

	text := func(value string) types.AttributeValue { return &types.AttributeValueMemberS{Value: value} }
	want := []map[string]types.AttributeValue{{
		"customer": text(someCustomer), "order": text(placed.order.ID), "placed": text("2026-11-22T13:10:44Z"),
		"items": encodeItems(items), "cart": text(digest("cart " + id)),
	}}
	stored := carts.allOrders(t)
	if diff := cmp.Diff(want, stored, cmpopts.IgnoreUnexported(types.AttributeValueMemberS{}, types.AttributeValueMemberN{}, types.AttributeValueMemberL{}, types.AttributeValueMemberM{})); diff != "" {
		t.Errorf("the orders (-want +got):\n%s", diff)
	}
	if s.logs.Len() > 0 {
		t.Errorf("logged %s", s.logs)
	}

	// The cart goes on, and its next checkout is another order.
	expect(t, "put", s.put(t, id, "moka-pot", `{"quantity":1}`, ""), cart{id, 5, []item{{"moka-pot", 1}}})
	next := s.checkout(t, id, "", "")
	expectOrder(t, "the next checkout", next, 201, order{next.order.ID, []item{{"moka-pot", 1}}, placed.order.Placed})
	if next.order.ID == placed.order.ID || len(carts.allOrders(t)) != 2 {
		t.Errorf("two checkouts gave the orders %s and %s", placed.order.ID, next.order.ID)
	}
}

func TestCheckoutThatIsSentAgainIsTheSameOrder(t *testing.T) {
	now := time.Now()
	carts := newStore(t, func() time.Time { return now })
	s := newService(carts)
	id := s.filled(t)
	placed := s.checkout(t, id, "", `"3"`)
	now = now.Add(time.Hour)
	expectOrder(t, "again", s.checkout(t, id, "", `"3"`), 200, placed.order)
	expectOrder(t, "without a version", s.checkout(t, id, "", ""), 200, placed.order)
	expectOrder(t, "of any version", s.checkout(t, id, "", "*"), 200, placed.order)
	expectOrder(t, "of the emptied version", s.checkout(t, id, "", `"4"`), 200, placed.order)
	expectProblem(t, "of an earlier version", s.checkout(t, id, "", `"2"`), 412, "If-Match", `"4"`)
	expect(t, "the cart", s.get(t, id), cart{id, 4, []item{}})

	// To another customer it is an empty cart.
	expectProblem(t, "another customer", s.checkout(t, id, "another", ""), 422, "cart", "at least one product")
	expectProblem(t, "another customer with a version", s.checkout(t, id, "another", `"3"`), 412, "If-Match", `"4"`)

	// Once it is changed, it is a cart like any other.
	s.put(t, id, "moka-pot", `{"quantity":1}`, "")
	expectProblem(t, "after a change", s.checkout(t, id, "", `"3"`), 412, "If-Match", `"5"`)
	s.remove(t, id, "moka-pot", "")
	expectProblem(t, "after it was emptied by hand", s.checkout(t, id, "", ""), 422, "cart", "at least one product")
	if orders := carts.allOrders(t); len(orders) != 1 {
		t.Errorf("there are %d orders, want 1", len(orders))
	}
}

func TestSimultaneousCheckoutsOfOneCartAreOneOrder(t *testing.T) {
	carts := newStore(t, time.Now)
	s := newService(carts)
	for _, match := range []string{"", `"3"`} {
		id := s.filled(t)
		before := len(carts.allOrders(t))
		replies := make([]reply, 8)
		var running sync.WaitGroup
		for i := range replies {
			running.Go(func() { replies[i] = s.checkout(t, id, "", match) })
		}
		running.Wait()
		made := 0
		for _, r := range replies {
			if r.StatusCode == 201 {
				made++
			} else if r.StatusCode != 200 {
				t.Errorf("answered %d %s", r.StatusCode, r.Body)
			}
			if diff := cmp.Diff(replies[0].order, r.order); diff != "" {
				t.Errorf("two orders:\n%s", diff)
			}
		}
		if orders := len(carts.allOrders(t)) - before; made != 1 || orders != 1 {
			t.Errorf("%d checkouts were answered 201, and there are %d more orders, want 1 and 1", made, orders)
		}
	}
}

// Whoever comes first has the order, and the other an empty cart; what is put into the cart meanwhile is in the order
// or in the cart, and never in both or none.
func TestCheckoutsMeetOtherCustomersAndChanges(t *testing.T) {
	carts := newStore(t, time.Now)
	s := newService(carts)
	for range 5 {
		id := s.filled(t)
		before := len(carts.allOrders(t))
		var one, other, put reply
		var running sync.WaitGroup
		running.Go(func() { one = s.checkout(t, id, "one", "") })
		running.Go(func() { other = s.checkout(t, id, "other", "") })
		running.Go(func() { put = s.put(t, id, "tea-pot", `{"quantity":1}`, "") })
		running.Wait()
		if put.StatusCode != 200 {
			t.Fatalf("put: %d %s", put.StatusCode, put.Body)
		}
		bought := []item{}
		made := 0
		for _, r := range []reply{one, other} {
			switch r.StatusCode {
			case 201:
				bought = append(bought, r.order.Items...)
				made++
			case 422: // it was empty already
			default:
				t.Errorf("answered %d %s", r.StatusCode, r.Body)
			}
		}
		left := s.get(t, id).cart.Items
		want := []item{{"moka-pot", 1}, {"enamel-mug", 2}, {"tea-pot", 1}}
		sorted := cmpopts.SortSlices(func(a, b item) bool { return a.Product < b.Product })
		if diff := cmp.Diff(want, append(bought, left...), sorted); diff != "" {
			t.Errorf("bought and left (-want +got):\n%s", diff)
		}
		if orders := len(carts.allOrders(t)) - before; orders != made {
			t.Errorf("%d orders were answered, and %d made", made, orders)
		}
	}
}

// The carts' table can be put back to an earlier state, which the orders' table then is not.
func TestCheckoutOfARestoredCartIsTheOrderThatItWas(t *testing.T) {
	carts := newStore(t, time.Now)
	s := newService(carts)
	id := s.filled(t)
	key := map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: id}}
	saved, err := carts.client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &carts.table, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	placed := s.checkout(t, id, "", "")
	restore := func() {
		t.Helper()
		if _, err := carts.client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &carts.table, Item: saved.Item}); err != nil {
			t.Fatal(err)
		}
	}
	restore()
	expectOrder(t, "the restored cart", s.checkout(t, id, "", `"3"`), 200, placed.order)
	expect(t, "the cart", s.get(t, id), cart{id, 4, []item{}})

	// A change that has the number of one before is not the same change.
	restore()
	s.put(t, id, "moka-pot", `{"quantity":3}`, "")
	s.checkout(t, id, "", "")
	restore()
	s.put(t, id, "moka-pot", `{"quantity":4}`, "")
	if other := s.checkout(t, id, "", ""); other.StatusCode != 201 || other.order.Items[0].Quantity != 4 {
		t.Errorf("another change at the same version: %d %s", other.StatusCode, other.Body)
	}
	if orders := carts.allOrders(t); len(orders) != 3 {
		t.Errorf("there are %d orders, want 3", len(orders))
	}
}

func TestBadCheckoutsNameTheFieldAndOrderNothing(t *testing.T) {
	carts := newStore(t, time.Now)
	s := newService(carts)
	empty, full := s.create(t), s.filled(t)
	body := func(text string) reply {
		return s.send(t, "checkout", func(r *httpapi.Request) {
			r.PathParameters["cart"], r.Body, r.Headers["content-type"] = full, text, "application/json"
		})
	}
	expectProblem(t, "an empty cart", s.checkout(t, empty, "", ""), 422, "cart", "at least one product")
	expectProblem(t, "a stale version of an empty cart", s.checkout(t, empty, "", `"2"`), 412, "If-Match", `"1"`)
	expectProblem(t, "a stale version", s.checkout(t, full, "", `"2"`), 412, "If-Match", `"3"`)
	expectProblem(t, "a malformed version", s.checkout(t, full, "", `3`), 400, "If-Match", "in quotes")
	expectProblem(t, "an unknown cart", s.checkout(t, someCart, "", ""), 404, "cart", "id of a cart")
	expectProblem(t, "an odd cart", s.checkout(t, "checkout", "", ""), 404, "cart", "id of a cart")
	expectProblem(t, "a body that says something", body(`{"price":1}`), 400, "price", "not a field")
	if orders := carts.allOrders(t); len(orders) > 0 {
		t.Errorf("there are %d orders", len(orders))
	}
	expect(t, "the cart", s.get(t, full), cart{full, 3, []item{{"moka-pot", 1}, {"enamel-mug", 2}}})
	if got := body(`{}`); got.StatusCode != 201 {
		t.Errorf("an empty object: %d %s", got.StatusCode, got.Body)
	}
}

func TestAnOrderDoesNotTellItsCart(t *testing.T) {
	kept := keptCart{cart: cart{ID: someCart, Version: 3}, write: "W"}
	first := newOrder(kept, time.Now()).ID
	for _, id := range []string{first, digest("cart " + someCart)} {
		if strings.Contains(id, someCart[:4]) || len(id) != len(someCart) {
			t.Errorf("id is %s", id)
		}
	}
	if again := newOrder(kept, time.Now().Add(time.Hour)).ID; again != first {
		t.Errorf("the same cart gives %s and %s", first, again)
	}
	for name, edit := range map[string]func(*keptCart){
		"version": func(c *keptCart) { c.Version = 4 },
		"write":   func(c *keptCart) { c.write = "V" },
		"cart":    func(c *keptCart) { c.ID = strings.Repeat("A", 26) },
	} {
		changed := kept
		edit(&changed)
		if id := newOrder(changed, time.Now()).ID; id == first {
			t.Errorf("another %s gives the same order", name)
		}
	}
}
