package events

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"annex/local/lambda"
)

func TestAStreamsRecordsComeInBatchesAndOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		w.write("a1", "b2", "a3")
		m := w.start(stream(func(m *Mapping) { m.BatchSize = 2 }))
		w.called("a1 b2", "a3")
		w.write("a4")
		w.called("a4")
		m.Close()
		w.write("a5")
		m = w.start(stream(nil))
		defer m.Close()
		w.called("a5")
	})
}

func TestALatestMappingLeavesOutWhatWasBeforeItAndNothingElse(t *testing.T) {
	inWorld(t, func(w *world) {
		latest := stream(func(m *Mapping) { m.Latest = true })
		w.write("a1")
		w.start(latest).Close()
		w.write("a2")
		m := w.start(latest)
		defer m.Close()
		w.called("a2")
	})
}

func TestAWindowGathersABatch(t *testing.T) {
	inWorld(t, func(w *world) {
		m := w.start(stream(func(m *Mapping) { m.Window, m.BatchSize = 10*time.Second, 3 }))
		defer m.Close()
		w.write("a1")
		time.Sleep(9 * time.Second)
		w.write("a2")
		w.called()
		time.Sleep(2 * time.Second)
		w.called("a1 a2")
		w.write("a3", "a4")
		w.called()
		w.write("a5")
		w.called("a3 a4 a5") // it is full
	})
}

func TestAPoisonRecordEndsAtTheDestinationAndTheOthersGoOn(t *testing.T) {
	inWorld(t, func(w *world) {
		w.answers(poison)
		w.write("a1", "b2", "ax3", "b4", "c5")
		m := w.start(stream(nil))
		defer m.Close()
		time.Sleep(time.Minute)
		w.called("a1 b2 ax3 b4 c5", "ax3 b4 c5", "ax3 b4", "ax3", "ax3", "ax3", "b4", "c5")
		if len(w.sent) != 1 || len(w.discards) != 1 || w.discards[0].Records != 1 {
			t.Fatalf("the destination is told %q, and the terminal %+v", w.sent, w.discards)
		}
		var told map[string]any
		if err := json.Unmarshal([]byte(w.sent[0]), &told); err != nil {
			t.Fatal(err)
		}
		context, _ := told["requestContext"].(map[string]any)
		if context["condition"] != "RetryAttemptsExhausted" || context["approximateInvokeCount"] != 6.0 || context["requestId"] != "request" {
			t.Errorf("it is told %v", context)
		}
		if info, _ := told["DDBStreamBatchInfo"].(map[string]any); info["startSequenceNumber"] != "3" || info["endSequenceNumber"] != "3" {
			t.Errorf("it is told of %v", info)
		}
		w.write("a6")
		w.called("a6")
	})
}

func TestWithoutPartialResponsesTheAnswerDoesNotCount(t *testing.T) {
	inWorld(t, func(w *world) {
		w.answers(poison)
		w.write("a1", "ax2")
		m := w.start(stream(func(m *Mapping) { m.Partial = false }))
		defer m.Close()
		time.Sleep(time.Minute)
		w.called("a1 ax2") // which reports the second one, to nobody
	})
}

func TestAFunctionThatIsThrottledLosesNothing(t *testing.T) {
	inWorld(t, func(w *world) {
		free := time.Now().Add(time.Minute)
		w.answers(func([]string) (*lambda.Result, error) {
			if time.Now().Before(free) {
				return nil, throttled
			}
			return succeeded, nil
		})
		w.write("a1")
		m := w.start(stream(func(m *Mapping) { m.Retries = 0 }))
		defer m.Close()
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if n := len(w.calls); n < 5 || len(w.discards) > 0 {
			t.Errorf("it is called %d times, and %+v is discarded", n, w.discards)
		}
		if n := len(w.deliveries); n != 2 {
			t.Errorf("%d lines say so, want one, and one of its end", n)
		}
	})
}

func TestARecordThatIsTooOldIsDiscarded(t *testing.T) {
	inWorld(t, func(w *world) {
		w.write("a1")
		time.Sleep(2 * time.Hour)
		w.write("a2")
		m := w.start(stream(func(m *Mapping) { m.MaxAge = time.Hour }))
		defer m.Close()
		w.called("a2")
		if len(w.sent) != 1 || !strings.Contains(w.sent[0], `"RecordAgeExceeded","approximateInvokeCount":0`) || strings.Contains(w.sent[0], "responseContext") {
			t.Errorf("the destination is told %q", w.sent)
		}
	})
}

func TestAKeysRecordsStayInOrderWhileOtherKeysGoOn(t *testing.T) {
	inWorld(t, func(w *world) {
		if laneOf("a", 2) == laneOf("b", 2) {
			t.Fatal("choose other keys")
		}
		mended := false
		w.answers(func(names []string) (*lambda.Result, error) {
			if names[0][0] == 'a' && !mended {
				return failed, nil
			}
			return succeeded, nil
		})
		mapping := stream(func(m *Mapping) { m.Parallelization, m.Retries, m.Bisect = 2, -1, false })
		w.write("a1", "b2", "a3")
		m := w.start(mapping)
		w.write("b4", "a5", "b6")
		synctest.Wait()
		if got := strings.Join(w.calls, "|"); !strings.Contains(got, "b2") || !strings.Contains(got, "b4") || !strings.Contains(got, "b6") {
			t.Errorf("it is called with %s", got)
		}
		// What is done stays done over a restart, also beyond what is not.
		m.Close()
		w.note(func() { w.calls, mended = nil, true })
		m = w.start(mapping)
		w.called("a1 a3 a5")
		m.Close()
		// With another number of lanes there may be more, never less.
		w.write("b7")
		m = w.start(stream(func(m *Mapping) { m.Parallelization = 3 }))
		defer m.Close()
		synctest.Wait()
		if !slices.Contains(w.calls, "b7") {
			t.Errorf("it is called with %q", w.calls)
		}
	})
}

func TestABatchThatIsUnderWayWhenTheRunnerEndsComesAgain(t *testing.T) {
	inWorld(t, func(w *world) {
		w.answers(func([]string) (*lambda.Result, error) {
			time.Sleep(time.Hour)
			return succeeded, nil
		})
		w.write("a1")
		m := w.start(stream(nil))
		began := time.Now()
		m.Close()
		if took := time.Since(began); took > 0 {
			t.Errorf("closing takes %s", took)
		}
		w.called("a1")
		w.answers(poison)
		m = w.start(stream(nil))
		w.called("a1")
		m.Close()
		time.Sleep(2 * time.Hour) // for the first call to end
	})
}

func TestWhatIsFilteredOutCountsAsDone(t *testing.T) {
	inWorld(t, func(w *world) {
		mapping := stream(func(m *Mapping) { m.Filters = []string{`{"name":[{"prefix":"b"}]}`} })
		var err error
		if mapping.filter, err = ParseFilters(mapping.Filters); err != nil {
			t.Fatal(err)
		}
		m := w.start(mapping)
		w.write("a1", "b2", "a3")
		w.called("b2")
		m.Close()
		m = w.start(stream(nil)) // without the filter
		defer m.Close()
		w.write("a4")
		w.called("a4")
	})
}

func TestAnAnswerThatFailsAStreamsBatchIsTold(t *testing.T) {
	inWorld(t, func(w *world) {
		w.answers(func([]string) (*lambda.Result, error) {
			return &lambda.Result{Payload: []byte(`{"batchItemFailures":[{"itemIdentifier":"nobody"}]}`)}, nil
		})
		w.write("a1")
		m := w.start(stream(nil))
		defer m.Close()
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(w.deliveries) != 3 || !strings.Contains(w.deliveries[0].Wrong, `"nobody"`) || len(w.sent) != 1 {
			t.Errorf("told is %+v, and %d dead letters", w.deliveries, len(w.sent))
		}
	})
}
