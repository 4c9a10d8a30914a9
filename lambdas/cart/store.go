package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"annex/lambdas/internal/awsclient"
	"annex/lambdas/internal/httpapi"
)

// lifetime is how long a cart lives after its last change.
const lifetime = 30 * 24 * time.Hour

var (
	// errNoCart says that there is no such cart, or that it has expired.
	errNoCart = errors.New("no such cart")
	// errConflict says that somebody else has changed the cart since it was loaded.
	errConflict = errors.New("the cart was changed at the same time")
)

// A store keeps carts in a DynamoDB table, one item a cart:
//
//	id       string, the partition key
//	version  number
//	items    list of {product: string, quantity: number}
//	expires  number, epoch seconds, the table's TTL attribute
//	write    string, what the save that wrote the item is known by; a cart that has not been changed, or has been
//	         emptied by a checkout, has none
//	order    string, the order whose checkout emptied the cart; a cart that has been changed since has none
type store struct {
	client *dynamodb.Client
	table  string
	orders string // the table of the orders, see place
	now    func() time.Time
}

// A keptCart is a cart with what only the table knows of its last change.
type keptCart struct {
	cart
	write, order string
}

// create makes an empty cart. Its id is what lets somebody read and change it, so it cannot be guessed: 130 random
// bits, of which two are never the same. The SDK may send the write again, which then writes the same once more: nobody
// can have changed a cart whose id has not been answered.
func (s store) create(ctx context.Context) (cart, error) {
	created := cart{ID: rand.Text(), Version: 1, Items: []item{}}
	_, err := s.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: s.encode(created)})
	if err != nil {
		return cart{}, s.failed("create a cart", err)
	}
	return created, nil
}

// load reads a cart as its last change left it. The error is errNoCart where there is none.
func (s store) load(ctx context.Context, id string) (keptCart, error) {
	output, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName:      &s.table,
		Key:            map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: id}},
		ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return keptCart{}, s.failed("load a cart", err)
	}
	if output.Item == nil {
		return keptCart{}, errNoCart
	}
	loaded, expires, err := decode(output.Item)
	if err != nil {
		return keptCart{}, s.failed("load a cart", err)
	}
	// DynamoDB deletes an expired item within days, not at once.
	if expires <= s.now().Unix() {
		return keptCart{}, errNoCart
	}
	return loaded, nil
}

// reachable tells whether carts can be read, by reading the cart of an id that none can have.
func (s store) reachable(ctx context.Context) error {
	_, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.table,
		Key:       map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "health"}},
	})
	if err != nil {
		return s.failed("read a cart that is nobody's", err)
	}
	return nil
}

// save writes a changed cart as the version after the one that was loaded, and gives it that version. The error is
// errConflict where the table holds another version by now, and then nothing is written.
//
// The SDK sends a write again whose answer it did not get. If that write was made, the second fails its condition
// because of the first, so a failed save looks whether the item is the one that it wrote. It cannot tell once somebody
// else has saved the cart in between: that is a conflict.
func (s store) save(ctx context.Context, changed *cart) error {
	loaded := changed.Version
	changed.Version++
	written := s.encode(*changed)
	write := rand.Text()
	written["write"] = &types.AttributeValueMemberS{Value: write}
	_, err := s.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName:                           &s.table,
		Item:                                written,
		ConditionExpression:                 aws.String("version = :loaded"),
		ExpressionAttributeValues:           map[string]types.AttributeValue{":loaded": number(int64(loaded))},
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	if failed, ok := errors.AsType[*types.ConditionalCheckFailedException](err); ok {
		if last, ok := failed.Item["write"].(*types.AttributeValueMemberS); ok && last.Value == write {
			return nil
		}
		return errConflict
	}
	if isConflict(err) {
		return errConflict // with a transaction: a checkout in another tab
	}
	if err != nil {
		return s.failed("save a cart", err)
	}
	return nil
}

// failed leaves out which cart it was: whoever reads the log could use its id.
func (s store) failed(doing string, err error) error {
	err = fmt.Errorf("%s in table %s: %w", doing, s.table, err)
	if awsclient.Unavailable(err) {
		return httpapi.Unavailable(err)
	}
	return err
}

func (s store) encode(c cart) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{
		"id":      &types.AttributeValueMemberS{Value: c.ID},
		"version": number(int64(c.Version)),
		"items":   encodeItems(c.Items),
		"expires": number(s.now().Add(lifetime).Unix()),
	}
}

func encodeItems(items []item) types.AttributeValue {
	values := make([]types.AttributeValue, 0, len(items))
	for _, item := range items {
		values = append(values, &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{
			"product":  &types.AttributeValueMemberS{Value: item.Product},
			"quantity": number(int64(item.Quantity)),
		}})
	}
	return &types.AttributeValueMemberL{Value: values}
}

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

// decode reads what encode wrote. An attribute of another type is reported rather than dropped, since the next save
// would overwrite it.
func decode(attributes map[string]types.AttributeValue) (c keptCart, expires int64, err error) {
	read := attributeReader{}
	c.ID = read.text(attributes, "id")
	c.Version = int(read.number(attributes, "version"))
	c.Items = read.items(attributes)
	c.write, c.order = optional(attributes, "write"), optional(attributes, "order")
	expires = read.number(attributes, "expires")
	return c, expires, read.err
}

// optional is an attribute that may be missing, or empty. The next save writes it anew or leaves it out.
func optional(attributes map[string]types.AttributeValue, name string) string {
	if value, ok := attributes[name].(*types.AttributeValueMemberS); ok {
		return value.Value
	}
	return ""
}

// attributeReader keeps the last error of several reads.
type attributeReader struct{ err error }

func (r *attributeReader) text(attributes map[string]types.AttributeValue, name string) string {
	value, ok := attributes[name].(*types.AttributeValueMemberS)
	if !ok {
		r.err = fmt.Errorf("attribute %s is not a string", name)
		return ""
	}
	return value.Value
}

func (r *attributeReader) number(attributes map[string]types.AttributeValue, name string) int64 {
	value, ok := attributes[name].(*types.AttributeValueMemberN)
	if !ok {
		r.err = fmt.Errorf("attribute %s is not a number", name)
		return 0
	}
	n, err := strconv.ParseInt(value.Value, 10, 64)
	if err != nil {
		r.err = fmt.Errorf("attribute %s is not a whole number: %w", name, err)
	}
	return n
}

func (r *attributeReader) items(attributes map[string]types.AttributeValue) []item {
	list, ok := attributes["items"].(*types.AttributeValueMemberL)
	if !ok {
		r.err = errors.New("attribute items is not a list")
		return nil
	}
	items := []item{}
	for _, value := range list.Value {
		fields, ok := value.(*types.AttributeValueMemberM)
		if !ok {
			r.err = errors.New("attribute items has an element that is not a map")
			return nil
		}
		items = append(items, item{Product: r.text(fields.Value, "product"), Quantity: int(r.number(fields.Value, "quantity"))})
	}
	return items
}
