package aws

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// createTables creates the tables that are not there yet, and refuses those
// that are there with other keys or indexes: neither dynalite nor, for keys,
// AWS can change them.
func (d *dynamoDB) createTables(ctx context.Context, tables []Table) error {
	for _, t := range tables {
		there, err := d.describe(ctx, t)
		if err != nil {
			return err
		}
		if there == nil {
			if err := d.create(ctx, t); err != nil {
				return err
			}
			continue
		}
		if difference := there.difference(t); difference != "" {
			return fmt.Errorf("%s: the table %s was made with %s: `make clean-data` removes the data, and the next start makes the table anew", t.Resource, t.Name, difference)
		}
		if err := d.updateStream(ctx, t, there.StreamSpecification); err != nil {
			return err
		}
	}
	return nil
}

// description is what DescribeTable says of a table.
type description struct {
	TableStatus            string
	KeySchema              []KeyElement
	AttributeDefinitions   []Attribute
	GlobalSecondaryIndexes []Index
	LocalSecondaryIndexes  []Index
	StreamSpecification    streamSpecification
	LatestStreamArn        string
}

// streamSpecification is whether a table has a stream, and what its records
// hold. As in DynamoDB's API.
type streamSpecification struct {
	StreamEnabled  bool
	StreamViewType string `json:",omitempty"`
}

// describe returns nil for a table that is not there.
func (d *dynamoDB) describe(ctx context.Context, t Table) (*description, error) {
	var out struct{ Table description }
	err := d.call(ctx, "DescribeTable", t.Region, map[string]string{"TableName": t.Name}, &out)
	var refused callError
	if errors.As(err, &refused) && strings.HasSuffix(refused.Code, "#ResourceNotFoundException") {
		return nil, nil
	}
	if away, ok := errors.AsType[*unreachable](err); ok {
		return nil, away // it has nothing to do with this table
	}
	if err != nil {
		return nil, fmt.Errorf("%s: look at the table %s: %w", t.Resource, t.Name, err)
	}
	return &out.Table, nil
}

func (d *dynamoDB) create(ctx context.Context, t Table) error {
	in := struct {
		TableName              string
		BillingMode            string
		KeySchema              []KeyElement
		AttributeDefinitions   []Attribute
		GlobalSecondaryIndexes []Index              `json:",omitempty"`
		LocalSecondaryIndexes  []Index              `json:",omitempty"`
		StreamSpecification    *streamSpecification `json:",omitempty"`
	}{t.Name, "PAY_PER_REQUEST", t.KeySchema, t.AttributeDefinitions, t.GlobalSecondaryIndexes, t.LocalSecondaryIndexes, nil}
	if t.StreamViewType != "" {
		in.StreamSpecification = &streamSpecification{true, t.StreamViewType}
	}
	if err := d.call(ctx, "CreateTable", t.Region, in, nil); err != nil {
		return fmt.Errorf("%s: create the table %s: %w", t.Resource, t.Name, err)
	}
	if err := d.waitForTable(ctx, t); err != nil {
		return err
	}
	d.letExpire(ctx, t)
	return nil
}

// waitForTable waits until a table that was made or changed may be used.
func (d *dynamoDB) waitForTable(ctx context.Context, t Table) error {
	for {
		there, err := d.describe(ctx, t)
		if err != nil {
			return err
		}
		if there != nil && there.TableStatus == "ACTIVE" {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: wait for the table %s: %w", t.Resource, t.Name, context.Cause(ctx))
		case <-time.After(time.Millisecond):
		}
	}
}

// updateStream gives a table the stream that its template wants, or none. As in
// a deployment, another view type is another stream: the old one is disabled.
func (d *dynamoDB) updateStream(ctx context.Context, t Table, there streamSpecification) error {
	wanted := streamSpecification{t.StreamViewType != "", t.StreamViewType}
	if there == wanted {
		return nil
	}
	var steps []streamSpecification
	if there.StreamEnabled {
		steps = append(steps, streamSpecification{})
	}
	if wanted.StreamEnabled {
		steps = append(steps, wanted)
	}
	for _, step := range steps {
		err := d.call(ctx, "UpdateTable", t.Region, map[string]any{"TableName": t.Name, "StreamSpecification": step}, nil)
		if err != nil && d.other { // which may have no streams
			d.endpoint.log.Printf("%s: the table %s has not the stream of its template: %v", t.Resource, t.Name, err)
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: change the stream of the table %s: %w", t.Resource, t.Name, err)
		}
		if err := d.waitForTable(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// letExpire tells another DynamoDB of a table's time to live. It may have none,
// as dynalite has, where expire sees to it.
func (d *dynamoDB) letExpire(ctx context.Context, t Table) {
	if !d.other || t.ExpiryAttribute == "" {
		return
	}
	in := map[string]any{"TableName": t.Name, "TimeToLiveSpecification": map[string]any{"AttributeName": t.ExpiryAttribute, "Enabled": true}}
	if err := d.call(ctx, "UpdateTimeToLive", t.Region, in, nil); err != nil {
		d.endpoint.log.Printf("%s: expired items stay in the table %s: %v", t.Resource, t.Name, err)
	}
}

// difference says in what the table on disk is not the template's, or nothing.
func (there description) difference(t Table) string {
	if had, want := keyString(there.KeySchema, there.AttributeDefinitions), keyString(t.KeySchema, t.AttributeDefinitions); had != want {
		return fmt.Sprintf("the key %s, and the template wants %s", had, want)
	}
	for _, kind := range []struct {
		name      string
		had, want []Index
	}{
		{"global", there.GlobalSecondaryIndexes, t.GlobalSecondaryIndexes},
		{"local", there.LocalSecondaryIndexes, t.LocalSecondaryIndexes},
	} {
		had, want := indexString(kind.had, there.AttributeDefinitions), indexString(kind.want, t.AttributeDefinitions)
		if had != want {
			return fmt.Sprintf("the %s indexes %s, and the template wants %s", kind.name, had, want)
		}
	}
	return ""
}

// keyString is a key as people write it: id (S), date (N).
func keyString(key []KeyElement, attributes []Attribute) string {
	key = slices.Clone(key)
	slices.SortFunc(key, func(a, b KeyElement) int { return strings.Compare(a.KeyType, b.KeyType) }) // HASH, RANGE
	var parts []string
	for _, k := range key {
		kind := "?"
		for _, a := range attributes {
			if a.AttributeName == k.AttributeName {
				kind = a.AttributeType
			}
		}
		parts = append(parts, k.AttributeName+" ("+kind+")")
	}
	return strings.Join(parts, ", ")
}

func indexString(indexes []Index, attributes []Attribute) string {
	if len(indexes) == 0 {
		return "(none)"
	}
	var parts []string
	for _, index := range indexes {
		projected := index.Projection.ProjectionType
		if names := slices.Sorted(slices.Values(index.Projection.NonKeyAttributes)); len(names) > 0 {
			projected = strings.Join(names, " ")
		}
		parts = append(parts, fmt.Sprintf("%s [%s; %s]", index.IndexName, keyString(index.KeySchema, attributes), cmp.Or(projected, "ALL")))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// callError is a failure that DynamoDB answered with.
type callError struct {
	Code    string `json:"__type"`
	Message string `json:"message"`
}

func (e callError) Error() string {
	return e.Code[strings.IndexByte(e.Code, '#')+1:] + ": " + e.Message
}

// call makes a request as the endpoint itself.
func (d *dynamoDB) call(ctx context.Context, operation, region string, in, out any) error {
	return d.callTarget(ctx, dynamoDBTarget+operation, region, in, out)
}

func (d *dynamoDB) callTarget(ctx context.Context, target, region string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	response, err := d.send(ctx, target, region, body)
	if err != nil {
		return err
	}
	if response.status != 200 {
		failed := callError{Code: fmt.Sprint("status ", response.status), Message: string(response.body)}
		_ = json.Unmarshal(response.body, &failed) // an answer in no form of DynamoDB's is shown as it is
		return failed
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(response.body, out)
}
