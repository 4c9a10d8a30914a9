// Package wildcard compares text with patterns the way IAM's policies and
// CloudFront's path patterns both do: * is any characters or none, ? is
// exactly one, case counts, and no character, such as a slash, stops a
// wildcard. It imports nothing of the project; only local's packages may import
// it.
//
// Source: IAM User Guide, "IAM JSON policy elements: Condition operators";
// CloudFront Developer Guide, "Path pattern".
package wildcard

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Match reports whether the whole text matches the pattern. A byte that is not
// UTF-8 is a character of its own.
func Match(pattern, text string) bool {
	p, t := 0, 0
	// After a mismatch, the last star takes one character more. It need not go
	// back further: whatever an earlier star could take, the last one can.
	star, resume := -1, 0
	for t < len(text) {
		size := sizeAt(text, t)
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, resume = p, t
			p++
		case p < len(pattern) && pattern[p] == '?':
			p++
			t += size
		case strings.HasPrefix(pattern[p:], text[t:t+size]):
			p += size
			t += size
		case star >= 0:
			resume += sizeAt(text, resume)
			p, t = star+1, resume
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// MatchARN is IAM's ArnLike: the six parts of an ARN are compared each for
// itself, so that a wildcard reaches over a colon only in the last one.
func MatchARN(pattern, arn string) bool {
	want, got := strings.SplitN(pattern, ":", 6), strings.SplitN(arn, ":", 6)
	return slices.EqualFunc(want, got, Match)
}

// sizeAt is how many bytes the character at i has.
func sizeAt(text string, i int) int {
	_, size := utf8.DecodeRuneInString(text[i:])
	return size
}
