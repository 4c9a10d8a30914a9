package events

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"annex/local/lambda"
)

// failing reports the messages whose names have an x.
func failing(names []string) (*lambda.Result, error) {
	var items []string
	for _, name := range names {
		if strings.Contains(name, "x") {
			items = append(items, fmt.Sprintf(`{"itemIdentifier":"id-%s"}`, name))
		}
	}
	return &lambda.Result{Version: "2", Payload: fmt.Appendf(nil, `{"batchItemFailures":[%s]}`, strings.Join(items, ","))}, nil
}

func (w *world) wantLeft(names ...string) {
	w.t.Helper()
	synctest.Wait()
	if got := w.left(); !slices.Equal(got, append([]string{}, names...)) {
		w.t.Errorf("in the queue are %q, want %q", got, names)
	}
}

func TestAQueuesMessagesComeInBatchesAndAreDeleted(t *testing.T) {
	inWorld(t, func(w *world) {
		w.send("a", "b", "c")
		m := w.start(queue(func(m *Mapping) { m.BatchSize, m.Concurrency = 2, 1 }))
		defer m.Close()
		w.called("a b", "c")
		w.wantLeft()
	})
}

func TestOnlyMessagesThatFailedComeAgain(t *testing.T) {
	inWorld(t, func(w *world) {
		w.answers(failing)
		w.send("a", "x", "b")
		m := w.start(queue(nil))
		defer m.Close()
		w.called("a x b")
		w.wantLeft("x")
		time.Sleep(59 * time.Second)
		w.called()
		time.Sleep(2 * time.Second) // the queue's visibility timeout is over
		w.called("x")
		if d := w.deliveries[0]; d.Failed != 1 || d.Batch != 3 || d.Wait != time.Minute {
			t.Errorf("told is %+v", d)
		}
	})
}

func TestABatchWhoseFunctionFailsComesAgain(t *testing.T) {
	for name, answer := range map[string]*lambda.Result{
		"it fails":                {FunctionError: "Unhandled"},
		"it names no message":     {Payload: []byte(`{"batchItemFailures":[{"itemIdentifier":"nobody"}]}`)},
		"its answer is no answer": {Payload: []byte(`"done"`)},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.answers(func([]string) (*lambda.Result, error) { return answer, nil })
				w.send("a", "b")
				m := w.start(queue(nil))
				defer m.Close()
				w.called("a b")
				w.wantLeft("a", "b")
				time.Sleep(61 * time.Second)
				w.called("a b")
				if d := w.deliveries[0]; (d.Wrong != "") != (answer.FunctionError == "") {
					t.Errorf("told is %+v", d)
				}
			})
		})
	}
}

func TestAQueuesWindowGathersABatch(t *testing.T) {
	inWorld(t, func(w *world) {
		m := w.start(queue(func(m *Mapping) { m.Window, m.BatchSize = 10*time.Second, 3 }))
		defer m.Close()
		w.send("a")
		w.send("b")
		w.called()
		time.Sleep(11 * time.Second)
		w.called("a b")
		w.send("c", "d", "e")
		w.called("c d e")
	})
}

func TestNoMoreBatchesAtOnceThanTheMaximumConcurrency(t *testing.T) {
	inWorld(t, func(w *world) {
		w.answers(func([]string) (*lambda.Result, error) {
			time.Sleep(time.Second)
			return succeeded, nil
		})
		w.send("a", "b", "c", "d", "e", "f", "g")
		m := w.start(queue(func(m *Mapping) { m.BatchSize, m.Concurrency = 1, 3 }))
		defer m.Close()
		w.note(func() {
			for _, message := range w.messages[3:] { // nobody hides them for a function that has no time
				if message.receives > 0 {
					t.Errorf("%s is received", message.name)
				}
			}
		})
		time.Sleep(time.Minute)
		w.wantLeft()
		if w.most != 3 {
			t.Errorf("%d ran at once", w.most)
		}
	})
}

func TestAThrottledBatchIsTriedAgainWhileTheQueueHidesIt(t *testing.T) {
	inWorld(t, func(w *world) {
		began := time.Now()
		w.answers(func([]string) (*lambda.Result, error) {
			if time.Since(began) < 20*time.Second {
				return nil, throttled
			}
			return succeeded, nil
		})
		w.send("a")
		m := w.start(queue(nil))
		defer m.Close()
		time.Sleep(40 * time.Second)
		w.wantLeft()
		if w.messages[0].receives != 1 {
			t.Errorf("it is received %d times", w.messages[0].receives)
		}
	})
}

func TestMessagesUnderWayWhenTheRunnerEndsComeAgainAtOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		w.answers(func([]string) (*lambda.Result, error) {
			time.Sleep(time.Hour)
			return succeeded, nil
		})
		w.send("a")
		m := w.start(queue(nil))
		m.Close()
		w.called("a")
		w.answers(failing)
		m = w.start(queue(nil))
		w.called("a")
		w.wantLeft()
		m.Close()
		time.Sleep(2 * time.Hour) // for the first call to end
	})
}

func TestAnEditHasTheQueueShowWhatFailed(t *testing.T) {
	inWorld(t, func(w *world) {
		w.answers(func([]string) (*lambda.Result, error) { return failed, nil })
		w.send("a")
		m := w.start(queue(nil))
		defer m.Close()
		w.called("a")
		w.answers(failing)
		m.Update([]Mapping{queue(nil)})
		w.called("a")
		w.wantLeft()
	})
}

func TestAMessageThatIsFilteredOutIsDeleted(t *testing.T) {
	inWorld(t, func(w *world) {
		mapping := queue(func(m *Mapping) { m.Filters = []string{`{"name":["b"]}`} })
		var err error
		if mapping.filter, err = ParseFilters(mapping.Filters); err != nil {
			t.Fatal(err)
		}
		w.send("a", "b", "c")
		m := w.start(mapping)
		defer m.Close()
		w.called("b")
		w.wantLeft()
	})
}

func TestAQueueWithoutItsGrantIsToldOnceAndReadLater(t *testing.T) {
	inWorld(t, func(w *world) {
		w.deny(errDenied)
		m := w.start(queue(nil))
		defer m.Close()
		w.send("a")
		time.Sleep(time.Hour)
		synctest.Wait()
		if !slices.Equal(w.troubles, []string{errDenied.Error()}) {
			t.Errorf("told is %q", w.troubles)
		}
		w.deny(nil)
		m.Update([]Mapping{queue(nil)})
		w.called("a")
		w.wantLeft()
	})
}
