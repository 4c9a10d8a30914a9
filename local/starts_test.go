package main

import (
	"testing"
	"time"

	"annex/local/lambda"
)

func TestTheSummaryCountsStartsByFunction(t *testing.T) {
	const ms = time.Millisecond
	var s starts
	for _, i := range []lambda.Invocation{
		{FunctionARN: "search", Cold: true, Init: 30 * ms},
		{FunctionARN: "cart", Cold: true, Init: 9 * ms},
		{FunctionARN: "cart", Cold: true, Init: 7 * ms},
		{FunctionARN: "cart", Cold: true, Init: 12 * ms},
		{FunctionARN: "cart", Cold: true, Failed: true}, // a process that was started again
		{FunctionARN: "cart"},
		{FunctionARN: "cart", Failed: true},
		{FunctionARN: "cart", Throttled: true},
		{FunctionARN: "warmer"},
	} {
		s.count(i)
	}
	const want = `annex: how functions started
  cold  warm  init median      max  errors  throttles  function
     4     2       9.0 ms  12.0 ms       2          1  cart
     1     0      30.0 ms  30.0 ms       0          0  search
     0     1            -        -       0          0  warmer
`
	got := s.summary(func(arn string) string { return arn })
	if text := got.text(false); text != want {
		t.Errorf("it is\n%s\nwant\n%s", text, want)
	}
}

func TestTheSummaryOfNothingIsASentence(t *testing.T) {
	var s starts
	if got := s.summary(func(arn string) string { return arn }).text(false); got != "annex: no function ran" {
		t.Errorf("it is %q", got)
	}
}
