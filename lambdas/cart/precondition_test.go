package main

import (
	"errors"
	"testing"

	"annex/lambdas/internal/httpapi"
)

func TestIfMatchAllowsTheVersionsItNames(t *testing.T) {
	for header, want := range map[string][]int{ // of the versions 1 to 3
		``:                   {1, 2, 3},
		` `:                  {1, 2, 3},
		`*`:                  {1, 2, 3},
		`"2"`:                {2},
		` "2" `:              {2},
		`"1", "3"`:           {1, 3},
		`"1","3"`:            {1, 3},
		`"1" ,	"3"`:          {1, 3},
		`W/"2"`:              {}, // If-Match compares strongly
		`W/"2", "3"`:         {3},
		`"a, b", "1"`:        {1},
		`"02"`:               {},
		`""`:                 {},
		`"another instance"`: {},
	} {
		match, err := parseIfMatch(header)
		if err != nil {
			t.Errorf("If-Match: %s: %v", header, err)
			continue
		}
		for version := 1; version <= 3; version++ {
			wanted := false
			for _, w := range want {
				wanted = wanted || w == version
			}
			if got := match.allows(version); got != wanted {
				t.Errorf("If-Match: %s allows version %d: %t", header, version, got)
			}
		}
	}
}

func TestMalformedIfMatchIsRefused(t *testing.T) {
	for _, header := range []string{`2`, `"2`, `2"`, `"1" "2"`, `"1",`, `,"1"`, `"1",,"2"`, `w/"1"`, `W/1`, `*, "1"`, `"1", *`, `"1"x`, `W/`} {
		_, err := parseIfMatch(header)
		var problem *httpapi.Problem
		if !errors.As(err, &problem) || problem.Status != 400 || problem.Errors[0].Field != "If-Match" {
			t.Errorf("If-Match: %s: %v, want a problem that names it", header, err)
		}
	}
}

// A header that is accepted allows any version or some that it spells out.
func FuzzParseIfMatch(f *testing.F) {
	for _, seed := range []string{``, `*`, `"1"`, `"1", W/"2"`, `"1`, `W/`, `"1",,`} {
		f.Add(seed, 1)
	}
	f.Fuzz(func(t *testing.T, header string, version int) {
		match, err := parseIfMatch(header)
		if err != nil {
			return
		}
		again, err := parseIfMatch(header + " ")
		if err != nil || again.allows(version) != match.allows(version) {
			t.Errorf("If-Match: %q with a space: %+v, %v, was %+v", header, again, err, match)
		}
		if len(match.tags) > 0 && match.tags[0] != "*" {
			for _, tag := range match.tags {
				if len(tag) < 2 || tag[0] != '"' || tag[len(tag)-1] != '"' {
					t.Errorf("If-Match: %q has the tag %s", header, tag)
				}
			}
		}
	})
}
