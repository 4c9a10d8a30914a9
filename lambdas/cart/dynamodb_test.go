package main

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"annex/lambdas/internal/awsclient"
)

// dynalite listens on a free port, which its own command line cannot, and ends with the test's end of its input.
const dynalite = `
const server = require('dynalite')({ createTableMs: 0 })
server.listen(0, '127.0.0.1', () => console.log('http://127.0.0.1:' + server.address().port))
process.stdin.on('end', () => process.exit()).resume()
`

// newStore makes an empty carts table, as the stack does, in a DynamoDB that speaks the real protocol.
func newStore(t *testing.T, now func() time.Time) store {
	t.Helper()
	client := newClient(t, startDynalite(t))
	const table = "annex-test-carts"
	_, err := client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName:            aws.String(table),
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: types.KeyTypeHash}},
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: types.ScalarAttributeTypeS}},
		BillingMode:          types.BillingModePayPerRequest,
	})
	if err != nil {
		t.Fatal(err)
	}
	waiter := dynamodb.NewTableExistsWaiter(client, func(o *dynamodb.TableExistsWaiterOptions) {
		o.MinDelay, o.MaxDelay = 10*time.Millisecond, 100*time.Millisecond
	})
	if err := waiter.Wait(t.Context(), &dynamodb.DescribeTableInput{TableName: aws.String(table)}, 10*time.Second); err != nil {
		t.Fatal(err)
	}
	return store{client: client, table: table, now: now}
}

func startDynalite(t *testing.T) (endpoint string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	node := filepath.Join(root, "node_modules", ".bin", "node")
	for _, needed := range []string{node, filepath.Join(root, "node_modules", "dynalite")} {
		if _, err := os.Stat(needed); err != nil {
			t.Fatalf("%v: this test needs the packages of package.json, run `make setup`", err)
		}
	}
	// The process outlives t.Context, which ends before the cleanup that stops it.
	process := exec.CommandContext(context.WithoutCancel(t.Context()), node, "-e", dynalite)
	process.Dir = root
	process.Stderr = os.Stderr
	input, err := process.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = input.Close()
		if err := process.Wait(); err != nil {
			t.Errorf("dynalite: %v", err)
		}
	})
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatalf("dynalite did not start: %v", err)
	}
	return strings.TrimSpace(line)
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
