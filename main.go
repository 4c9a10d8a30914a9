// Command annex defines the stacks of a stage for the CDK's command line, which
// builds it and runs it as cdk.json says: npx cdk synth -c stage=prod.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"annex/stacks"
	"annex/stacks/bundle"
	"annex/stacks/web"
)

func main() {
	log := log.New(os.Stderr, "annex: ", 0)
	err := run()
	web.Close()
	if err != nil {
		log.Fatal(err)
	}
}

// run defines the stacks of the stage in the CDK's context, and synthesizes.
func run() (err error) {
	defer func() {
		if mistake := recover(); mistake != nil {
			err = explain(mistake)
		}
	}()
	app := awscdk.NewApp(nil)
	name, ok := app.Node().TryGetContext(jsii.String("stage")).(string)
	if !ok {
		name = "dev"
	}
	stage, err := stacks.FindStage(name)
	if err != nil {
		return err
	}
	switch release := app.Node().TryGetContext(jsii.String("release")); release {
	case nil:
	case "direct":
		stage = stage.Directly()
	default:
		return fmt.Errorf("unknown release %q: want -c release=direct, once after an alias was moved by hand, or none", release)
	}
	stacks.New(app, stage, bundle.NewHandlers(context.Background(), bundle.Options{
		Root:   ".", // the CDK runs the app in the folder of cdk.json
		Out:    "build",
		Target: bundle.Lambda,
	}))
	app.Synth(nil)
	return nil
}

// explain says what a construct panicked with, and which line of which stack
// made it: not of a helper that stacks share, nor of what defines them all. A
// mistake in Go code panics on, for it needs its stack trace.
func explain(mistake any) error {
	if bug, ok := mistake.(runtime.Error); ok {
		panic(bug)
	}
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(0, callers)])
	place := ""
	for more := true; more; {
		var frame runtime.Frame
		frame, more = frames.Next()
		function, ok := strings.CutPrefix(frame.Function, "annex/stacks.")
		if !ok {
			continue
		}
		ofStack := strings.HasPrefix(function, "New") && function != "New"
		if place == "" || ofStack {
			place = fmt.Sprintf("stacks/%s:%d: ", filepath.Base(frame.File), frame.Line)
		}
		if ofStack {
			break
		}
	}
	return fmt.Errorf("%s%v", place, mistake)
}
