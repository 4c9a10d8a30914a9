package lambda

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestLogsAreLambdasLines(t *testing.T) {
	t.Run("2.4 START, what was written, END and REPORT, in this order", func(t *testing.T) {
		s := serve(t, "acts", nil)
		first := s.invoke(`{"Act":"print","Text":"one\ntwo\r\n"}`)
		s.logs.wait(t, "REPORT", 1)
		second := s.invoke(`{"Act":"print","Text":"no end"}`)
		lines := s.logs.wait(t, "REPORT", 2)

		one := func(output, rest string) string {
			return "START RequestId: ID Version: 1\n" + output + "END RequestId: ID\n" +
				"REPORT RequestId: ID\tDuration: N ms\tBilled Duration: N ms\tMemory Size: 256 MB\tMax Memory Used: N MB" + rest + "\n"
		}
		want := one("one\ntwo\none\ntwo\n", "\tInit Duration: N ms") + one("no endno end\n", "")
		got := strings.ReplaceAll(anonymous(lines, first.RequestID), second.RequestID, "ID")
		if got != want {
			t.Errorf("logs:\n%s\nwant\n%s", got, want)
		}
		for _, line := range lines {
			platform := !strings.HasPrefix(line.Line, "one") && !strings.HasPrefix(line.Line, "two") && !strings.HasPrefix(line.Line, "no end")
			if line.Function != "acts" || line.Version != "1" || line.Platform != platform || line.RequestID == "" || !strings.Contains(line.Stream, "/[1]") {
				t.Errorf("line %+v", line)
			}
		}
	})
}

func TestOutputIsReadBeforeTheEndIsLogged(t *testing.T) {
	s := serve(t, "acts", nil)
	for range 20 {
		s.invoke(`{"Act":"print much","Size":2000}`)
	}
	lines := s.logs.wait(t, "REPORT", 20)
	inside, count := false, 0
	for _, line := range lines {
		switch {
		case strings.HasPrefix(line.Line, "START"):
			inside, count = true, 0
		case strings.HasPrefix(line.Line, "END"):
			if count != 100 {
				t.Errorf("%d of 100 lines before the end", count)
			}
			inside = false
		case !line.Platform:
			if count++; !inside || len(line.Line) != 2000 {
				t.Fatalf("a line of %d bytes, inside an invocation: %v", len(line.Line), inside)
			}
		}
	}
}

func TestVeryLongLinesAreBroken(t *testing.T) {
	s := serve(t, "acts", nil)
	s.invoke(fmt.Sprintf(`{"Act":"print much","Size":%d}`, 3*lineLimit/2))
	total := 0
	for _, line := range s.logs.wait(t, "REPORT", 1) {
		if len(line.Line) > lineLimit+4096 {
			t.Fatalf("a line of %d bytes", len(line.Line))
		}
		if !line.Platform {
			total += len(line.Line)
		}
	}
	if total != 100*3*lineLimit/2 {
		t.Errorf("%d bytes in all", total)
	}
}

func TestFunctionMayCloseItsOutput(t *testing.T) {
	s := serve(t, "acts", nil)
	before := s.pid()
	if result := s.invoke(`{"Act":"close output"}`); result.FunctionError != "" {
		t.Fatalf("%s", result.Payload)
	}
	if after := s.pid(); after != before {
		t.Error("closing its output ended the process")
	}
	s.invoke(`{"Act":"exit"}`)
	s.pid()
}

func TestConcurrentLinesStayWhole(t *testing.T) {
	var mu sync.Mutex
	s := serve(t, "acts", func(_ *Function, o *Options) {
		add := o.Log
		o.Log = func(line Log) {
			if !mu.TryLock() {
				t.Error("two lines at once")
				return
			}
			defer mu.Unlock()
			add(line)
		}
	})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { s.invoke(`{"Act":"print much","Size":9000}`) })
	}
	all.Wait()
	for _, line := range s.logs.wait(t, "REPORT", 8) {
		if !line.Platform && len(line.Line) != 9000 {
			t.Fatalf("a line of %d bytes", len(line.Line))
		}
	}
}

func TestLogsAreOptional(t *testing.T) {
	s := serve(t, "acts", func(_ *Function, o *Options) { o.Log = nil })
	s.invoke(`{"Act":"print","Text":"unheard"}`)
}

func TestTimeoutIsLogged(t *testing.T) {
	t.Run("2.2 a timeout has a line in the log", func(t *testing.T) {
		s := serve(t, "acts", func(f *Function, _ *Options) { f.Timeout = time.Second })
		result := s.invoke(`{"Act":"wait","Text":"/nowhere"}`)
		got := anonymous(s.logs.wait(t, "REPORT", 1), result.RequestID)
		want := "START RequestId: ID Version: 1\nwaiting\nTIME ID Task timed out after N seconds\nEND RequestId: ID\n" +
			"REPORT RequestId: ID\tDuration: N ms\tBilled Duration: N ms\tMemory Size: 256 MB\tMax Memory Used: N MB\tInit Duration: N ms\tStatus: timeout\n"
		if got != want {
			t.Errorf("logs:\n%s\nwant\n%s", got, want)
		}
	})
}
