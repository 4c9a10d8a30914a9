package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"annex/local/events"
	"annex/local/lambda"
)

func TestABatchOfAMappingIsALine(t *testing.T) {
	stream := &events.Mapping{Name: "stream annex-dev-cart-Carts", Function: liveCart, OnFailure: "arn:aws:sqs:eu-west-1:111122223333:dead"}
	queue := &events.Mapping{Name: "queue uploads", Function: liveCart}
	ran, failed := &lambda.Result{Version: "2"}, &lambda.Result{Version: "2", FunctionError: "Unhandled", Payload: []byte(`{"errorMessage":"no"}`)}
	panicked := &lambda.Result{Version: "2", FunctionError: "Unhandled", Payload: []byte(`{"errorMessage":"<no>","errorType":"string","stackTrace":[{"path":"main.go","line":1,"label":"main"}]}`)}
	for name, c := range map[string]struct {
		delivery events.Delivery
		want     string
	}{
		"done":                 {events.Delivery{Mapping: stream, Batch: 3, Number: 1, Result: ran}, "stream annex-dev-cart-Carts, 3 records        → cart, warm"},
		"one record":           {events.Delivery{Mapping: stream, Batch: 1, Number: 1, Result: ran}, "stream annex-dev-cart-Carts, 1 record         → cart, warm"},
		"failed, in halves":    {events.Delivery{Mapping: stream, Batch: 3, Number: 1, Result: failed, Failed: 3, Split: true, Again: true}, `→ cart, warm: the function failed: {"errorMessage":"no"}; they are tried again in halves`},
		"failed in part":       {events.Delivery{Mapping: stream, Batch: 3, Number: 1, Result: ran, Failed: 1, Again: true}, "→ cart, warm: not done: 1 of 3 records; the rest is tried again"},
		"failed by its answer": {events.Delivery{Mapping: queue, Batch: 1, Number: 1, Result: ran, Failed: 1, Wrong: "its answer is no list"}, "→ cart, warm: not done: 1 of 1 record, for its answer is no list"},
		"panicked":             {events.Delivery{Mapping: stream, Batch: 1, Number: 3, Result: panicked, Failed: 1}, `the function failed: {"errorMessage":"<no>","errorType":"string"}`},
		"failed, and waits":    {events.Delivery{Mapping: stream, Batch: 1, Number: 2, Result: failed, Failed: 1, Again: true, Wait: 250 * time.Millisecond}, "; attempt 2, the next one comes in 0.25 s"},
		"failed, and is given": {events.Delivery{Mapping: stream, Batch: 1, Number: 3, Result: failed, Failed: 1}, `the function failed: {"errorMessage":"no"}`},
		"of a queue, in part":  {events.Delivery{Mapping: queue, Batch: 3, Number: 1, Result: ran, Failed: 2, Again: true, Wait: 30 * time.Second}, "→ cart, warm: not done: 2 of 3 records; the queue shows what is not done again in 30 s"},
		"not run":              {events.Delivery{Mapping: stream, Batch: 3, Number: 1, Err: errors.New("throttled"), Failed: 3, Again: true, Wait: time.Second}, "→ cart: throttled; attempt 1, the next one comes in 1 s"},
	} {
		t.Run(name, func(t *testing.T) {
			out := &bytes.Buffer{}
			named(&terminal{out: out}).delivery(c.delivery)
			if got := strings.TrimSpace(out.String()); !strings.HasPrefix(got, "run ") || !strings.HasSuffix(got, c.want) {
				t.Errorf("it is\n%s\nwant at its end\n%s", got, c.want)
			}
		})
	}
	out := &bytes.Buffer{}
	told := named(&terminal{out: out, json: true})
	told.delivery(events.Delivery{Mapping: stream, Batch: 3, Number: 2, Result: ran, Failed: 1, Again: true, Wait: time.Second})
	told.discard(events.Discard{Mapping: stream, Records: 1, Condition: "RetryAttemptsExhausted", Attempts: 3})
	told.write(mappingTrouble{stream.Name, "cart", "denied"})
	var run struct {
		Type, Source, Function string
		Batch, Failed, Attempt int
		NextAttemptSeconds     float64
	}
	var given struct {
		Type, Source, Function, Condition, Destination string
		Records, Attempts                              int
	}
	var trouble struct{ Type, Source, Function, Error string }
	lines := strings.Split(out.String(), "\n")
	for i, into := range []any{&run, &given, &trouble} {
		if err := json.Unmarshal([]byte(lines[i]), into); err != nil {
			t.Fatalf("%s: %v", lines[i], err)
		}
	}
	if run.Type != "run" || run.Source != stream.Name || run.Function != "cart" || run.Batch != 3 || run.Failed != 1 || run.Attempt != 2 || run.NextAttemptSeconds != 1 {
		t.Errorf("a batch is %+v", run)
	}
	if given.Type != "discarded" || given.Destination != "queue dead" || given.Records != 1 || given.Attempts != 3 || given.Function != "cart" || given.Condition != "RetryAttemptsExhausted" {
		t.Errorf("what is given up is %+v", given)
	}
	if trouble.Type != "mapping" || trouble.Error != "denied" || trouble.Source != stream.Name {
		t.Errorf("trouble is %+v", trouble)
	}
}

func TestWhatIsGivenUpAndWhatIsMissingAreLines(t *testing.T) {
	m := &events.Mapping{Name: "stream carts", Function: liveCart, OnFailure: "arn:aws:sqs:eu-west-1:111122223333:dead"}
	out := &bytes.Buffer{}
	term := named(&terminal{out: out})
	term.discard(events.Discard{Mapping: m, Records: 2, Condition: "RecordAgeExceeded", Attempts: 1})
	m.OnFailure = ""
	term.discard(events.Discard{Mapping: m, Records: 1, Condition: "RetryAttemptsExhausted", Attempts: 11})
	term.write(mappingTrouble{m.Name, "cart", "denied"})
	want := "discarded              stream carts, 2 records                       → cart: RecordAgeExceeded after 1 attempt; queue dead is told\n" +
		"discarded              stream carts, 1 record                        → cart: RetryAttemptsExhausted after 11 attempts; nobody is told\n" +
		"mapping                stream carts                                  → cart: denied; it is tried again\n"
	if out.String() != want {
		t.Errorf("they are\n%swant\n%s", out, want)
	}
}
