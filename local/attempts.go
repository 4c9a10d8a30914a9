package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"annex/local/events"
	"annex/local/lambda"
)

// queued is the source of what a function or a tool invoked asynchronously.
const queued = "queue"

// runQueued runs a function for an event that nobody waits for.
func (s *system) runQueued(ctx context.Context, source, functionARN string, event []byte) (*lambda.Result, error) {
	return recordedInvoker{functions{s}.service(), s, cmp.Or(source, queued)}.Invoke(ctx, functionARN, event)
}

// runLine is one run of a function that nobody waits for.
type runLine struct {
	Source   string  `json:"source"` // a schedule's name, or "queue"
	Duration float64 `json:"durationMs"`
	invoked
	Attempt int     `json:"attempt"`
	Next    float64 `json:"nextAttemptSeconds,omitempty"` // until it is tried again; 0 where it is not, or at once
	Error   string  `json:"error,omitempty"`

	// Of an event source mapping: records of the batch, and those that are not done.
	Batch  int `json:"batch,omitempty"`
	Failed int `json:"failed,omitempty"`

	Told []string `json:"told,omitempty"` // the names of the queues and functions that are told how it ended

	then string // what follows, after an error
}

// runOf is a run of a function for a source.
func (t *terminal) runOf(source, functionARN string, r *lambda.Result, err error) runLine {
	line := runLine{Source: source}
	line.Function = t.nameOf(functionARN)
	if r != nil {
		line.invoked = invoked{Function: line.Function, Version: r.Version, RequestID: r.RequestID, Cold: &r.Cold, Init: milliseconds(r.Init)}
		if r.FunctionError != "" {
			line.Error = "the function failed: " + briefly(r.Payload)
		}
	}
	if err != nil {
		line.Error = err.Error()
	}
	return line
}

// briefly is what a function failed with, without the stack of a panic: its log
// has that.
func briefly(payload []byte) string {
	var failure struct {
		ErrorMessage string            `json:"errorMessage"`
		ErrorType    string            `json:"errorType"`
		StackTrace   []json.RawMessage `json:"stackTrace,omitempty"`
	}
	if json.Unmarshal(payload, &failure) != nil || failure.StackTrace == nil {
		return string(payload)
	}
	failure.StackTrace = nil
	var short strings.Builder
	encoder := json.NewEncoder(&short)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(failure) // two strings
	return strings.TrimSpace(short.String())
}

// attempt writes a line of a function that ran without anybody waiting for it.
func (t *terminal) attempt(a events.Attempt) {
	line := t.runOf(cmp.Or(a.Source, queued), a.Function, a.Result, a.Err)
	line.Duration, line.Attempt, line.Next = milliseconds(a.Took), a.Number, a.Wait.Seconds()
	for _, arn := range a.Told {
		line.Told = append(line.Told, t.destination(arn))
	}
	switch {
	case line.Next > 0:
		line.then = fmt.Sprintf("attempt %d, the next one comes in %.0f s", line.Attempt, line.Next)
	case len(line.Told) > 0:
		line.then = "told: " + strings.Join(line.Told, ", ")
	case a.Result != nil && a.Result.FunctionError == "":
	default:
		line.then = "the event is dropped"
	}
	t.write(line)
}

func (runLine) kind() string { return "run" }

// text is such as
//
//	run           12.4 ms  schedule annex-dev-cart/WarmCart           → warmer, warm
func (l runLine) text(p paint) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s  %-44s  ", p.in(green, fmt.Sprintf("%-11s", "run")), p.in(dim, fmt.Sprintf("%9s", inMilliseconds(l.Duration))), l.caused())
	if l.Cold == nil {
		b.WriteString("→ " + l.Function)
	} else {
		b.WriteString("→ " + l.invoked.text(p))
	}
	if l.Error != "" {
		b.WriteString(": " + p.in(red, l.Error))
	}
	if l.then != "" {
		b.WriteString("; " + l.then)
	}
	return b.String()
}

// caused is what the run is for, such as "stream annex-dev-cart-Carts, 3 records".
func (l runLine) caused() string {
	if l.Batch == 0 {
		return l.Source
	}
	return l.Source + ", " + count(l.Batch, "record", "records")
}
