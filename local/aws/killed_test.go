package aws

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	sdkcredentials "github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// dataVariable tells the test's own program to be a local mode with this data.
const dataVariable = "ANNEX_TEST_DATA"

func TestMain(m *testing.M) {
	if data := os.Getenv(dataVariable); data != "" {
		serveUntilKilled(data)
	}
	os.Exit(m.Run())
}

func serveUntilKilled(data string) {
	modules := filepath.Join("..", "..", "node_modules")
	e, err := Start(context.Background(), shopTables(), Options{
		DataDir: data, Node: filepath.Join(modules, ".bin", "node"), Dynalite: filepath.Join(modules, "dynalite"),
	})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("serving", e.URL(), pid(e.dynalite))
	select {}
}

// shopTables is one table, as the templates would give it.
func shopTables() Config {
	return Config{Tables: []Table{{
		Name: carts, ARN: cartsARN, Account: account, Region: region, Resource: "Carts",
		StreamARN: cartsStream, StreamViewType: "KEYS_ONLY",
		KeySchema: []KeyElement{{"id", "HASH"}}, AttributeDefinitions: []Attribute{{"id", "S"}},
	}}}
}

func TestDynaliteEndsWithAKilledRunner(t *testing.T) {
	data := t.TempDir()
	runner := exec.CommandContext(t.Context(), os.Args[0]) //nolint:gosec // the test itself
	runner.Env = append(os.Environ(), dataVariable+"="+data)
	out, err := runner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := runner.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	fields := strings.Fields(line)
	if err != nil || len(fields) != 3 {
		t.Fatalf("the runner said %q, %v", line, err)
	}
	dynalite, err := strconv.Atoi(fields[2])
	if err != nil {
		t.Fatal(err)
	}
	client := dynamodb.NewFromConfig(sdk.Config{
		Region: region, BaseEndpoint: sdk.String(fields[1]),
		Credentials: sdkcredentials.NewStaticCredentialsProvider(RootAccessKeyID, RootSecretAccessKey, ""),
	})
	putItem(t, client, carts, "written just before")
	if err := runner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = runner.Wait() // it has been killed
	wait(t, "dynalite's end", func() bool { return syscall.Kill(dynalite, 0) != nil })

	e := start(t, shopTables(), data, nil)
	if !hasItem(t, e, "written just before") {
		t.Error("the item is gone")
	}
	if got := told(t, recordsAfter(t, e, "")); len(got) != 1 || !strings.HasPrefix(got[0], `INSERT {"id":{"S":"written just before"}}`) {
		t.Errorf("the stream tells %v", got)
	}
}
