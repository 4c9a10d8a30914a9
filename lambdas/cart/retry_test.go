package main

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// attributes is an item as DynamoDB's protocol has it.
type attributes map[string]map[string]any

// A lossyTable holds one cart, and makes the first writes without their answers reaching the client.
type lossyTable struct {
	item    attributes
	lose    int        // answers
	then    attributes // what somebody else has changed by the next write, if anything
	silent  bool       // gives no item with a failed condition, as bare dynalite
	writes  []string   // attribute write of each write, in their order
	refused int        // writes that failed their condition
}

func newLossyTable() *lossyTable {
	return &lossyTable{lose: 1, item: attributes{
		"id": {"S": someCart}, "version": {"N": "1"}, "expires": {"N": "99999999999"}, "items": {"L": []any{
			map[string]any{"M": attributes{"product": {"S": "enamel-mug"}, "quantity": {"N": "2"}}},
		}},
	}}
}

func (l *lossyTable) answer(r *http.Request) (int, string, error) {
	var in struct {
		Item                                attributes
		ExpressionAttributeValues           attributes
		ReturnValuesOnConditionCheckFailure string
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return 0, "", err
	}
	if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".GetItem") {
		return encoded(200, map[string]any{"Item": l.item})
	}
	write, _ := in.Item["write"]["S"].(string)
	l.writes = append(l.writes, write)
	if in.ExpressionAttributeValues[":loaded"]["N"] != l.item["version"]["N"] {
		l.refused++
		failure := map[string]any{"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", "message": "The conditional request failed"}
		if in.ReturnValuesOnConditionCheckFailure == "ALL_OLD" && !l.silent {
			failure["Item"] = l.item
		}
		return encoded(400, failure)
	}
	l.item = in.Item
	if l.lose > 0 {
		l.lose--
		if l.then != nil {
			l.item = l.then
		}
		return 0, "", io.ErrUnexpectedEOF
	}
	return encoded(200, map[string]any{})
}

func encoded(status int, body map[string]any) (int, string, error) {
	content, err := json.Marshal(body)
	return status, string(content), err
}

// service tries again as often as the SDK does by itself.
func (l *lossyTable) service() service {
	carts := tableFunc(l.answer).store()
	options := carts.client.Options()
	options.Retryer, options.RetryMaxAttempts = nil, 0
	carts.client = dynamodb.New(options)
	return newService(carts)
}

func TestChangeWhoseAnswerWasLostIsMadeOnce(t *testing.T) {
	mug := item{"enamel-mug", 2}
	put := func(t *testing.T, s service, match string) reply {
		return s.put(t, someCart, "moka-pot", `{"quantity":1}`, match)
	}
	remove := func(t *testing.T, s service, match string) reply { return s.remove(t, someCart, "enamel-mug", match) }
	for name, test := range map[string]struct {
		send  func(*testing.T, service, string) reply
		match string
		lose  int
		want  cart
	}{
		"put of a version":     {put, `"1"`, 1, cart{someCart, 2, []item{mug, {"moka-pot", 1}}}},
		"put":                  {put, "", 1, cart{someCart, 2, []item{mug, {"moka-pot", 1}}}},
		"delete of a version":  {remove, `"1"`, 1, cart{someCart, 2, []item{}}},
		"delete":               {remove, "", 1, cart{someCart, 2, []item{}}},
		"with nothing to lose": {put, `"1"`, 0, cart{someCart, 2, []item{mug, {"moka-pot", 1}}}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				table := newLossyTable()
				table.lose = test.lose
				s := table.service()
				expect(t, name, test.send(t, s, test.match), test.want)
				if len(table.writes) != 1+test.lose || table.refused != test.lose {
					t.Errorf("%d writes, of which %d were refused, want %d and %d", len(table.writes), table.refused, 1+test.lose, test.lose)
				}
				expect(t, "the cart afterwards", s.get(t, someCart), test.want)
			})
		})
	}
}

// Where the item is not the one that the change wrote, or it cannot be seen that it is, the change is refused.
func TestChangeOfAnotherIsNoAnswerLost(t *testing.T) {
	theirs := func(edit func(attributes)) attributes {
		item := newLossyTable().item
		item["version"], item["write"] = map[string]any{"N": "2"}, map[string]any{"S": "theirs"}
		edit(item)
		return item
	}
	for name, test := range map[string]struct {
		then   attributes
		silent bool
	}{
		"by another save":          {then: theirs(func(attributes) {})},
		"by one without a token":   {then: theirs(func(a attributes) { delete(a, "write") })},
		"with an odd token":        {then: theirs(func(a attributes) { a["write"] = map[string]any{"N": "2"} })},
		"no item with the failure": {silent: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				table := newLossyTable()
				table.then, table.silent = test.then, test.silent
				s := table.service()
				if got := s.put(t, someCart, "moka-pot", `{"quantity":1}`, `"1"`); got.StatusCode != 412 {
					t.Errorf("answered %d %s, want 412", got.StatusCode, got.Body)
				}
				if table.refused != 1 {
					t.Errorf("%d writes were refused, want 1", table.refused)
				}
			})
		})
	}
}

func TestEachSaveHasItsOwnToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table := newLossyTable()
		s := table.service()
		for _, quantity := range []string{"1", "2"} {
			if got := s.put(t, someCart, "moka-pot", `{"quantity":`+quantity+`}`, ""); got.StatusCode != 200 {
				t.Fatalf("quantity %s: %d %s", quantity, got.StatusCode, got.Body)
			}
		}
		if w := table.writes; len(w) != 3 || w[0] == "" || w[0] != w[1] || w[1] == w[2] {
			t.Errorf("the writes of two saves, the first sent twice, have the tokens %q", w)
		}
	})
}
