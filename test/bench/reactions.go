package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// reactions measures how long it takes from a write to the carts' table until the
// function that learns from it begins, with a process that is there, beside that
// write alone.
func reactions(ctx context.Context, w workplace) ([]row, error) {
	s := &server{}
	s.cmd = exec.CommandContext(ctx, w.local, "-assembly", w.cloud, "-state", filepath.Join(w.dir, "state"), "-port", "0", "-tls-port", "0", "-json") //nolint:gosec // the runner
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.cmd.Stderr = os.Stderr
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	defer s.stop() //nolint:errcheck // what failed before is the error to tell
	records := bufio.NewScanner(out)
	records.Buffer(nil, 1<<20)
	ready, err := nextRecord(records, "ready", "")
	if err != nil {
		return nil, err
	}
	cart, err := newBenchCart(ctx, ready.AWS)
	if err != nil {
		return nil, err
	}
	const runs = 101
	var writes []time.Duration
	begins, err := median(runs+1, func() (time.Duration, error) { // the first one starts the process
		sent := time.Now()
		if err := cart.change(ctx); err != nil {
			return 0, err
		}
		writes = append(writes, time.Since(sent))
		run, err := nextRecord(records, "run", "learner")
		if err != nil {
			return 0, err
		}
		return run.Time.Add(-time.Duration(run.DurationMs * float64(time.Millisecond))).Sub(sent), nil
	})
	if err != nil {
		return nil, err
	}
	go func() { _, _ = io.Copy(io.Discard, out) }() // it may end
	slices.Sort(writes)
	return []row{{"a write to a table until the function that reacts begins", begins, runs, "that write", took(writes[len(writes)/2])}}, nil
}

// record is what is read of the runner's lines.
type record struct {
	Time       time.Time
	Type       string
	Function   string
	Error      string
	DurationMs float64
	AWS        string
}

// nextRecord reads up to the next record of the kind and the function.
func nextRecord(lines *bufio.Scanner, kind, function string) (record, error) {
	for lines.Scan() {
		var r record
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return record{}, fmt.Errorf("local wrote %s: %w", lines.Text(), err)
		}
		if r.Type == kind && r.Function == function {
			if r.Error != "" {
				return r, fmt.Errorf("%s: %s", r.Function, r.Error)
			}
			return r, nil
		}
	}
	return record{}, fmt.Errorf("local ended before it wrote a %s", kind)
}

// benchCart is a cart with an order, whose changes therefore pass the learner's
// filter. It has no checkout to learn from.
type benchCart struct {
	client *dynamodb.Client
	table  string
}

func newBenchCart(ctx context.Context, url string) (benchCart, error) {
	c := benchCart{client: dynamodb.New(dynamodb.Options{Region: "eu-west-1", BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider("root", "root", "")})}
	tables, err := c.client.ListTables(ctx, &dynamodb.ListTablesInput{})
	if err != nil {
		return c, err
	}
	i := slices.IndexFunc(tables.TableNames, func(name string) bool { return strings.Contains(name, "Carts") })
	if i < 0 {
		return c, fmt.Errorf("there is no table of carts among %q", tables.TableNames)
	}
	c.table = tables.TableNames[i]
	_, err = c.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &c.table, Item: map[string]types.AttributeValue{
		"id": &types.AttributeValueMemberS{Value: "BENCH"}, "order": &types.AttributeValueMemberS{Value: "BENCH"},
		"version": &types.AttributeValueMemberN{Value: "1"}, "items": &types.AttributeValueMemberL{Value: []types.AttributeValue{}},
	}})
	return c, err
}

func (c benchCart) change(ctx context.Context) error {
	_, err := c.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &c.table, Key: map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "BENCH"}},
		UpdateExpression: aws.String("ADD version :one"), ExpressionAttributeValues: map[string]types.AttributeValue{":one": &types.AttributeValueMemberN{Value: "1"}},
	})
	return err
}
