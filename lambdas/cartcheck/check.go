package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"annex/lambdas/internal/release"
)

// product is what the check puts into its cart. Which products there are is the container's to know, so it is none.
const product = "release-check"

// A table is where the carts are kept, of which the check removes its own.
type table struct {
	client *dynamodb.Client
	name   string
}

// check makes a cart, puts a product in and takes it out again, and reads what came of it.
func (t table) check(ctx context.Context, api *release.API) error {
	if t.name == "" {
		return errors.New("CARTS_TABLE is not set: the stack gives the check the name of the carts' table")
	}
	id, err := t.create(ctx, api)
	if err != nil {
		return err
	}
	const put, get, remove = "PUT /{cart}/items/{product}", "GET /{cart}", "DELETE /{cart}/items/{product}"
	one, none := []item{{product, 2}}, []item{}
	items, body := "/"+id+"/items/"+product, `{"quantity":2}`
	for _, step := range []struct {
		request release.Request
		version int
		items   []item
	}{
		{release.Request{Route: put, Path: items, Body: body, Header: ifMatch(1)}, 2, one},
		{release.Request{Route: get, Path: "/" + id}, 2, one},
		{release.Request{Route: remove, Path: items, Header: ifMatch(2)}, 3, none},
		{release.Request{Route: get, Path: "/" + id}, 3, none},
	} {
		answer, err := api.Do(ctx, step.request)
		if err != nil {
			return err
		}
		if err := isCart(answer, id, step.version, step.items); err != nil {
			return err
		}
	}
	// Two tabs that change the same cart: the second must not undo what the first did.
	_, err = api.Do(ctx, release.Request{Route: put, Path: items, Body: body, Header: ifMatch(2), Want: http.StatusPreconditionFailed})
	return err
}

// create makes the check's cart, and sees to its end, whatever else is wrong with the answer.
func (t table) create(ctx context.Context, api *release.API) (id string, err error) {
	answer, err := api.Do(ctx, release.Request{Route: "POST /", Path: "/", Want: http.StatusCreated})
	var created cart
	if unreadable := json.Unmarshal([]byte(answer.Body), &created); unreadable == nil && created.ID != "" {
		api.Cleanup(func(ctx context.Context) error { return t.remove(ctx, created.ID) })
	}
	if err != nil {
		return "", err
	}
	if err := answer.JSON(&created); err != nil {
		return "", err
	}
	if created.ID == "" {
		return "", answer.Wrong("the cart has no id")
	}
	return created.ID, isCart(answer, created.ID, 1, []item{})
}

func (t table) remove(ctx context.Context, id string) error {
	_, err := t.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &t.name,
		Key:       map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: id}},
	})
	if err != nil {
		return fmt.Errorf("delete the check's cart from table %s: %w", t.name, err)
	}
	return nil
}

type cart struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
	Items   []item `json:"items"`
}

type item struct {
	Product  string `json:"product"`
	Quantity int    `json:"quantity"`
}

func ifMatch(version int) map[string]string { return map[string]string{"If-Match": etag(version)} }

func etag(version int) string { return strconv.Quote(strconv.Itoa(version)) }

// isCart compares an answer with the cart that it should be. What a cart has besides is a new version's own.
func isCart(answer release.Answer, id string, version int, items []item) error {
	var got cart
	if err := answer.JSON(&got); err != nil {
		return err
	}
	switch {
	case got.ID != id:
		return answer.Wrong("this is another cart")
	case got.Version != version:
		return answer.Wrong("the cart is at version %d, want %d", got.Version, version)
	case answer.Header.Get("ETag") != etag(version):
		return answer.Wrong("ETag is %q, want %q", answer.Header.Get("ETag"), etag(version))
	case answer.Header.Get("Cache-Control") != "no-store":
		return answer.Wrong("Cache-Control is %q, want no-store: a cart is only its shopper's", answer.Header.Get("Cache-Control"))
	case got.Items == nil || !slices.Equal(got.Items, items):
		return answer.Wrong("the cart holds %v, want %v", got.Items, items)
	}
	return nil
}
