package iam

import "strings"

// wildcard says whether the text matches the pattern, in which * is any
// characters (also / and :) or none, and ? is exactly one.
func wildcard(pattern, text string) bool {
	p, t := []rune(pattern), []rune(text)
	// After a mismatch, the last star takes one character more.
	star, resume := -1, 0
	i, j := 0, 0
	for j < len(t) {
		switch {
		case i < len(p) && p[i] == '*':
			star, resume = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == t[j]):
			i++
			j++
		case star >= 0:
			resume++
			i, j = star+1, resume
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}

// action compares an action without case, as IAM does.
func action(pattern, name string) bool {
	return wildcard(strings.ToLower(pattern), strings.ToLower(name))
}
