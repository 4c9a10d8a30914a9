package aws

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPatternsAreThoseOfTheAWSCLI(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"*", "a/b", true},
		{"*.txt", "a/b.txt", true},
		{"a/*", "a/b/c", true},
		{"a?c", "abc", true},
		{"a?c", "ac", false},
		{"[ab]", "b", true},
		{"[ab]", "c", false},
		{"[a-c]x", "bx", true},
		{"[!a-c]x", "bx", false},
		{"[!a-c]x", "dx", true},
		{"[]]", "]", true},
		{"[", "[", true},
		{"[^a]", "^", true},
		{`[\d]`, "5", false},
		{"a.c", "abc", false},
		{"ü?", "üß", true},
	} {
		compiled, err := glob(c.pattern)
		if err != nil {
			t.Errorf("%q: %v", c.pattern, err)
			continue
		}
		if got := compiled.MatchString(c.name); got != c.want {
			t.Errorf("%q matches %q: %v, want %v", c.pattern, c.name, got, c.want)
		}
	}
}

func FuzzPatternsNeverFail(f *testing.F) {
	f.Add("[!a-z]*?", "x")
	f.Add("[[:alpha:]]", "a")
	f.Fuzz(func(t *testing.T, pattern, name string) {
		compiled, err := glob(pattern)
		if err != nil {
			return
		}
		// A pattern without wildcards is itself.
		if !strings.ContainsAny(pattern, "*?[") && utf8.ValidString(pattern) && !compiled.MatchString(pattern) {
			t.Errorf("%q does not match itself", pattern)
		}
		_ = compiled.MatchString(name)
	})
}
