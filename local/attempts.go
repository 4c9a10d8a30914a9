package main

import (
	"fmt"
	"strings"

	"annex/local/events"
)

// attempt writes a line of a function that ran without anybody waiting for it,
// such as
//
//	queued → arn:aws:lambda:…:function:cart:live, cold start 7.1 ms, 12.4 ms
func (t *terminal) attempt(a events.Attempt) {
	var b strings.Builder
	source := a.Source
	if source == "" {
		source = "queued"
	}
	fmt.Fprintf(&b, "%s → %s", source, a.Function)
	if a.Result != nil && a.Result.Cold {
		fmt.Fprintf(&b, ", cold start %s", milliseconds(a.Result.Init))
	}
	fmt.Fprintf(&b, ", %s", milliseconds(a.Took))
	switch {
	case a.Err != nil:
		fmt.Fprintf(&b, ": %v", a.Err)
	case a.Result.FunctionError != "":
		fmt.Fprintf(&b, ": the function failed: %s", a.Result.Payload)
	}
	switch {
	case !a.Last:
		fmt.Fprintf(&b, "; attempt %d, the next one comes in %s", a.Number, a.Wait)
	case a.Err != nil || a.Result.FunctionError != "":
		b.WriteString("; the event is dropped")
	}
	t.line(b.String())
}
