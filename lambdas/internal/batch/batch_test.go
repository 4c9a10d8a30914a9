package batch

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/lambda"
)

// testdata reads an event as AWS sends it.
func testdata(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	content, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// testLogger keeps what a handler logs.
func testLogger() (*slog.Logger, *strings.Builder) {
	logs := &strings.Builder{}
	return slog.New(slog.NewTextHandler(logs, nil)), logs
}

// failures invokes the handler as Lambda does and gives the identifiers that it reports.
func failures(t *testing.T, ctx context.Context, handler lambda.Handler, event []byte) ([]string, error) {
	t.Helper()
	output, err := handler.Invoke(ctx, event)
	if err != nil {
		return nil, err
	}
	var response struct {
		BatchItemFailures *[]struct{ ItemIdentifier string }
	}
	if err := json.Unmarshal(output, &response); err != nil || response.BatchItemFailures == nil {
		t.Fatalf("answered %s, %v", output, err)
	}
	failed := []string{}
	for _, failure := range *response.BatchItemFailures {
		failed = append(failed, failure.ItemIdentifier)
	}
	return failed, nil
}

func expectFailures(t *testing.T, ctx context.Context, handler lambda.Handler, event []byte, want ...string) {
	t.Helper()
	got, err := failures(t, ctx, handler, event)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("reported %q, error %v, want %q", got, err, want)
	}
}
