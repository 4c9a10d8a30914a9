package lambda

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"sync"
	"testing"
)

func TestAnAliasPicksVersionsByTheirWeights(t *testing.T) {
	for name, c := range map[string]struct {
		alias Alias
		want  map[string]string // by the number
	}{
		"one version": {Alias{Version: "1"}, map[string]string{"0": "1", "0.999": "1"}},
		"two":         {Alias{"1", map[string]float64{"2": 0.1}}, map[string]string{"0": "2", "0.0999": "2", "0.1": "1", "0.999": "1"}},
		"nothing":     {Alias{"1", map[string]float64{"2": 0}}, map[string]string{"0": "1", "0.999": "1"}},
		"everything":  {Alias{"1", map[string]float64{"2": 1}}, map[string]string{"0": "2", "0.999999": "2"}},
		"three":       {Alias{"1", map[string]float64{"2": 0.25, "3": 0.5}}, map[string]string{"0.2": "2", "0.25": "3", "0.7": "3", "0.75": "1"}},
	} {
		t.Run(name, func(t *testing.T) {
			for text, want := range c.want {
				var number float64
				if _, err := fmt.Sscan(text, &number); err != nil {
					t.Fatal(err)
				}
				if got := c.alias.pick(number); got != want {
					t.Errorf("%v picks %s, want %s", number, got, want)
				}
			}
		})
	}
}

// released is a service whose new version is a build of another handler, with
// the old one published beside it.
func released(t *testing.T) (s *service, function string) {
	t.Helper()
	s = serve(t, "acts", func(f *Function, o *Options) {
		f.Build, f.Aliases, f.Versions = "acts", map[string]Alias{"live": {Version: "2"}}, []string{"2"}
		o.Binary = func(f Function) (string, error) { return filepath.Join(binaries, f.Build, "bootstrap"), nil }
	})
	function, _ = splitARN(s.arn)
	old := s.Service
	f := old.functions[function].Function
	f.Build = "echo"
	s.Service = old.Next([]Function{f})
	s.PublishVersion(function, "1", "acts")
	s.UpdateAlias(function, "live", Alias{Version: "1"})
	old.Retire(s.Service)
	return s, function
}

func TestAWeightedAliasSplitsInvocationsBetweenTwoBuilds(t *testing.T) {
	s, function := released(t)
	if v := s.invoke(`{"Act":"pid"}`).Version; v != "1" {
		t.Errorf("before any weight, version %s answers", v)
	}
	pid := s.pid()
	s.UpdateAlias(function, "live", Alias{"1", map[string]float64{"2": 0.25}})
	const n = 400
	answered := map[string]int{}
	for range n {
		r := s.invoke(`{"Act":"pid"}`)
		answered[r.Version]++
		echoed := string(r.Payload) == `{"Act":"pid"}`
		if echoed != (r.Version == "2") {
			t.Fatalf("version %s answered %s", r.Version, r.Payload)
		}
	}
	// Four standard deviations.
	if got, off := float64(answered["2"]), 4*math.Sqrt(n*0.25*0.75); math.Abs(got-n*0.25) > off || len(answered) != 2 {
		t.Errorf("of %d invocations a quarter is to go to version 2: %v", n, answered)
	}
	s.UpdateAlias(function, "live", Alias{Version: "1"})
	if s.pid() != pid {
		t.Error("another weight ended the old version's environment")
	}
	if a, ok := s.Alias(function, "live"); !ok || a.Version != "1" || len(a.Weights) != 0 {
		t.Errorf("the alias is %v", a)
	}
	if r, err := s.Invoke(t.Context(), function+":2", []byte(`"new"`)); err != nil || r.Version != "2" || string(r.Payload) != `"new"` {
		t.Errorf("the new version by its number: %v, %v", r, err)
	}
}

func TestAnEditBesideAPublishedVersionReplacesTheNewOneAlone(t *testing.T) {
	s, function := released(t)
	pid := s.pid()
	if _, err := s.Invoke(t.Context(), function+":2", []byte(`1`)); err != nil {
		t.Fatal(err)
	}
	old := s.Service
	f := old.functions[function].Function
	f.Build = "raw"
	s.Service = old.Next([]Function{f})
	old.Retire(s.Service)
	if s.pid() != pid {
		t.Error("an edit of the new version ended the old one's environment")
	}
	until(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.environments) == 1
	})
}

func TestRestoringEndsThePublishedVersion(t *testing.T) {
	s, function := released(t)
	pid := s.pid()
	finish := s.waiting(1)
	s.Restore(function)
	if r := s.invoke(`"new"`); r.Version != "2" || string(r.Payload) != `"new"` {
		t.Errorf("after restoring, version %s answers %s", r.Version, r.Payload)
	}
	if _, err := s.Invoke(t.Context(), function+":1", nil); err == nil {
		t.Error("the published version is still there")
	}
	for p := range finish() {
		if p != pid {
			t.Errorf("process %d, not %d", p, pid)
		}
	}
	gone(t, pid)
}

func TestEveryInvocationIsCounted(t *testing.T) {
	var mu sync.Mutex
	var counted []Invocation
	reserved := 1
	s := serve(t, "acts", func(f *Function, o *Options) {
		f.ReservedConcurrency = &reserved
		o.Invoked = func(i Invocation) {
			mu.Lock()
			defer mu.Unlock()
			counted = append(counted, i)
		}
	})
	s.invoke(`{"Act":"error","Text":"mug"}`)
	finish := s.waiting(1)
	if _, err := s.Invoke(context.Background(), s.arn, nil); err == nil {
		t.Fatal("it was not throttled")
	}
	finish()
	mu.Lock()
	defer mu.Unlock()
	if len(counted) != 3 {
		t.Fatalf("counted %+v", counted)
	}
	function, _ := splitARN(s.arn)
	for i, c := range counted {
		if c.FunctionARN != function || c.Qualifier != "live" || c.Version != "1" ||
			c.Failed != (i == 0) || c.Throttled != (i == 1) || c.Cold != (i == 0) || (c.Duration > 0) == c.Throttled {
			t.Errorf("invocation %d is counted as %+v", i, c)
		}
	}
}

func TestAnAliasIsShiftedWhereItIsNotWhatTheTemplateSays(t *testing.T) {
	s, function := released(t)
	for name, c := range map[string]struct {
		qualifier string
		to        Alias
		want      bool
	}{
		"back at the old version":    {":live", Alias{Version: "1"}, true},
		"on its way":                 {":live", Alias{"1", map[string]float64{"2": 0.25}}, true},
		"at the new version":         {":live", Alias{Version: "2"}, false},
		"the version, by its number": {":2", Alias{Version: "1"}, false},
		"unqualified":                {"", Alias{Version: "1"}, false},
	} {
		s.UpdateAlias(function, "live", c.to)
		if got := s.Shifted(function + c.qualifier); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
