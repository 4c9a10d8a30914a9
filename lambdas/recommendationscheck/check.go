package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"annex/lambdas/internal/release"
)

// A table is where the pairs are kept, to which the check adds its own.
type table struct {
	client *dynamodb.Client
	name   string
}

// often and seldom are bought with the check's product.
var often, seldom = recommendation{"release-check-often", 3}, recommendation{"release-check-seldom", 1}

// check asks for a product that nobody knows, adds to the table what was bought with it, and asks again.
func (t table) check(ctx context.Context, api *release.API) error {
	if t.name == "" {
		return errors.New("RECOMMENDATIONS_TABLE is not set: the stack gives the check the name of the pairs' table")
	}
	product := "release-check-" + strings.ToLower(rand.Text()) // of this check alone, for another may run
	if err := finds(ctx, api, product, ""); err != nil {
		return err
	}
	for _, with := range []recommendation{seldom, often} {
		api.Cleanup(func(ctx context.Context) error { return t.remove(ctx, product, with) })
		if err := t.add(ctx, product, with); err != nil {
			return err
		}
	}
	if err := soon(ctx, func() error { return finds(ctx, api, product, "", often, seldom) }); err != nil {
		return err
	}
	if err := finds(ctx, api, product, "?limit=1", often); err != nil {
		return err
	}
	return api.Refuses(ctx, release.Request{Route: get, Path: "/" + product + "?limit=0"}, "limit")
}

// soon tries again for a moment: what was written is read a little later, by a read that is eventually consistent.
func soon(ctx context.Context, try func() error) error {
	const tries, pause = 20, 100 * time.Millisecond
	for attempt := 1; ; attempt++ {
		err := try()
		if err == nil || attempt == tries {
			return err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return err
		}
	}
}

type recommendation struct {
	Product string `json:"product"`
	Orders  int    `json:"orders"`
}

// get is the route that is checked.
const get = "GET /{product}"

// finds checks that these are the recommendations of the product, in this order.
func finds(ctx context.Context, api *release.API, product, query string, want ...recommendation) error {
	answer, err := api.Do(ctx, release.Request{Route: get, Path: "/" + product + query})
	if err != nil {
		return err
	}
	var found struct {
		Product         string           `json:"product"`
		Recommendations []recommendation `json:"recommendations"`
	}
	if err := answer.JSON(&found); err != nil {
		return err
	}
	switch {
	case found.Product != product:
		return answer.Wrong("the answer is not of product %q", product)
	case found.Recommendations == nil || !slices.Equal(found.Recommendations, want):
		return answer.Wrong("the recommendations are %v, want %v", found.Recommendations, want)
	}
	return nil
}

// add writes a pair, which goes by itself where the check cannot remove it.
func (t table) add(ctx context.Context, product string, with recommendation) error {
	item := key(product, with)
	item["orders"] = number(int64(with.Orders))
	item["expires"] = number(time.Now().Add(time.Hour).Unix())
	if _, err := t.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &t.name, Item: item}); err != nil {
		return fmt.Errorf("put the check's pair into table %s: %w", t.name, err)
	}
	return nil
}

func (t table) remove(ctx context.Context, product string, with recommendation) error {
	if _, err := t.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &t.name, Key: key(product, with)}); err != nil {
		return fmt.Errorf("delete the check's pair from table %s: %w", t.name, err)
	}
	return nil
}

func key(product string, with recommendation) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{
		"product": &types.AttributeValueMemberS{Value: product}, "other": &types.AttributeValueMemberS{Value: with.Product},
	}
}

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}
