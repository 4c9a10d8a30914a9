package console

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"
)

// summary is an exchange as the page's list has it.
type summary struct {
	ID       int64   `json:"id"`
	ReplayOf int64   `json:"replayOf,omitempty"`
	Source   string  `json:"source,omitempty"`
	Time     int64   `json:"time"` // in milliseconds since 1970
	Duration float64 `json:"duration"`
	Ended    bool    `json:"ended"`
	Method   string  `json:"method"`
	Host     string  `json:"host"`
	URI      string  `json:"uri"`
	Status   int     `json:"status"`
	Route    string  `json:"route"`
	Function string  `json:"function"`
	Cold     bool    `json:"cold"`
	Refusal  Refusal `json:"refusal"` // the first one
}

func (e *Exchange) summary() summary {
	s := summary{
		ID: e.ID, ReplayOf: e.ReplayOf, Source: e.Source, Time: e.Time.UnixMilli(), Duration: milliseconds(e.Duration), Ended: e.Ended,
		Method: e.Request.Method, Host: e.Request.Host, URI: shorten(e.Request.URI), Status: e.Status, Route: e.Route, Function: e.Function, Cold: e.Cold,
	}
	if refusals := e.refusals(); len(refusals) > 0 {
		s.Refusal = refusals[0]
	}
	return s
}

// refusals are those of the calls that the functions made, and then those of the
// way to the answer, of which the first may be the reason.
func (e *Exchange) refusals() []Refusal {
	var all []Refusal
	add := func(calls []Call) {
		for _, c := range calls {
			switch {
			case c.Denied:
				all = append(all, Refusal{"IAM", c.Reason})
			case c.Status == http.StatusNotImplemented:
				all = append(all, Refusal{"Local mode", c.Reason})
			}
		}
	}
	for _, i := range e.Invocations {
		add(i.Calls)
	}
	add(e.Calls)
	return append(all, e.Refusals...)
}

// shownExchange is an exchange as the page has it when it is looked at. Times
// are in milliseconds since the exchange began.
type shownExchange struct {
	summary

	Proto       string            `json:"proto"`
	Client      string            `json:"client"`
	API         string            `json:"api"`
	Request     shownMessage      `json:"request"`
	Response    shownMessage      `json:"response"`
	Hops        []shownHop        `json:"hops"`
	Invocations []shownInvocation `json:"invocations"`
	Calls       []shownCall       `json:"calls"`
	Refusals    []Refusal         `json:"refusals"`
	Replay      string            `json:"replay"` // why it cannot be sent again; empty where it can
}

type shownMessage struct {
	Headers [][2]string `json:"headers"`
	Body    shownBody   `json:"body"`
}

type shownHop struct {
	Name     string  `json:"name"`
	Kind     string  `json:"kind"` // hop, init, run or call
	Detail   string  `json:"detail"`
	Start    float64 `json:"start"`
	Duration float64 `json:"duration"`
	Failed   bool    `json:"failed"`
}

type shownInvocation struct {
	Function   string      `json:"function"`
	Version    string      `json:"version"`
	RequestID  string      `json:"requestID"`
	Trace      string      `json:"trace"`
	Authorizer bool        `json:"authorizer"`
	Cold       bool        `json:"cold"`
	Init       float64     `json:"init"`
	Duration   float64     `json:"duration"`
	Event      shownBody   `json:"event"`
	Result     shownBody   `json:"result"`
	Error      string      `json:"error"`
	Logs       []Line      `json:"logs"`
	Calls      []shownCall `json:"calls"`
}

type shownCall struct {
	Service   string  `json:"service"`
	Operation string  `json:"operation"`
	Resource  string  `json:"resource"`
	Caller    string  `json:"caller"`
	Start     float64 `json:"start"`
	Duration  float64 `json:"duration"`
	Status    int     `json:"status"`
	Error     string  `json:"error"`
	Reason    string  `json:"reason"`
	Denied    bool    `json:"denied"`
}

func (e *Exchange) show() shownExchange {
	shown := shownExchange{
		summary: e.summary(), Proto: e.Request.Proto, Client: e.Request.Remote, API: e.API,
		Request:  showMessage(e.Request.Header, Body{Kept: e.Request.Body, Size: e.Request.Size}),
		Response: showMessage(e.Header, e.Body),
		Hops:     e.waterfall(), Calls: e.showCalls(e.Calls), Refusals: e.refusals(),
	}
	for _, i := range e.Invocations {
		shown.Invocations = append(shown.Invocations, shownInvocation{
			Function: i.Function, Version: i.Version, RequestID: i.RequestID, Trace: i.Trace, Authorizer: i.Authorizer, Cold: i.Cold,
			Init: milliseconds(i.Init), Duration: milliseconds(i.Duration), Event: i.Event.show(), Result: i.Result.show(), Error: i.Error,
			Logs: i.Logs, Calls: e.showCalls(i.Calls),
		})
	}
	if err := e.replayable(); err != nil {
		shown.Replay = err.Error()
	}
	return shown
}

// waterfall are the hops in the order in which they began, with what invocations
// consist of.
func (e *Exchange) waterfall() []shownHop {
	var hops []shownHop
	add := func(name, kind, detail string, start time.Time, took time.Duration, failed bool) {
		hops = append(hops, shownHop{name, kind, shorten(detail), milliseconds(start.Sub(e.Time)), milliseconds(took), failed})
	}
	for _, hop := range e.Hops {
		add(hop.Name, "hop", hop.Detail, hop.Start, hop.Duration, hop.Failed)
	}
	for _, i := range e.Invocations {
		name := "Function"
		if i.Authorizer {
			name = "Authorizer's function"
		}
		add(name, "hop", i.Function, i.Start, i.End.Sub(i.Start), i.Error != "")
		if i.Init > 0 {
			add("Init", "init", "the process starts", i.Started.Add(-i.Init), i.Init, false)
		}
		if !i.Started.IsZero() {
			add("Handler", "run", "", i.Started, i.Duration, i.Error != "")
		}
		for _, c := range i.Calls {
			add(c.Operation, "call", c.Service+" "+c.resource(), c.Time, c.Duration, c.Status >= http.StatusBadRequest)
		}
	}
	slices.SortStableFunc(hops, func(a, b shownHop) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.Duration, a.Duration))
	})
	return hops
}

func (e *Exchange) showCalls(calls []Call) []shownCall {
	shown := make([]shownCall, len(calls))
	for i, c := range calls {
		shown[i] = shownCall{
			c.Service, c.Operation, c.resource(), c.Caller, milliseconds(c.Time.Sub(e.Time)), milliseconds(c.Duration),
			c.Status, c.Error, shorten(c.Reason), c.Denied,
		}
	}
	return shown
}

// resource is what a call is about.
func (c Call) resource() string { return strings.Join(c.Resources, ", ") }

// showMessage has the headers sorted by their names.
func showMessage(header http.Header, body Body) shownMessage {
	m := shownMessage{Headers: [][2]string{}, Body: body.show()}
	for name, values := range header {
		for _, value := range values {
			if name == "Authorization" {
				value = concealed(value)
			}
			m.Headers = append(m.Headers, [2]string{name, shorten(value)})
		}
	}
	slices.SortStableFunc(m.Headers, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	return m
}

// concealed is a header that signs in, of whatever scheme, without most of it.
func concealed(value string) string {
	const kept = 24
	if len(value) <= kept {
		return value
	}
	return value[:kept] + "…"
}
