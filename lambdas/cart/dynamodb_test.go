package main

import (
	"testing"
	"time"

	"annex/lambdas/internal/dynamodbtest"
)

// newStore makes empty tables, as the stack does, in a DynamoDB that speaks the real protocol.
func newStore(t *testing.T, now func() time.Time) store {
	t.Helper()
	client := dynamodbtest.Client(t, dynamodbtest.Start(t))
	s := store{client: client, table: "annex-test-carts", orders: "annex-test-orders", now: now}
	dynamodbtest.CreateTable(t, client, s.table, "id")
	dynamodbtest.CreateTable(t, client, s.orders, "customer", "order")
	return s
}
