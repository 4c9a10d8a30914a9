package batch

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

func TestMessageIsItsBody(t *testing.T) {
	logger, _ := testLogger()
	var got []string
	handler := Messages(logger, func(_ context.Context, body []byte) error {
		got = append(got, string(body))
		return nil
	})
	expectFailures(t, t.Context(), handler, testdata(t, "messages.json"))
	if !slices.Equal(got, []string{"Message Body"}) {
		t.Errorf("handled %q", got)
	}
}

// queue is an event of messages with these bodies, whose ids are message-<body>.
func queue(t *testing.T, bodies ...string) []byte {
	t.Helper()
	var event events.SQSEvent
	for _, body := range bodies {
		event.Records = append(event.Records, events.SQSMessage{MessageId: "message-" + body, Body: body, EventSource: "aws:sqs"})
	}
	return marshal(t, event)
}

func TestMessagesFailEachByItself(t *testing.T) {
	logger, logs := testLogger()
	var handled []string
	handler := Messages(logger, func(_ context.Context, body []byte) error {
		handled = append(handled, string(body))
		switch string(body) {
		case "bad":
			return errors.New("no such thing")
		case "worse":
			panic("nor such a thing")
		}
		return nil
	})
	expectFailures(t, t.Context(), handler, queue(t, "a", "bad", "b", "worse", "c"), "message-bad", "message-worse")
	if !slices.Equal(handled, []string{"a", "bad", "b", "worse", "c"}) {
		t.Errorf("handled %q", handled)
	}
	for _, want := range []string{"record=message-bad", "no such thing", "record=message-worse", "nor such a thing"} {
		if !strings.Contains(logs.String(), want) {
			t.Errorf("logged no %q: %s", want, logs)
		}
	}
	if failed, err := failures(t, t.Context(), handler, queue(t, "bad", "worse")); err == nil {
		t.Errorf("reported %q of messages that all fail, want an error", failed)
	}
	if failed, err := failures(t, t.Context(), handler, stream(t, "100")); err == nil {
		t.Errorf("reported %q of a stream, want an error", failed)
	}
}

func TestMessagesThatHaveNoTimeLeftComeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logger, _ := testLogger()
		handled := 0
		handler := Messages(logger, func(context.Context, []byte) error {
			handled++
			time.Sleep(time.Second)
			return nil
		})
		ctx, cancel := context.WithTimeout(t.Context(), 2200*time.Millisecond)
		defer cancel()
		expectFailures(t, ctx, handler, queue(t, "a", "b", "c", "d"), "message-c", "message-d")
		if handled != 2 {
			t.Errorf("handled %d", handled)
		}
	})
}
