package aws

import (
	"strings"
	"testing"
	"unicode/utf8"

	"annex/local/wildcard"
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

// FuzzPatterns compares patterns without sets with the matcher that IAM and
// CloudFront have here, which does not work by expressions, and holds sets to
// what each is and is not.
func FuzzPatterns(f *testing.F) {
	f.Add("[!a-z]*?", "x")
	f.Add("[[:alpha:]]", "a")
	f.Add("*a?b*", "xayb/c")
	f.Add("\xd4", "\x8f") // together, they are a character
	f.Fuzz(func(t *testing.T, pattern, name string) {
		compiled, err := glob(pattern)
		if err != nil || !utf8.ValidString(pattern) || !utf8.ValidString(name) {
			return
		}
		got := compiled.MatchString(name)
		if !strings.Contains(pattern, "[") {
			if want := wildcard.Match(pattern, name); got != want {
				t.Errorf("%q matches %q: %v, want %v", pattern, name, got, want)
			}
		}
		// A set and its negation have every character but share none.
		members, closed := strings.CutSuffix(pattern, "]")
		if members, opened := strings.CutPrefix(members, "["); opened && closed && members != "" && !strings.ContainsAny(members, "[]!") && utf8.RuneCountInString(name) == 1 {
			if other, err := glob("[!" + members + "]"); err == nil && other.MatchString(name) == got {
				t.Errorf("%q and its negation both say %v of %q", pattern, got, name)
			}
		}
	})
}
