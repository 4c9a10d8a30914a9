package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"annex/lambdas/internal/batch"
	"annex/lambdas/internal/push"
)

// pages are those that are connected: what each topic was told, and what comes of it.
type pages struct {
	told   map[string][]string
	report push.Report
	err    error
}

func (p *pages) Broadcast(_ context.Context, topic string, message []byte) (push.Report, error) {
	p.told[topic] = append(p.told[topic], string(message))
	return p.report, p.err
}

// invoke calls the function with the event of two changes of a cart, as the stream has it.
func invoke(t *testing.T, p *pages) (failed []string, log string, err error) {
	t.Helper()
	event, err := os.ReadFile("testdata/changes.json")
	if err != nil {
		t.Fatal(err)
	}
	var logged strings.Builder
	logger := slog.New(slog.NewTextHandler(&logged, nil))
	output, err := batch.Changes(logger, notifier{p, logger}.notify).Invoke(t.Context(), event)
	var response events.DynamoDBEventResponse
	if err == nil {
		if err := json.Unmarshal(output, &response); err != nil {
			t.Fatalf("%s: %v", output, err)
		}
	}
	for _, failure := range response.BatchItemFailures {
		failed = append(failed, failure.ItemIdentifier)
	}
	return failed, logged.String(), err
}

const cartID = "JBSWY3DPEHPK3PXPJBSWY3DPEH"

func TestPagesAreToldTheVersion(t *testing.T) {
	p := &pages{told: map[string][]string{}, report: push.Report{Sent: 2, Gone: 1}}
	failed, log, err := invoke(t, p)
	if err != nil || len(failed) > 0 || log != "" {
		t.Fatalf("failed %v, %v, log %s", failed, err, log)
	}
	if got := strings.Join(p.told[cartID], " "); len(p.told) != 1 || got != `{"cart":{"version":7}} {"cart":{"version":8}}` {
		t.Errorf("told: %v", p.told)
	}
}

func TestBusyPageHoldsUpNoCart(t *testing.T) {
	p := &pages{told: map[string][]string{}, report: push.Report{Failed: []push.Failure{{Connection: "a", Err: errors.New("throttled"), Busy: true}}}}
	failed, log, err := invoke(t, p)
	if err != nil || len(failed) > 0 || len(p.told[cartID]) != 2 {
		t.Errorf("failed %v, %v, told %v", failed, err, p.told)
	}
	if !strings.Contains(log, "pages were not told") || strings.Contains(log, cartID) {
		t.Errorf("log, which has no cart's id: %s", log)
	}
}

// endless pages have not all been told when the time for them is over.
type endless struct{ told int }

func (e *endless) Broadcast(ctx context.Context, _ string, _ []byte) (push.Report, error) {
	e.told++
	<-ctx.Done()
	return push.Report{Failed: []push.Failure{{Connection: "a", Err: ctx.Err(), Busy: true}}}, nil
}

func TestCartOfAnyNumberOfPagesHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, p := time.Now(), &endless{}
		n := notifier{p, slog.New(slog.DiscardHandler)}
		for range 3 {
			change := batch.Change{Kind: events.DynamoDBOperationTypeModify, New: map[string]types.AttributeValue{
				"id": &types.AttributeValueMemberS{Value: cartID}, "version": &types.AttributeValueMemberN{Value: "7"},
			}}
			if err := n.notify(t.Context(), change); err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(began); p.told != 3 || took != 3*patience {
			t.Errorf("%d changes were told within %s", p.told, took)
		}
	})
}

func TestWhatTheStackLacksComesAgain(t *testing.T) {
	for name, p := range map[string]*pages{
		"no grant":        {report: push.Report{Sent: 1, Failed: []push.Failure{{Connection: "a", Err: errors.New("throttled"), Busy: true}, {Connection: "b", Err: errors.New("no grant")}}}},
		"no table to ask": {err: errors.New("no table to ask")},
	} {
		p.told = map[string][]string{}
		_, log, err := invoke(t, p)
		if err == nil || !strings.Contains(log, name) || strings.Contains(log, cartID) || len(p.told[cartID]) != 1 {
			t.Errorf("%s: %v, told %v, log %s", name, err, p.told, log)
		}
	}
}

func TestCartThatExpiredIsNoNews(t *testing.T) {
	p := &pages{told: map[string][]string{}}
	if err := (notifier{connections: p}).notify(t.Context(), batch.Change{Kind: events.DynamoDBOperationTypeRemove}); err != nil || len(p.told) > 0 {
		t.Errorf("%v, told %v", err, p.told)
	}
}

func TestChangeWithoutImageComesAgain(t *testing.T) {
	err := notifier{}.notify(t.Context(), batch.Change{})
	if err == nil || !strings.Contains(err.Error(), "new images") {
		t.Error(err)
	}
}
