package events

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"annex/local/lambda"
)

func TestAnEditHasWhatFailsTriedAgainAtOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		mended := false
		w.answers(func([]string) (*lambda.Result, error) {
			if mended {
				return succeeded, nil
			}
			return failed, nil
		})
		w.write("a1")
		m := w.start(stream(func(m *Mapping) { m.Retries = -1 }))
		defer m.Close()
		time.Sleep(time.Minute) // the next attempt is a while off
		synctest.Wait()
		w.note(func() { w.calls, mended = nil, true })
		m.Update([]Mapping{stream(func(m *Mapping) { m.Retries = -1 })})
		w.called("a1")
	})
}

func TestAMappingThatChangesGoesOnWhereItWas(t *testing.T) {
	inWorld(t, func(w *world) {
		free := make(chan struct{})
		w.answers(func([]string) (*lambda.Result, error) {
			<-free
			return succeeded, nil
		})
		m := w.start(stream(nil))
		defer m.Close()
		w.write("a1")
		w.called("a1")
		m.Update([]Mapping{stream(func(m *Mapping) { m.BatchSize = 1 })})
		w.write("a2", "a3")
		w.called() // not before the call that is under way
		close(free)
		w.called("a2", "a3")
		m.Update(nil)
		w.write("a4")
		w.called()
	})
}

func TestAMappingThatGoesAndComesBackDoesNotRunBesideItself(t *testing.T) {
	inWorld(t, func(w *world) {
		free := make(chan struct{})
		w.answers(func([]string) (*lambda.Result, error) {
			<-free
			return succeeded, nil
		})
		m := w.start(stream(nil))
		defer m.Close()
		w.write("a1")
		w.called("a1")
		m.Update(nil)
		m.Update([]Mapping{stream(nil)})
		w.write("a2")
		w.called()
		close(free)
		w.called("a2")
	})
}

func TestADatabaseThatDoesNotAnswerHoldsUpNobody(t *testing.T) {
	inWorld(t, func(w *world) {
		w.note(func() { w.silent = true })
		began := time.Now()
		m := w.start(stream(func(m *Mapping) { m.Latest = true }), stream(func(m *Mapping) { m.ID, m.Latest = "shop/Other", true }))
		if took := time.Since(began); took > time.Second {
			t.Errorf("it takes %s", took)
		}
		m.Close()
	})
}

func TestWhatIsMissingIsToldOnceAndTriedAgain(t *testing.T) {
	inWorld(t, func(w *world) {
		w.deny(errDenied)
		m := w.start(stream(nil))
		defer m.Close()
		w.write("a1")
		time.Sleep(time.Hour)
		synctest.Wait()
		if !slices.Equal(w.troubles, []string{errDenied.Error()}) {
			t.Errorf("told is %q", w.troubles)
		}
		w.deny(nil)
		m.Update([]Mapping{stream(nil)}) // an edit that grants it
		w.called("a1")
	})
}

func TestADestinationThatCannotBeToldLosesNothing(t *testing.T) {
	inWorld(t, func(w *world) {
		w.answers(poison)
		m := w.start(stream(nil))
		w.write("ax1")
		w.deny(errDenied)
		time.Sleep(time.Hour)
		synctest.Wait()
		if len(w.discards) > 0 || len(w.troubles) == 0 {
			t.Fatalf("%+v is discarded, and told is %q", w.discards, w.troubles)
		}
		m.Close()
		w.deny(nil)
		m = w.start(stream(nil))
		defer m.Close()
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(w.sent) != 1 || len(w.discards) != 1 {
			t.Errorf("the destination is told %q, and the terminal %+v", w.sent, w.discards)
		}
	})
}
