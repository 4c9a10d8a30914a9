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

// smallest is the least that a CDK app does: load aws-cdk-lib, of which Node
// loads a module when it is first used, and synthesize a stack of one bucket.
const smallest = `
const { App, Stack, aws_s3 } = require('aws-cdk-lib')
const app = new App({ outdir: 'cdk.out' })
new aws_s3.Bucket(new Stack(app, 'Stack'), 'Bucket')
app.synth()`

// synth measures the synthesis of one stage through the CDK's command line,
// with and without the validation of the templates, beside the same Node
// synthesizing the smallest app with aws-cdk-lib and no command line.
func synth(ctx context.Context, w workplace) ([]row, error) {
	const runs = 5
	root, err := filepath.Abs(".")
	if err != nil {
		return nil, err
	}
	library, err := unpackLibrary(ctx, filepath.Join(w.dir, "cdk"))
	if err != nil {
		return nil, err
	}
	with := func(environment ...string) func() (time.Duration, error) {
		return func() (time.Duration, error) { return cdkSynth(ctx, w, environment...) }
	}
	if err := synthesize(ctx, w); err != nil {
		return nil, err
	}
	whole, err := median(runs, with())
	if err != nil {
		return nil, err
	}
	unvalidated, err := median(runs, with("CDK_VALIDATION=false"))
	if err != nil {
		return nil, err
	}
	node, err := median(runs, func() (time.Duration, error) {
		return timed(ctx, library, nil, filepath.Join(root, "node_modules", ".bin", "node"), "-e", smallest)
	})
	if err != nil {
		return nil, err
	}
	const beside = "Node and aws-cdk-lib synthesizing one bucket"
	return []row{
		{"cdk synth of stage dev, nothing changed", whole, runs, beside, node},
		{"the same without validating the templates", unvalidated, runs, beside, node},
	}, nil
}

// synthesize writes the stage's cloud assembly for the first time, which
// compiles the app and the handlers.
func synthesize(ctx context.Context, w workplace) error {
	_, err := cdkSynth(ctx, w)
	return err
}

func cdkSynth(ctx context.Context, w workplace, environment ...string) (time.Duration, error) {
	bin, err := filepath.Abs("node_modules/.bin")
	if err != nil {
		return 0, err
	}
	withNode := "PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH")
	return timed(ctx, ".", append(environment, withNode), filepath.Join(bin, "cdk"),
		"synth", "--quiet", "-c", "stage=dev", "--output", w.cloud)
}

// unpackLibrary lays out the JavaScript that awscdk's Go module carries as
// npm would, and returns the folder to load it from.
func unpackLibrary(ctx context.Context, dir string) (string, error) {
	for module, name := range map[string]string{
		"github.com/aws/aws-cdk-go/awscdk/v2":                                       "aws-cdk-lib",
		"github.com/aws/constructs-go/constructs/v10":                               "constructs",
		"github.com/cdklabs/cloud-assembly-schema-go/awscdkcloudassemblyschema/v54": "@aws-cdk/cloud-assembly-schema",
	} {
		archive := strings.ReplaceAll(strings.TrimPrefix(name, "@"), "/", "-")                      // as npm pack calls it
		out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", module).Output() //nolint:gosec // a constant
		if err != nil {
			return "", fmt.Errorf("finding %s: %w", module, err)
		}
		archives, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "jsii", archive+"-[0-9]*.tgz"))
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
