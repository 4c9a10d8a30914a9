// Package dynamodbtest starts the DynamoDB that handlers are tested with. Only tests of handlers import it.
package dynamodbtest

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"annex/lambdas/internal/awsclient/awsclienttest"
)

// Client makes the client of a handler, as awsclienttest configures it.
func Client(t *testing.T, endpoint string) *dynamodb.Client {
	t.Helper()
	return dynamodb.NewFromConfig(awsclienttest.Config(t, endpoint))
}

// Answering makes the client of a DynamoDB that has this one answer to everything.
func Answering(t *testing.T, status int, body string) *dynamodb.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return Client(t, server.URL)
}

// CreateTable makes a table with a key of strings.
func CreateTable(t *testing.T, client *dynamodb.Client, table string, key ...string) {
	t.Helper()
	create(t, client, tableOf(table, key))
}

// CreateTableWithIndex makes a table with a key of two strings, and a local secondary index whose sort key is a number.
func CreateTableWithIndex(t *testing.T, client *dynamodb.Client, table, partition, sort, index, number string) {
	t.Helper()
	input := tableOf(table, []string{partition, sort})
	input.AttributeDefinitions = append(input.AttributeDefinitions, types.AttributeDefinition{AttributeName: &number, AttributeType: types.ScalarAttributeTypeN})
	input.LocalSecondaryIndexes = []types.LocalSecondaryIndex{{
		IndexName: &index,
		KeySchema: []types.KeySchemaElement{
			{AttributeName: &partition, KeyType: types.KeyTypeHash}, {AttributeName: &number, KeyType: types.KeyTypeRange},
		},
		Projection: &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly},
	}}
	create(t, client, input)
}

func tableOf(table string, key []string) *dynamodb.CreateTableInput {
	input := &dynamodb.CreateTableInput{TableName: &table, BillingMode: types.BillingModePayPerRequest}
	for i, name := range key {
		kind := []types.KeyType{types.KeyTypeHash, types.KeyTypeRange}[i]
		input.KeySchema = append(input.KeySchema, types.KeySchemaElement{AttributeName: &name, KeyType: kind})
		input.AttributeDefinitions = append(input.AttributeDefinitions, types.AttributeDefinition{AttributeName: &name, AttributeType: types.ScalarAttributeTypeS})
	}
	return input
}

func create(t *testing.T, client *dynamodb.Client, input *dynamodb.CreateTableInput) {
	t.Helper()
	if _, err := client.CreateTable(t.Context(), input); err != nil {
		t.Fatal(err)
	}
	waiter := dynamodb.NewTableExistsWaiter(client, func(o *dynamodb.TableExistsWaiterOptions) {
		o.MinDelay, o.MaxDelay = 10*time.Millisecond, 100*time.Millisecond
	})
	if err := waiter.Wait(t.Context(), &dynamodb.DescribeTableInput{TableName: input.TableName}, 10*time.Second); err != nil {
		t.Fatal(err)
	}
}

// Start starts the DynamoDB of local mode, which has transactions. It ends with the test's end of its input.
func Start(t *testing.T) (endpoint string) {
	t.Helper()
	root := repository(t)
	node, module := filepath.Join(root, "node_modules", ".bin", "node"), filepath.Join(root, "node_modules", "dynalite")
	for _, needed := range []string{node, module} {
		if _, err := os.Stat(needed); err != nil {
			t.Fatalf("%v: this test needs the packages of package.json, run `make setup`", err)
		}
	}
	var script []byte
	for _, name := range []string{"dynalite_transactions.js", "dynalite_streams.js", "dynalite.js"} {
		part, err := os.ReadFile(filepath.Join(root, "local", "aws", name)) //nolint:gosec // a file of the repository
		if err != nil {
			t.Fatal(err)
		}
		script = append(script, part...)
	}
	// The process outlives t.Context, which ends before the cleanup that stops it.
	process := exec.CommandContext(context.WithoutCancel(t.Context()), node, "-e", string(script), module, t.TempDir()) //nolint:gosec // as above
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
	return "http://127.0.0.1:" + strings.TrimSpace(line)
}

// repository is the folder of go.mod, below which the tests run.
func repository(t *testing.T) string {
	t.Helper()
	folder, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder
		}
		above := filepath.Dir(folder)
		if above == folder {
			t.Fatal("no folder above this one has a go.mod")
		}
		folder = above
	}
}

// WantEmpty fails the test where the table has an item.
func WantEmpty(t *testing.T, client *dynamodb.Client, table string) {
	t.Helper()
	output, err := client.Scan(t.Context(), &dynamodb.ScanInput{TableName: &table})
	if err != nil {
		t.Fatal(err)
	}
	if len(output.Items) != 0 {
		t.Errorf("left in %s: %v", table, output.Items)
	}
}
