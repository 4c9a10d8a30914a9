// Command annex defines the stacks of a stage for the CDK's command line, which
// builds it and runs it as cdk.json says: npx cdk synth -c stage=prod.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
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
	stacks.New(app, stage, bundle.NewHandlers(context.Background(), bundle.Options{
		Root:   ".", // the CDK runs the app in the folder of cdk.json
		Out:    "build",
		Target: bundle.Lambda,
	}))
	app.Synth(nil)
	return nil
}

// explain says what a construct panicked with, and which line of stacks/ made
// it. A mistake in Go code panics on, for it needs its stack trace.
func explain(mistake any) error {
	if bug, ok := mistake.(runtime.Error); ok {
		panic(bug)
	}
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(0, callers)])
	for {
		frame, more := frames.Next()
		if strings.HasPrefix(frame.Function, "annex/stacks.") {
			_, file, _ := strings.Cut(frame.File, "/stacks/")
			return fmt.Errorf("stacks/%s:%d: %v", file, frame.Line, mistake)
		}
		if !more {
			return fmt.Errorf("%v", mistake)
		}
	}
}
