package lambda

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// The lines that Lambda itself writes to a function's log (http-edge.md §2.4).
// They are those of the log format Text, whatever the function's is, as a
// person reads them here.

func (e *environment) logStart(inv *invocation) {
	e.logPlatform(inv.id, "START RequestId: "+inv.id+" Version: "+e.pool.code.version)
}

// logInit reports an init that failed. AWS reports no other this way.
func (e *environment) logInit(how failure, took time.Duration, first bool) {
	in := "invoke"
	if first {
		in = "init"
	}
	e.logPlatform("", fmt.Sprintf("INIT_REPORT Init Duration: %.2f ms\tPhase: %s\t%s", milliseconds(took), in, how.status()))
}

// report logs the end of an invocation, and what kept the process from ending
// it as it should.
func (e *environment) report(inv *invocation, how *failure) {
	took := time.Since(inv.started)
	if how != nil {
		for _, line := range how.lines(inv.id) {
			e.logPlatform(inv.id, line)
		}
	}
	e.logPlatform(inv.id, "END RequestId: "+inv.id)

	var line strings.Builder
	fmt.Fprintf(&line, "REPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %.0f ms\tMemory Size: %d MB",
		inv.id, milliseconds(took), math.Ceil(milliseconds(took+inv.init)), e.pool.function.MemoryMiB)
	if e.process != nil {
		if used := e.process.measure(); used > 0 {
			fmt.Fprintf(&line, "\tMax Memory Used: %d MB", used)
		}
	}
	if inv.init > 0 {
		fmt.Fprintf(&line, "\tInit Duration: %.2f ms", milliseconds(inv.init))
	}
	if how != nil {
		line.WriteString("\t" + how.status())
	}
	e.logPlatform(inv.id, line.String())
}

func (e *environment) logPlatform(requestID, line string) {
	e.log(requestID, line, true)
}

func (e *environment) log(requestID, line string, platform bool) {
	p := e.pool
	p.service.log(Log{
		Function:  p.function.Name,
		Version:   p.code.version,
		Stream:    e.stream,
		RequestID: requestID,
		Platform:  platform,
		Line:      line,
	})
}

// lines are what Lambda logs of a failure, between START and END.
func (f failure) lines(requestID string) []string {
	switch {
	case f.posted != nil:
		return nil // the runtime wrote about it
	case f.kind == timedOut:
		return []string{time.Now().UTC().Format("2006-01-02T15:04:05.000Z") + " " + requestID + " " + f.message}
	}
	return []string{f.text(requestID), f.kind}
}

// status is the failure as REPORT lines have it.
func (f failure) status() string {
	if f.kind == timedOut {
		return "Status: timeout"
	}
	return "Status: error\tError Type: " + f.kind
}

func milliseconds(d time.Duration) float64 {
	return float64(d) / float64(time.Millisecond)
}
