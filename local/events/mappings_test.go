package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"annex/local/lambda"
)

// world is a stream, a queue and a function, for mappings of them.
type world struct {
	t      *testing.T
	folder string

	mu       sync.Mutex
	changed  chan struct{} // closed when there is more to read
	records  []Record
	messages []*fakeMessage
	denied   error
	silent   bool     // the stream does not say where it ends
	sent     []string // to the destination

	function func(records []string) (*lambda.Result, error) // is given the records' names
	calls    []string
	running  int
	most     int // that ran at once

	deliveries []Delivery
	discards   []Discard
	troubles   []string
}

type fakeMessage struct {
	name     string
	hidden   time.Time
	receives int
	gone     bool
}

const (
	streamARN = "arn:aws:dynamodb:eu-west-1:111122223333:table/carts/stream/2026-01-01T00:00:00.000"
	queueARN  = "arn:aws:sqs:eu-west-1:111122223333:uploads"
	deadARN   = "arn:aws:sqs:eu-west-1:111122223333:dead"
)

// inWorld runs a test with one, at midnight of 1 January 2000.
func inWorld(t *testing.T, test func(w *world)) {
	t.Helper()
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, folder: folder, changed: make(chan struct{})}
		w.function = func([]string) (*lambda.Result, error) { return &lambda.Result{Version: "2"}, nil }
		test(w)
	})
}

// start starts mappings. The test closes them.
func (w *world) start(mappings ...Mapping) *Mappings {
	m := NewMappings(w.folder, w, w.invoke, Observer{
		Delivered: func(d Delivery) { w.note(func() { w.deliveries = append(w.deliveries, d) }) },
		Discarded: func(d Discard) { w.note(func() { w.discards = append(w.discards, d) }) },
		Trouble:   func(_ *Mapping, err error) { w.note(func() { w.troubles = append(w.troubles, err.Error()) }) },
	})
	m.Update(mappings)
	synctest.Wait()
	return m
}

func (w *world) note(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

// deny has the sources refuse every call, or none for nil.
func (w *world) deny(err error) { w.note(func() { w.denied = err }) }

// answers has the function answer so.
func (w *world) answers(f func([]string) (*lambda.Result, error)) { w.note(func() { w.function = f }) }

// write writes changes of items, whose keys are the first letters of their names.
func (w *world) write(names ...string) {
	w.note(func() {
		for _, name := range names {
			w.records = append(w.records, Record{
				SequenceNumber: fmt.Sprint(len(w.records) + 1), Created: time.Now(), Key: name[:1], JSON: fmt.Appendf(nil, `{"name":%q}`, name),
			})
		}
		close(w.changed)
		w.changed = make(chan struct{})
	})
	synctest.Wait()
}

// send sends messages to the queue.
func (w *world) send(names ...string) {
	w.note(func() {
		for _, name := range names {
			w.messages = append(w.messages, &fakeMessage{name: name})
		}
		close(w.changed)
		w.changed = make(chan struct{})
	})
	synctest.Wait()
}

func (w *world) invoke(ctx context.Context, _, functionARN string, event []byte) (*lambda.Result, error) {
	var batch struct{ Records []struct{ Name string } }
	if err := json.Unmarshal(event, &batch); err != nil || functionARN != function {
		w.t.Errorf("%s is called with %s", functionARN, event)
	}
	var names []string
	for _, r := range batch.Records {
		names = append(names, r.Name)
	}
	w.note(func() {
		w.calls = append(w.calls, strings.Join(names, " "))
		w.running++
		w.most = max(w.most, w.running)
	})
	defer w.note(func() { w.running-- })
	answered := make(chan struct{})
	var result *lambda.Result
	var err error
	w.mu.Lock()
	answer := w.function
	w.mu.Unlock()
	go func() {
		defer close(answered)
		result, err = answer(names)
	}()
	select {
	case <-answered:
		return result, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (w *world) called(want ...string) {
	w.t.Helper()
	synctest.Wait()
	w.note(func() {
		if !slices.Equal(w.calls, want) {
			w.t.Errorf("the function is called with %q, want %q", w.calls, want)
		}
		w.calls = nil
	})
}

// wait waits for something to read.
func (w *world) wait(ctx context.Context, until time.Time) bool {
	w.mu.Lock()
	changed := w.changed
	w.mu.Unlock()
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-changed:
	case <-timer.C:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

// left are the names of the messages that are still in the queue.
func (w *world) left() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	names := []string{}
	for _, m := range w.messages {
		if !m.gone {
			names = append(names, m.name)
		}
	}
	return names
}

// stream is a mapping of the stream, and queue of the queue, as the constructs
// make them.
func stream(change func(*Mapping)) Mapping {
	m := Mapping{
		ID: "shop/Changes", Name: "stream carts", Source: streamARN, Function: function, BatchSize: 100, Partial: true,
		Bisect: true, Retries: 2, Parallelization: 1, OnFailure: deadARN,
	}
	if change != nil {
		change(&m)
	}
	return m
}

func queue(change func(*Mapping)) Mapping {
	m := Mapping{ID: "shop/Uploads", Name: "queue uploads", Source: queueARN, Function: function, BatchSize: 10, Partial: true, Visibility: time.Minute, Concurrency: 5}
	if change != nil {
		change(&m)
	}
	return m
}

// poison fails for records whose names have an x, as package batch of lambdas
// does: a stream's batch from the first on, or as a whole where that is the first.
func poison(names []string) (*lambda.Result, error) {
	i := slices.IndexFunc(names, func(name string) bool { return strings.Contains(name, "x") })
	switch {
	case i < 0:
		return &lambda.Result{Version: "2", Payload: []byte(`{"batchItemFailures":[]}`)}, nil
	case i == 0:
		return &lambda.Result{Version: "2", RequestID: "request", FunctionError: "Unhandled", Payload: []byte(`{"errorMessage":"poison"}`)}, nil
	}
	// The tests' records are numbered from 1, and their names end in the number.
	return &lambda.Result{Version: "2", Payload: fmt.Appendf(nil, `{"batchItemFailures":[{"itemIdentifier":%q}]}`, strings.TrimLeft(names[i], "abcx"))}, nil
}

var errDenied = errors.New("user cart is not authorized to perform: dynamodb:GetRecords")
