package console

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestNothingIsRecordedWhileNoPageIsOpen(t *testing.T) {
	p := open(t)
	p.recorder.Begin(put("x")).End(func(*Exchange) {})
	p.next("exchange")
	p.leave()
	for p.recorder.Watched() {
		time.Sleep(time.Millisecond)
	}
	p.recorder.Log("1", Line{Text: "a line"})
	p.recorder.Call(Call{Service: "s3"})
	p.recorder.Begin(put("x")).End(func(e *Exchange) { e.Invocations = []Invocation{{RequestID: "2"}} })
	p.recorder.mu.Lock()
	if r := p.recorder; len(r.ring.kept) > 0 || r.ring.bytes > 0 || len(r.details.byKey) > 0 {
		t.Errorf("%d exchanges of %d bytes, and %d logs are kept", len(r.ring.kept), r.ring.bytes, len(r.details.byKey))
	}
	p.recorder.mu.Unlock()
	p.connect()
	if status, body := p.ask(http.MethodGet, "/requests/1", ""); status != http.StatusNotFound || !strings.Contains(body, "not kept any more") {
		t.Errorf("an exchange of before: %d %s", status, body)
	}
	p.recorder.Begin(put("x"))
	if got := p.next("exchange"); got["id"] != 3.0 || got["ended"] != false {
		t.Errorf("the first exchange after that: %v", got)
	}
}

// Logs and calls come before, during and after what they belong to.
func TestLogsAndCallsFindTheirInvocation(t *testing.T) {
	p := open(t)
	trace := "Root=1-a-b;Parent=c;Sampled=0"
	get := Call{Time: began, Duration: time.Millisecond, Service: "dynamodb", Operation: "GetItem", Resources: []string{"arn:table"}, Trace: trace, Status: 200}
	deleted := Call{Time: began, Service: "dynamodb", Operation: "DeleteItem", Trace: trace, Status: 400, Denied: true, Reason: "User: cart is not authorized to perform: dynamodb:DeleteItem", Error: "AccessDeniedException"}
	other := get
	other.Trace, other.Operation = "Root=1-other", "Scan"

	p.recorder.Log("i1", Line{"before", false})
	p.recorder.Log("i2", Line{"another's", false})
	p.recorder.Call(get)
	p.recorder.Call(other)
	p.recorder.Begin(put("x")).End(func(e *Exchange) {
		e.Status = http.StatusInternalServerError
		e.Invocations = append(e.Invocations, Invocation{Function: "cart", RequestID: "i1", Trace: trace, Start: began, Started: began, End: began, Event: Keep([]byte(`{"a":1}`))})
	})
	p.recorder.Log("i1", Line{"REPORT", true})
	p.recorder.Call(deleted)

	shown := p.detail()
	i := shown.Invocations[0]
	if diff := cmp.Diff([]Line{{"before", false}, {"REPORT", true}}, i.Logs); diff != "" {
		t.Errorf("logs (-want +got):\n%s", diff)
	}
	var operations []string
	for _, c := range i.Calls {
		operations = append(operations, c.Operation)
	}
	if diff := cmp.Diff([]string{"GetItem", "DeleteItem"}, operations); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Refusal{{"IAM", deleted.Reason}}, shown.Refusals); diff != "" {
		t.Errorf("refusals (-want +got):\n%s", diff)
	}
	if i.Event.Text != "{\n  \"a\": 1\n}" {
		t.Errorf("the event is shown as %q", i.Event.Text)
	}
	for {
		refusal, _ := p.next("exchange")["refusal"].(map[string]any)
		if refusal["by"] == "IAM" {
			break // the list knows of the late call
		}
	}
}

// A function that writes without end does not fill the memory.
func TestLogsWithoutEndAreCut(t *testing.T) {
	p := open(t)
	p.recorder.Begin(put("x")).End(func(e *Exchange) { e.Invocations = []Invocation{{RequestID: "i1"}} })
	for range maxAdded + 10 {
		p.recorder.Log("i1", Line{"again", false})
		p.recorder.Log("nobody's", Line{"again", false})
	}
	if kept := len(p.detail().Invocations[0].Logs); kept != maxAdded {
		t.Errorf("%d lines are kept", kept)
	}
	p.recorder.mu.Lock() // a page's leaving may be under way
	kept := len(p.recorder.details.byKey["nobody's"].early)
	p.recorder.mu.Unlock()
	if kept != maxAdded {
		t.Errorf("%d lines of nobody's are kept", kept)
	}
}

func TestACallOfNobodyIsShownByItself(t *testing.T) {
	p := open(t)
	p.recorder.Call(Call{Time: began, Service: "s3", Operation: "ListBuckets", Caller: "root", Status: 200})
	if got := p.next("exchange"); got["source"] != "AWS call" || got["function"] != "root" {
		t.Errorf("shown as %v", got)
	}
	if shown := p.detail(); len(shown.Calls) != 1 || shown.Calls[0].Operation != "ListBuckets" {
		t.Errorf("its calls are %v", shown.Calls)
	}
}

func TestTheOldestGoFirst(t *testing.T) {
	p := open(t)
	for range maxExchanges + 10 {
		p.recorder.Begin(put("x")).End(func(*Exchange) {})
	}
	kept := func() []*Recording {
		p.recorder.mu.Lock()
		defer p.recorder.mu.Unlock()
		return p.recorder.ring.kept
	}
	if kept := kept(); len(kept) != maxExchanges || kept[0].ID() != 11 {
		t.Errorf("%d are kept, from %d on", len(kept), kept[0].ID())
	}
	// What is gone is kept for nobody's logs, either.
	for i := range 2 * maxExchanges {
		p.recorder.Begin(put("x")).End(func(e *Exchange) {
			e.Invocations = []Invocation{{RequestID: strconv.Itoa(i), Trace: "Root=" + strconv.Itoa(i)}}
		})
	}
	owners := map[*Recording]bool{}
	p.recorder.mu.Lock()
	for _, d := range p.recorder.details.byKey {
		owners[d.owner] = true
	}
	p.recorder.mu.Unlock()
	if len(owners) != maxExchanges {
		t.Errorf("%d exchanges are kept for the logs that may come", len(owners))
	}
	large := make([]byte, maxBody)
	for range 2 * maxBytes / maxBody {
		p.recorder.Begin(put("x")).End(func(e *Exchange) { e.Body = Keep(large) })
	}
	p.recorder.mu.Lock()
	defer p.recorder.mu.Unlock()
	sum := 0
	for _, recording := range p.recorder.ring.kept {
		sum += recording.exchange.bytes()
	}
	if r := p.recorder.ring; sum > maxBytes || r.bytes != sum || len(r.kept) < maxBytes/maxBody/2 {
		t.Errorf("%d exchanges of %d bytes are kept, counted as %d", len(r.kept), sum, r.bytes)
	}
}
