package main

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"annex/lambdas/internal/awsclient"
	"annex/lambdas/internal/dynamodbtest"
)

// newStore makes empty tables, as the stack does, in a DynamoDB that speaks the real protocol.
func newStore(t *testing.T, now func() time.Time) store {
	t.Helper()
	client := newClient(t, dynamodbtest.Start(t))
	s := store{client: client, table: "annex-test-carts", orders: "annex-test-orders", now: now}
	dynamodbtest.CreateTable(t, client, s.table, "id")
	dynamodbtest.CreateTable(t, client, s.orders, "customer", "order")
	return s
}

// newClient makes a client as main does, but one that does not try again, so that tests of failures are quick.
func newClient(t *testing.T, endpoint string) *dynamodb.Client {
	t.Helper()
	environment := map[string]string{
		"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_ENDPOINT_URL": endpoint,
	}
	config, err := awsclient.Config(func(name string) string { return environment[name] })
	if err != nil {
		t.Fatal(err)
	}
	config.RetryMaxAttempts = 1
	return dynamodb.NewFromConfig(config)
}
