package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"annex/local/lambda"
)

// starts counts how functions started, for the summary at the runner's end.
type starts struct {
	mu     sync.Mutex
	counts map[string]*startCount // by the function's ARN
}

type startCount struct {
	warm, cold, failed, throttled int
	inits                         []time.Duration // of the cold ones whose process had an init phase
}

// count counts an invocation.
func (s *starts) count(i lambda.Invocation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.counts[i.FunctionARN]
	if c == nil {
		c = &startCount{}
		if s.counts == nil {
			s.counts = map[string]*startCount{}
		}
		s.counts[i.FunctionARN] = c
	}
	switch {
	case i.Throttled:
		c.throttled++
		return
	case i.Cold:
		c.cold++
	default:
		c.warm++
	}
	if i.Failed {
		c.failed++
	}
	if i.Init > 0 {
		c.inits = append(c.inits, i.Init)
	}
}

// summary is how every function started while the runner ran.
type summary struct {
	Functions []functionStarts `json:"functions"`
}

// functionStarts are one function's.
type functionStarts struct {
	Function   string  `json:"function"`
	Cold       int     `json:"cold"` // a process was started for the invocation
	Warm       int     `json:"warm"`
	InitMedian float64 `json:"initMedianMs,omitempty"` // of the cold ones' init phases
	InitMax    float64 `json:"initMaxMs,omitempty"`
	Errors     int     `json:"errors"`
	Throttles  int     `json:"throttles"`
}

// summary calls functions by their names in the terminal.
func (s *starts) summary(name func(arn string) string) summary {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := summary{Functions: []functionStarts{}}
	for arn, c := range s.counts {
		f := functionStarts{Function: name(arn), Cold: c.cold, Warm: c.warm, Errors: c.failed, Throttles: c.throttled}
		if n := len(c.inits); n > 0 {
			slices.Sort(c.inits)
			f.InitMedian, f.InitMax = milliseconds(c.inits[(n-1)/2]), milliseconds(c.inits[n-1])
		}
		all.Functions = append(all.Functions, f)
	}
	slices.SortFunc(all.Functions, func(a, b functionStarts) int { return cmp.Compare(a.Function, b.Function) })
	return all
}

func (summary) kind() string { return "summary" }

// text is a table, or a sentence where it would be empty.
func (s summary) text(p paint) string {
	if len(s.Functions) == 0 {
		return p.in(blue, "annex:") + " no function ran"
	}
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(cells ...any) { _, _ = fmt.Fprintf(table, "%v\t%v\t%v\t%v\t%v\t%v\t  %v\n", cells...) } // to memory
	row("cold", "warm", "init median", "max", "errors", "throttles", "function")
	for _, f := range s.Functions {
		median, longest := "-", "-"
		if f.InitMax > 0 {
			median, longest = inMilliseconds(f.InitMedian), inMilliseconds(f.InitMax)
		}
		row(f.Cold, f.Warm, median, longest, f.Errors, f.Throttles, f.Function)
	}
	_ = table.Flush() // as above
	return p.in(blue, "annex:") + " how functions started\n" + b.String()
}
