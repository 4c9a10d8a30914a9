package main

import (
	"fmt"
	"strings"

	"annex/local/events"
)

// delivery writes a line of a function that ran for a batch of an event source
// mapping.
func (t *terminal) delivery(d events.Delivery) {
	line := t.runOf(d.Mapping.Name, d.Mapping.Function, d.Result, d.Err)
	line.Duration, line.Attempt, line.Next = milliseconds(d.Took), d.Number, d.Wait.Seconds()
	line.Batch, line.Failed = d.Batch, d.Failed
	if d.Failed > 0 && line.Error == "" {
		line.Error = fmt.Sprintf("not done: %d of %s", d.Failed, count(d.Batch, "record", "records"))
		if d.Wrong != "" {
			line.Error += ", for " + d.Wrong
		}
	}
	switch {
	case d.Failed == 0:
	case d.Split:
		line.then = "they are tried again in halves"
	case d.Again && d.Wait > 0 && strings.HasPrefix(d.Mapping.Name, "queue "):
		line.then = fmt.Sprintf("the queue shows what is not done again in %.0f s", line.Next)
	case d.Again && d.Wait > 0:
		line.then = fmt.Sprintf("attempt %d, the next one comes in %.3g s", line.Attempt, line.Next)
	case d.Again:
		line.then = "the rest is tried again"
	}
	t.write(line)
}

// count is such as "1 record" or "3 records".
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// discardLine is what a mapping of a stream gave up.
type discardLine struct {
	Source      string `json:"source"`
	Function    string `json:"function"`
	Records     int    `json:"records"`
	Condition   string `json:"condition"`
	Attempts    int    `json:"attempts"`
	Destination string `json:"destination,omitempty"` // that was told, such as "queue annex-dev-cart-…"
}

// discard writes a line of what a mapping gave up, and gives it.
func (t *terminal) discard(d events.Discard) discardLine {
	line := discardLine{d.Mapping.Name, t.nameOf(d.Mapping.Function), d.Records, d.Condition, d.Attempts, t.destination(d.Mapping.OnFailure)}
	t.write(line)
	return line
}

// destination is what a queue or a function with the ARN is called; empty for
// none.
func (t *terminal) destination(arn string) string {
	if queue, ok := strings.CutPrefix(arn, "arn:"); ok && strings.Contains(queue, ":sqs:") {
		return "queue " + arn[strings.LastIndexByte(arn, ':')+1:]
	}
	return t.nameOf(arn)
}

func (discardLine) kind() string { return "discarded" }

// text is such as
//
//	discarded                stream annex-dev-cart-Carts, 1 record    → learner: RetryAttemptsExhausted after 11 attempts; queue … is told
func (l discardLine) text(p paint) string {
	return fmt.Sprintf("%s %9s  %-44s  → %s: %s; %s", p.in(red, fmt.Sprintf("%-11s", "discarded")), "",
		l.Source+", "+count(l.Records, "record", "records"), l.Function, p.in(red, l.reason()), l.told())
}

func (l discardLine) reason() string {
	return fmt.Sprintf("%s after %s", l.Condition, count(l.Attempts, "attempt", "attempts"))
}

func (l discardLine) told() string {
	if l.Destination == "" {
		return "nobody is told"
	}
	return l.Destination + " is told"
}

// outcome is the line without what it is about.
func (l discardLine) outcome() string { return l.reason() + "; " + l.told() }

// mappingTrouble is why a mapping does not read its source, or does not tell its
// destination.
type mappingTrouble struct {
	Source   string `json:"source"`
	Function string `json:"function"`
	Error    string `json:"error"`
}

func (mappingTrouble) kind() string { return "mapping" }

func (l mappingTrouble) text(p paint) string {
	return fmt.Sprintf("%s %9s  %-44s  → %s: %s; it is tried again", p.in(red, fmt.Sprintf("%-11s", "mapping")), "", l.Source, l.Function, p.in(red, l.Error))
}
