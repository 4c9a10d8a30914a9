package web

import (
	"bytes"
	"io"
	"os"

	"github.com/aws/jsii-runtime-go"
)

// Close ends the Node process that the CDK's constructs live in. A program
// calls it once, at its end, and prints nothing to os.Stderr afterwards.
//
// It is jsii.Close, which waits for that process in two goroutines. Only one
// can be told that it ended; the other prints "Runtime process exited
// abnormally: waitid: no child processes", though all went well. That is the
// last that is printed, and is left out.
func Close() {
	stderr := os.Stderr
	read, write, err := os.Pipe()
	if err != nil {
		jsii.Close()
		return
	}
	os.Stderr = write
	printed := make(chan []byte)
	go func() {
		text, _ := io.ReadAll(read) // fails no more than it ends
		printed <- text
	}()
	jsii.Close()
	_ = write.Close() // from here on the message goes nowhere
	text, _, _ := bytes.Cut(<-printed, []byte("Runtime process exited abnormally"))
	_, _ = stderr.Write(text)
}
