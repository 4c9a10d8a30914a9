// Package pathpattern compares CloudFront's path patterns with each other. It
// imports nothing of the project; stacks/ and its packages may import it.
package pathpattern

import "fmt"

// Covers tells whether a matches every path that b matches, so that behind a
// nothing is left for b. In both, * is any characters or none and ? is one.
//
// It reads b, and keeps all the places of a that what it read can have led to.
// Where b has a wildcard it reads a character that no pattern names: what
// matches that, in a, matches any other character as well.
func Covers(a, b string) bool {
	const unnamed = 0
	read := map[string]bool{}
	var every func(rest string, at []bool) bool
	every = func(rest string, at []bool) bool {
		place := fmt.Sprint(len(rest), at)
		if read[place] {
			return true // as far as this is known; where it is not, all is false
		}
		read[place] = true
		switch {
		case rest == "":
			return at[len(a)]
		case rest[0] == '*':
			return every(rest[1:], at) && every(rest, step(a, at, unnamed))
		case rest[0] == '?':
			return every(rest[1:], step(a, at, unnamed))
		}
		return every(rest[1:], step(a, at, rest[0]))
	}
	start := make([]bool, len(a)+1)
	start[0] = true
	return every(b, skipStars(a, start))
}

// step gives the places of a pattern that a character leads to.
func step(pattern string, from []bool, c byte) []bool {
	to := make([]bool, len(from))
	for i := range pattern {
		switch {
		case !from[i]:
		case pattern[i] == '*':
			to[i] = true
		case pattern[i] == '?' || pattern[i] == c:
			to[i+1] = true
		}
	}
	return skipStars(pattern, to)
}

// skipStars adds the places behind stars, which may match nothing.
func skipStars(pattern string, at []bool) []bool {
	for i := range pattern {
		at[i+1] = at[i+1] || at[i] && pattern[i] == '*'
	}
	return at
}
