package wildcard

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestMatch(t *testing.T) {
	for name, c := range map[string]struct {
		pattern, text string
		want          bool
	}{
		"nothing is nothing":                          {"", "", true},
		"nothing is not something":                    {"", "a", false},
		"the whole text":                              {"ab", "ab", true},
		"not the beginning only":                      {"ab", "abc", false},
		"not the end only":                            {"bc", "abc", false},
		"not half the pattern":                        {"abc", "ab", false},
		"case counts":                                 {"Ab", "ab", false},
		"a star is nothing":                           {"a*", "a", true},
		"a star goes over slashes and colons":         {"a*z", "a/b:c/z", true},
		"a star goes over lines":                      {"a*z", "a\n\nz", true},
		"a star in the text is a character":           {"a", "*", false},
		"a question mark in the text is a character":  {"a", "?", false},
		"a star takes more until the rest fits":       {"*ab", "aab", true},
		"the first star need not go back":             {"*a*b", "xaxbxb", true},
		"stars that cannot take enough":               {"*a*b", "xbxa", false},
		"stars beside each other are one":             {"a**b", "ab", true},
		"a question mark is one":                      {"a?c", "abc", true},
		"a question mark is not none":                 {"a?c", "ac", false},
		"a question mark is not two":                  {"a?c", "abbc", false},
		"a question mark is a slash":                  {"a?c", "a/c", true},
		"a question mark at the end wants one":        {"a?", "a", false},
		"a question mark is a character, not a byte":  {"a?c", "aéc", true},
		"and no more than one":                        {"a??c", "aéc", false},
		"a star does not split a character":           {"*?", "é", true},
		"a star leaves whole characters":              {"*??", "é", false},
		"also after it took more":                     {"*??b*", "€bc", false},
		"characters that share a byte differ":         {"é", "è", false},
		"a byte that is not UTF-8 is one character":   {"a?c", "a\xffc", true},
		"bytes that are not UTF-8 are themselves":     {"\xff", "\xfe", false},
		"half of a character is not the character":    {"é", "\xc3", false},
		"a character is not its half and another one": {"\xc3?", "é", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Match(c.pattern, c.text); got != c.want {
				t.Errorf("Match(%q, %q) = %v", c.pattern, c.text, got)
			}
		})
	}
}

func TestMatchARN(t *testing.T) {
	const arn = "arn:aws:s3:eu-west-1:111111111111:a/b:c"
	for name, c := range map[string]struct {
		pattern string
		want    bool
	}{
		"itself":                             {arn, true},
		"another":                            {"arn:aws:s3:eu-west-1:111111111111:a/b:d", false},
		"case counts":                        {strings.ToUpper(arn), false},
		"every part a star":                  {"*:*:*:*:*:*", true},
		"a star in a part":                   {"arn:aws:s3:eu-*:111111111111:a/*", true},
		"a question mark in a part":          {"arn:aws:s?:eu-west-?:111111111111:a?b?c", true},
		"the last part has colons":           {"arn:aws:s3:eu-west-1:111111111111:*:c", true},
		"a star does not reach over a colon": {"arn:aws:*:111111111111:a/b:c", false},
		"a part less":                        {"arn:aws:s3:eu-west-1:*", false},
		"a star alone is not six parts":      {"*", false},
		"an empty part is not a star":        {"arn:aws:s3:::a/b:c", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := MatchARN(c.pattern, arn); got != c.want {
				t.Errorf("MatchARN(%q, %q) = %v", c.pattern, arn, got)
			}
		})
	}
}

func FuzzMatchAgreesWithRegexp(f *testing.F) {
	for _, seed := range [][2]string{
		{"a*b?c", "axxbyc"},
		{"**", ""},
		{"*a*a*a*", "aaaa"},
		{"?", "é"},
		{"?*?", "é"},
		{"/*a?b*", "/xxaybz"},
		{"arn:aws:s3:::*", "arn:aws:s3:::b/k"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if !utf8.ValidString(pattern) || !utf8.ValidString(text) || len(pattern) > 100 || len(text) > 1000 {
			t.Skip()
		}
		quoted := regexp.QuoteMeta(pattern)
		quoted = strings.ReplaceAll(strings.ReplaceAll(quoted, `\*`, `(?s:.*)`), `\?`, `(?s:.)`)
		want := regexp.MustCompile(`\A` + quoted + `\z`).MatchString(text)
		if got := Match(pattern, text); got != want {
			t.Errorf("Match(%q, %q) = %v, want %v", pattern, text, got, want)
		}
	})
}
