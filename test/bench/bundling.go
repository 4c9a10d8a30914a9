package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"annex/stacks/bundle"
)

// handlers is how many handlers are bundled.
const handlers = 20

// bundling measures bundling with nothing changed and with one handler
// changed, beside a go build for each handler alone, which is what the
// official Go construct does.
func bundling(ctx context.Context, w workplace) ([]row, error) {
	const runs = 5
	root, names, err := writeHandlers(filepath.Join(w.dir, "handlers"))
	if err != nil {
		return nil, err
	}
	together := func() (time.Duration, error) {
		started := time.Now()
		err := bundle.Build(ctx, bundle.Options{Root: root, Out: filepath.Join(root, "build"), Target: bundle.Lambda}, names...)
		return time.Since(started), err
	}
	alone := func() (time.Duration, error) {
		started := time.Now()
		for _, name := range names {
			out := filepath.Join(root, "alone", name, "bootstrap")
			if _, err := timed(ctx, root, []string{"GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false"},
				"go", "build", "-trimpath", "-ldflags", "-s -w -buildid=", "-o", out, "./lambdas/"+name); err != nil {
				return 0, err
			}
		}
		return time.Since(started), nil
	}
	changes := 0
	changed := func() (time.Duration, error) {
		changes++
		if err := writeHandler(root, names[0], changes); err != nil {
			return 0, err
		}
		return together()
	}
	for _, warm := range []func() (time.Duration, error){together, alone} {
		if _, err := warm(); err != nil {
			return nil, err
		}
	}
	none, err := median(runs, together)
	if err != nil {
		return nil, err
	}
	one, err := median(runs, changed)
	if err != nil {
		return nil, err
	}
	each, err := median(runs, alone)
	if err != nil {
		return nil, err
	}
	const beside = "a go build for each, nothing changed"
	return []row{
		{fmt.Sprintf("bundling %d handlers, nothing changed", handlers), none, runs, beside, each},
		{fmt.Sprintf("bundling %d handlers, one changed", handlers), one, runs, beside, each},
	}, nil
}

// writeHandlers makes a module of handlers with this module's dependencies.
func writeHandlers(root string) (string, []string, error) {
	for _, file := range []string{"go.mod", "go.sum"} {
		data, err := os.ReadFile(file) //nolint:gosec // this module's own
		if err != nil {
			return "", nil, err
		}
		if err := os.MkdirAll(root, 0o750); err != nil {
			return "", nil, err
		}
		if err := os.WriteFile(filepath.Join(root, file), data, 0o600); err != nil { //nolint:gosec // a temporary folder
			return "", nil, err
		}
	}
	names := make([]string, handlers)
	for i := range names {
		names[i] = fmt.Sprintf("handler%02d", i)
		if err := writeHandler(root, names[i], 0); err != nil {
			return "", nil, err
		}
	}
	return root, names, nil
}

func writeHandler(root, name string, change int) error {
	folder := filepath.Join(root, "lambdas", name)
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	source := fmt.Sprintf(`package main

import (
	"context"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	lambda.Start(func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		return events.APIGatewayV2HTTPResponse{StatusCode: 200, Body: "%s %d"}, nil
	})
}
`, name, change)
	return os.WriteFile(filepath.Join(folder, "main.go"), []byte(source), 0o600)
}
