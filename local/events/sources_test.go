package events

import (
	"context"
	"fmt"
	"time"
)

// What follows makes the world the sources of its mappings.

func (w *world) Records(ctx context.Context, _ *Mapping, after string, most int) ([]Record, error) {
	for {
		w.mu.Lock()
		denied := w.denied
		var found []Record
		for _, r := range w.records {
			if compare(r.SequenceNumber, after) > 0 && len(found) < most {
				found = append(found, r)
			}
		}
		w.mu.Unlock()
		if denied != nil || len(found) > 0 {
			return found, denied
		}
		if !w.wait(ctx, time.Now().Add(1000*time.Hour)) {
			return nil, nil
		}
	}
}

func (w *world) End(ctx context.Context, _ *Mapping) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.silent {
		w.mu.Unlock()
		<-ctx.Done()
		w.mu.Lock()
		return "", ctx.Err()
	}
	if len(w.records) == 0 {
		return "", w.denied
	}
	return w.records[len(w.records)-1].SequenceNumber, w.denied
}

func (w *world) Receive(ctx context.Context, m *Mapping, most int) ([]Message, error) {
	for {
		w.mu.Lock()
		denied := w.denied
		var found []Message
		next := time.Now().Add(1000 * time.Hour)
		for i, x := range w.messages {
			switch {
			case x.gone, denied != nil:
			case x.hidden.After(time.Now()):
				if x.hidden.Before(next) {
					next = x.hidden
				}
			case len(found) < most:
				x.receives++
				x.hidden = time.Now().Add(m.Visibility)
				found = append(found, Message{Receipt: fmt.Sprint(i), JSON: fmt.Appendf(nil, `{"messageId":"id-%s","name":%q}`, x.name, x.name)})
			}
		}
		w.mu.Unlock()
		if denied != nil || len(found) > 0 {
			return found, denied
		}
		if !w.wait(ctx, next) {
			return nil, nil
		}
	}
}

func (w *world) Delete(_ context.Context, _ *Mapping, receipt string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var i int
	_, _ = fmt.Sscan(receipt, &i)
	w.messages[i].gone = true
	return nil
}

func (w *world) Release(_ context.Context, _ *Mapping, receipt string) error {
	w.note(func() {
		var i int
		_, _ = fmt.Sscan(receipt, &i)
		w.messages[i].hidden = time.Time{}
		close(w.changed)
		w.changed = make(chan struct{})
	})
	return nil
}

func (w *world) Send(_ context.Context, _ *Mapping, queue, body string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.denied != nil {
		return w.denied
	}
	if queue != deadARN {
		w.t.Errorf("%s is told", queue)
	}
	w.sent = append(w.sent, body)
	return nil
}
