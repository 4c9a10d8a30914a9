package console

import (
	"net/http"
	"time"
)

// Exchange is one request to the stage, or one invocation that no request
// caused, and what became of it. Whoever records fills in what it knows.
type Exchange struct {
	ID       int64  // given by Begin
	ReplayOf int64  // the ID of the one that was sent again; 0 for none
	Source   string // what caused it, such as a schedule; empty for a client's request
	Time     time.Time
	Duration time.Duration
	Ended    bool // it was answered, or given up

	Request Request
	Status  int // 0 for an answer that never began
	Header  http.Header
	Body    Body // of the response

	Route    string // its key; empty where none was found
	API      string
	Function string // the name of the route's function
	Cold     bool   // an execution environment was started

	Hops        []Hop
	Invocations []Invocation
	Calls       []Call // to AWS, of nobody's invocation
	Refusals    []Refusal
}

// Request is what a client sent, as it can be sent again.
type Request struct {
	Way    int // in, by its index
	Scheme string
	Method string
	Host   string // the Host header
	URI    string
	Proto  string
	Header http.Header
	Body   []byte
	Size   int64  // of the body as far as it was read; more than is in Body where that is cut
	Whole  bool   // Body is all of it
	Remote string // the client's address
}

// Hop is the time that one part of the system took.
type Hop struct {
	Name     string // such as CloudFront
	Detail   string // such as the pattern of the behaviour
	Start    time.Time
	Duration time.Duration
	Failed   bool
}

// Invocation is one invocation of a function.
type Invocation struct {
	Function   string // name
	Version    string
	RequestID  string // empty where the caller gave up before there was an answer
	Trace      string // its X-Ray header
	Authorizer bool   // it was asked whether the request may pass
	Cold       bool
	Start      time.Time // when it was called
	Started    time.Time // when the event was handed over
	Init       time.Duration
	Duration   time.Duration
	End        time.Time
	Event      Body
	Result     Body
	Error      string // why there is no result, or that it describes an error
	Logs       []Line
	Calls      []Call // that the function made during it
}

// Line is one line of a function's log.
type Line struct {
	Text     string `json:"text"`
	Platform bool   `json:"platform"` // Lambda's own
}

// Call is one call to AWS.
type Call struct {
	Time      time.Time
	Duration  time.Duration
	Service   string
	Operation string
	Resources []string
	Caller    string
	Trace     string // of the invocation; empty where none is known
	Status    int
	Error     string
	Reason    string
	Denied    bool
}

// Refusal is why an answer is not the function's or the origin's own.
type Refusal struct {
	By     string `json:"by"` // such as IAM
	Reason string `json:"reason"`
}
