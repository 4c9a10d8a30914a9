package main

import (
	"cmp"
	"context"
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
	Next    float64 `json:"nextAttemptSeconds,omitempty"` // until it is tried again; 0 where it is not
	Error   string  `json:"error,omitempty"`
}

// attempt writes a line of a function that ran without anybody waiting for it.
func (t *terminal) attempt(a events.Attempt) {
	line := runLine{Source: cmp.Or(a.Source, queued), Duration: milliseconds(a.Took), Attempt: a.Number, Next: a.Wait.Seconds()}
	line.Function = t.nameOf(a.Function)
	if r := a.Result; r != nil {
		line.invoked = invoked{Function: line.Function, Version: r.Version, RequestID: r.RequestID, Cold: &r.Cold, Init: milliseconds(r.Init)}
		if r.FunctionError != "" {
			line.Error = "the function failed: " + string(r.Payload)
		}
	}
	if a.Err != nil {
		line.Error = a.Err.Error()
	}
	t.write(line)
}

func (runLine) kind() string { return "run" }

// text is such as
//
//	run           12.4 ms  schedule annex-dev-cart/WarmCart           → warmer, warm
func (l runLine) text(p paint) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s  %-44s  ", p.in(green, fmt.Sprintf("%-11s", "run")), p.in(dim, fmt.Sprintf("%9s", inMilliseconds(l.Duration))), l.Source)
	if l.Cold == nil {
		b.WriteString("→ " + l.Function)
	} else {
		b.WriteString("→ " + l.invoked.text(p))
	}
	if l.Error == "" {
		return b.String()
	}
	b.WriteString(": " + p.in(red, l.Error))
	if l.Next > 0 {
		fmt.Fprintf(&b, "; attempt %d, the next one comes in %.0f s", l.Attempt, l.Next)
	} else {
		b.WriteString("; the event is dropped")
	}
	return b.String()
}
