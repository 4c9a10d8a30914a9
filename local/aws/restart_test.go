package aws

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func hasItem(t testing.TB, e *Endpoint, id string) bool {
	t.Helper()
	out, err := dynamoDBClient(e, "").GetItem(t.Context(), &dynamodb.GetItemInput{TableName: sdk.String(carts), Key: map[string]types.AttributeValue{"id": text(id)}})
	if err != nil {
		t.Fatal(err)
	}
	return len(out.Item) > 0
}

func TestDataIsThereAfterARestart(t *testing.T) {
	config, _ := read(t, shop)
	data := t.TempDir()
	first := start(t, config, data, nil)
	putItem(t, dynamoDBClient(first, cartRole), carts, "1")
	putObject(t, s3Client(first, searchRole), indexName, productsKey, "kept")
	id, secret, token := first.Credentials(cartRole)
	began := time.Now()
	stop(t, first)
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("Close took %v, want less than two seconds", took)
	}

	second := start(t, config, data, nil)
	if !hasItem(t, second, "1") {
		t.Error("the item is gone")
	}
	if _, content := getObject(t, s3Client(second, searchRole), indexName, productsKey); content != "kept" {
		t.Errorf("the object holds %q", content)
	}
	if i, s, k := second.Credentials(cartRole); i != id || s != secret || k != token || len(id) != 20 || !strings.HasPrefix(id, "ASIA") {
		t.Errorf("credentials %s, %s, %s: want those of before, %s, %s, %s", i, s, k, id, secret, token)
	}
}

func TestTablesThatChangedAreRefused(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{
			"another key", `"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]`,
			`"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "owner", "KeyType": "RANGE"}]`,
			"the key id (S), and the template wants id (S), owner (S)",
		},
		{
			"another type", `"AttributeName": "id", "AttributeType": "S"`, `"AttributeName": "id", "AttributeType": "N"`,
			"the key id (S), and the template wants id (N)",
		},
		{
			"another index", `"IndexName": "by-owner"`, `"IndexName": "owners"`,
			"the global indexes by-owner [owner (S); ALL], and the template wants owners [owner (S); ALL]",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := t.TempDir()
			config, _ := read(t, shop)
			stop(t, start(t, config, data, nil))
			if !strings.Contains(shop, c.old) {
				t.Fatal("the shop is not what this test changes")
			}
			changed, _ := read(t, strings.Replace(shop, c.old, c.new, 1))
			e, err := Start(t.Context(), changed, options(t, data, nil))
			if err == nil {
				stop(t, e)
				t.Fatal("it started")
			}
			contains(t, "error", err.Error(), "shop/Carts (AWS::DynamoDB::GlobalTable)", c.want, "`make clean-data` removes")

			again := start(t, config, data, nil)
			putItem(t, dynamoDBClient(again, ""), carts, "1") // as before
		})
	}
}

func TestDynaliteIsStartedAgainWhenItEnds(t *testing.T) {
	config, _ := read(t, shop)
	logs := &journal{}
	e := start(t, config, t.TempDir(), logs)
	putItem(t, dynamoDBClient(e, ""), carts, "1")
	for i := range maxRestarts {
		killDynalite(t, e)
		wait(t, "dynalite to be there again", func() bool { return e.dynalite.endpoint() != "" })
		if !hasItem(t, e, "1") {
			t.Fatalf("after restart %d the item is gone", i+1)
		}
	}
	contains(t, "the log", logs.String(), "dynalite ended: signal: killed", "starting dynalite again (1 of 5)")

	killDynalite(t, e)
	wait(t, "dynalite to be given up", func() bool { return strings.Contains(logs.String(), "more than 5 times") })
	_, err := dynamoDBClient(e, "").ListTables(t.Context(), &dynamodb.ListTablesInput{}, func(o *dynamodb.Options) { o.RetryMaxAttempts = 1 })
	refused(t, "a request without dynalite", err, "InternalServerError", "dynalite has ended")
}

// killDynalite ends dynalite as if it had crashed, and returns when that has
// been noticed.
func killDynalite(t testing.TB, e *Endpoint) {
	t.Helper()
	before := e.dynalite.endpoint()
	process, err := os.FindProcess(pid(e.dynalite))
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Kill(); err != nil {
		t.Fatal(err)
	}
	wait(t, "dynalite's end", func() bool { return e.dynalite.endpoint() != before })
}

// pid is the process of dynalite.
func pid(d *dynalite) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.current.cmd.Process.Pid
}

// wait waits for a condition.
func wait(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func TestStartSaysInOneSentenceWhatIsWrong(t *testing.T) {
	config, _ := read(t, shop)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	used := t.TempDir()
	start(t, config, used, nil)
	locked := t.TempDir()
	if err := os.WriteFile(filepath.Join(locked, "dynamodb"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		edit func(*Options)
		want string
	}{
		"no folder for the data":        {func(o *Options) { o.DataDir = filepath.Join(file, "data") }, "keep the data of DynamoDB, S3 and SQS: mkdir " + file},
		"data in use":                   {func(o *Options) { o.DataDir = used }, "in use by another local mode"},
		"no folder for DynamoDB's data": {func(o *Options) { o.DataDir = locked }, "keep DynamoDB's data"},
		"no dynalite":                   {func(o *Options) { o.Dynalite = used }, "run `make setup`"},
		"no node":                       {func(o *Options) { o.Node = filepath.Join(used, "node") }, "run `make setup`"},
		"a node that fails":             {func(o *Options) { o.Node = "/bin/false" }, "dynalite ended: exit status 1"},
		"no other DynamoDB":             {func(o *Options) { o.DynamoDB = "http://127.0.0.1:1" }, "the DynamoDB at http://127.0.0.1:1 does not answer (dial tcp 127.0.0.1:1: connect: connection refused): start it, or leave out DYNAMODB"},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t, t.TempDir(), nil)
			c.edit(&o)
			e, err := Start(t.Context(), config, o)
			if err == nil {
				stop(t, e)
				t.Fatal("it started")
			}
			contains(t, "error", err.Error(), c.want)
			if strings.Contains(err.Error(), "look at the table") {
				t.Errorf("error %q: want it not to be about a table", err)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q: want one line", err)
			}
		})
	}
}

// As `make run` gives them.
func TestPathsMayBeRelative(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	data, err := filepath.Rel(".", t.TempDir())
	if err != nil {
		data = t.TempDir() // on another volume
	}
	e, err := Start(t.Context(), Config{}, Options{
		DataDir: data, Node: filepath.Join("node_modules", ".bin", "node"), Dynalite: filepath.Join("node_modules", "dynalite"),
	})
	if err != nil {
		t.Fatal(err)
	}
	stop(t, e)
}
