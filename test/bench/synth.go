package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// synth measures the synthesis of one stage through the CDK's command line,
// beside the same Node loading aws-cdk-lib, the least that any CDK app does.
func synth(ctx context.Context, w workplace) ([]row, error) {
	const runs = 5
	bin, err := filepath.Abs("node_modules/.bin")
	if err != nil {
		return nil, err
	}
	library, err := unpackLibrary(ctx, filepath.Join(w.dir, "cdk"))
	if err != nil {
		return nil, err
	}
	path := "PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH")
	through := func(args ...string) func() (time.Duration, error) {
		return func() (time.Duration, error) {
			return timed(ctx, ".", []string{path}, filepath.Join(bin, "cdk"), args...)
		}
	}
	synthesize := through("synth", "--quiet", "-c", "stage=dev", "--output", w.cloud)
	if _, err := synthesize(); err != nil { // compiles the app and the handlers
		return nil, err
	}
	whole, err := median(runs, synthesize)
	if err != nil {
		return nil, err
	}
	list, err := median(runs, through("ls", "-c", "stage=dev"))
	if err != nil {
		return nil, err
	}
	node, err := median(runs, func() (time.Duration, error) {
		return timed(ctx, library, nil, filepath.Join(bin, "node"), "-e", "require('aws-cdk-lib')")
	})
	if err != nil {
		return nil, err
	}
	const beside = "Node loading aws-cdk-lib"
	return []row{
		{"cdk synth of stage dev, nothing changed", whole, runs, beside, node},
		{"cdk ls of stage dev", list, runs, beside, node},
	}, nil
}

// unpackLibrary lays out the JavaScript that awscdk's Go module carries as
// npm would, and returns the folder to load it from.
func unpackLibrary(ctx context.Context, dir string) (string, error) {
	for module, name := range map[string]string{
		"github.com/aws/aws-cdk-go/awscdk/v2":         "aws-cdk-lib",
		"github.com/aws/constructs-go/constructs/v10": "constructs",
	} {
		out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", module).Output() //nolint:gosec // a constant
		if err != nil {
			return "", fmt.Errorf("finding %s: %w", module, err)
		}
		archives, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "jsii", name+"-*.tgz"))
		if err != nil || len(archives) != 1 {
			return "", fmt.Errorf("%s carries no archive of %s", module, name)
		}
		into := filepath.Join(dir, "node_modules", name)
		if err := os.MkdirAll(into, 0o750); err != nil {
			return "", err
		}
		if _, err := timed(ctx, ".", nil, "tar", "-xzf", archives[0], "--strip-components=1", "-C", into); err != nil {
			return "", err
		}
	}
	return dir, nil
}
