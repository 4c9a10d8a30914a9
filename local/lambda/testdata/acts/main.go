// Command acts is a handler that does what its event says, so that one binary
// shows every way in which an invocation can go.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type event struct {
	Act  string
	Text string
	Size int
}

type outOfStock struct{ product string }

func (e outOfStock) Error() string { return e.product + " is out of stock" }

var invocations int

func main() {
	if os.Getenv("NOTICE") != "" {
		lambda.StartWithOptions(handle, lambda.WithEnableSIGTERM(func() {
			fmt.Println("ending")
			os.Exit(0)
		}))
	}
	lambda.Start(handle)
}

func handle(ctx context.Context, e event) (any, error) {
	invocations++
	switch e.Act {
	case "pid":
		return map[string]int{"pid": os.Getpid(), "invocations": invocations}, nil
	case "context":
		lc, _ := lambdacontext.FromContext(ctx)
		deadline, _ := ctx.Deadline()
		return map[string]any{
			"id": lc.AwsRequestID, "arn": lc.InvokedFunctionArn, "trace": os.Getenv("_X_AMZN_TRACE_ID"),
			"left": time.Until(deadline).Milliseconds(),
		}, nil
	case "environment":
		folder, err := os.Getwd()
		return map[string]any{"variables": os.Environ(), "folder": folder, "temp": os.TempDir()}, err
	case "error":
		return nil, outOfStock{e.Text}
	case "panic":
		panic(errors.New(e.Text))
	case "exit":
		os.Exit(e.Size)
	case "kill":
		return nil, syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "wait": // for a file, or the end
		fmt.Println("waiting")
		for {
			if _, err := os.Stat(e.Text); err == nil {
				return map[string]int{"pid": os.Getpid()}, nil
			}
			time.Sleep(time.Millisecond)
		}
	case "child": // leaves a process behind
		child := exec.Command("sleep", "1000")
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		if err := child.Start(); err != nil {
			return nil, err
		}
		return map[string]int{"pid": child.Process.Pid}, nil
	case "size":
		return strings.Repeat("x", e.Size-2), nil // the quotes are two
	case "nothing":
		return nil, nil
	case "stream that fails":
		return io.MultiReader(strings.NewReader(e.Text), failing{}), nil
	case "stream":
		return io.MultiReader(strings.NewReader(e.Text), strings.NewReader(e.Text)), nil
	case "stream to a function URL":
		return &events.LambdaFunctionURLStreamingResponse{StatusCode: 201, Body: strings.NewReader(e.Text)}, nil
	case "files":
		var limit syscall.Rlimit
		err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit)
		return limit.Max, err
	case "print":
		fmt.Print(e.Text)
		fmt.Fprint(os.Stderr, e.Text)
		return nil, nil
	case "print much":
		line := bytes.Repeat([]byte("y"), e.Size)
		for range 100 {
			if _, err := os.Stdout.Write(append(line, '\n')); err != nil {
				return nil, err
			}
		}
		return nil, nil
	case "close output":
		return nil, errors.Join(os.Stdout.Close(), os.Stderr.Close())
	case "write":
		return nil, os.WriteFile(os.TempDir()+"/kept", []byte(e.Text), 0o600)
	case "read":
		text, err := os.ReadFile(os.TempDir() + "/kept")
		return string(text), err
	}
	return nil, fmt.Errorf("no act %q", e.Act)
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, outOfStock{"stream"} }
