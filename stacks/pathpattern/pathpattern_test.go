package pathpattern

import (
	"slices"
	"strings"
	"testing"
)

func TestCovers(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"/shop/*", "/shop/*", true},
		{"/shop/*", "/shop/basket", true},
		{"/shop/*", "/shop/", true},
		{"/shop/*", "/shop", false},
		{"/shop/*", "/shop*", false},
		{"/shop*", "/shop/*", true},
		{"/shop/basket", "/shop/*", false},
		{"/*", "/a*", true},
		{"/a*", "/*", false},
		{"/*/basket", "/shop/basket", true},
		{"/*/basket", "/shop/*", false},
		{"/shop/*/edit", "/shop/*/edit", true},
		{"/shop/*/edit", "/shop/a/*/edit", true},
		{"/shop/*/edit", "/shop/edit", false},
		{"/*.js", "/js/*.js", true},
		{"/*.js", "/js/*", false},
		{"/?", "/a", true},
		{"/?", "/*", false},
		{"/*", "/?", true},
		{"/?*", "/*?", true}, // both: at least one character
		{"/*?", "/?*", true},
		{"/?*", "/*", false},
		{"/a?b", "/a*b", false},
		{"/*a*", "/*b*", false},
		{"/*a*", "/*ba*", true},
		{"/*ab*", "/*a*b*", false},
		{"/**", "/*", true},
		{"/", "/", true},
		{"/A", "/a", false},
		// A search that tried what each wildcard can be would not end here.
		{"/*/????????-????-????-????????????", "/*/????????-????-????-????????????", true},
		{"/*" + strings.Repeat("?", 200), "/" + strings.Repeat("*?", 100), false},
	} {
		if got := Covers(test.a, test.b); got != test.want {
			t.Errorf("%s covers %s: %t", test.a, test.b, got)
		}
	}
}

// TestCoversOfAllShortPatterns compares with the paths themselves: all that
// there are, up to a length at which short patterns show what they match.
func TestCoversOfAllShortPatterns(t *testing.T) {
	patterns, paths := words("ab*?", 3), words("abc", 5) // no pattern names c
	for _, a := range patterns {
		for _, b := range patterns {
			checkCovers(t, a, b, paths)
		}
	}
}

// FuzzCovers tries longer patterns too, whose paths are too many to say that
// there is none.
func FuzzCovers(f *testing.F) {
	f.Add("*?", "?*")
	f.Add("*??a*a", "*aa*a")
	paths := words("abc", 6)
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a) > 12 || len(b) > 12 || strings.Trim(a+b, "ab*?") != "" {
			t.Skip("not of these letters")
		}
		checkCovers(t, a, b, paths)
	})
}

func checkCovers(t *testing.T, a, b string, paths []string) {
	t.Helper()
	i := slices.IndexFunc(paths, func(path string) bool { return matches(b, path) && !matches(a, path) })
	if got := Covers(a, b); got && i >= 0 {
		t.Errorf("%q does not cover %q: only that matches %q", a, b, paths[i])
	} else if !got && i < 0 && max(len(a), len(b)) <= 4 {
		t.Errorf("%q covers %q", a, b)
	}
}

// matches is what a pattern means, as simply as it can be said.
func matches(pattern, path string) bool {
	switch {
	case pattern == "":
		return path == ""
	case pattern[0] == '*':
		return matches(pattern[1:], path) || path != "" && matches(pattern, path[1:])
	case path == "":
		return false
	}
	return (pattern[0] == '?' || pattern[0] == path[0]) && matches(pattern[1:], path[1:])
}

// words gives every word of the letters, up to a length.
func words(letters string, length int) []string {
	all := []string{""}
	for from := 0; length > 0; length-- {
		longest := all[from:]
		from = len(all)
		for _, word := range longest {
			for _, letter := range letters {
				all = append(all, word+string(letter))
			}
		}
	}
	return all
}
