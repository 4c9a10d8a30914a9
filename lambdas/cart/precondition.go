package main

import (
	"strconv"
	"strings"

	"annex/lambdas/internal/httpapi"
)

// etag is the entity tag of a cart's version.
func etag(version int) string { return `"` + strconv.Itoa(version) + `"` }

// A precondition is a request's If-Match (RFC 9110 §13.1.1): the versions of the cart that the request may change. The
// zero value is a request without If-Match, which may change any version.
type precondition struct {
	tags []string // strong tags with their quotes, or "*" alone; nil without If-Match
}

// parseIfMatch reads an If-Match header. The error is a *httpapi.Problem that names it.
func parseIfMatch(header string) (precondition, error) {
	rest := strings.Trim(header, " \t")
	if rest == "" {
		return precondition{}, nil
	}
	if rest == "*" {
		return precondition{tags: []string{"*"}}, nil
	}
	tags := []string{}
	for {
		tag, after, ok := cutTag(rest)
		if !ok {
			return precondition{}, httpapi.Invalid("If-Match", `must be a version in quotes, as in the cart's ETag: "3"`)
		}
		// A weak tag never matches here: If-Match compares strongly.
		if strings.HasPrefix(tag, `"`) {
			tags = append(tags, tag)
		}
		after = strings.TrimLeft(after, " \t")
		if after == "" {
			return precondition{tags: tags}, nil
		}
		if after, ok = strings.CutPrefix(after, ","); !ok {
			after = "" // what follows a tag is neither a comma nor the end: no tag, so refused in the next round
		}
		rest = strings.TrimLeft(after, " \t")
	}
}

// cutTag cuts an entity tag off the start of text: "3" or W/"3".
func cutTag(text string) (tag, after string, ok bool) {
	quoted := strings.TrimPrefix(text, "W/")
	if !strings.HasPrefix(quoted, `"`) {
		return "", "", false
	}
	end := strings.IndexByte(quoted[1:], '"')
	if end < 0 {
		return "", "", false
	}
	length := len(text) - len(quoted) + end + 2
	return text[:length], text[length:], true
}

// allows tells whether a request may change this version of a cart.
func (p precondition) allows(version int) bool {
	if p.tags == nil {
		return true
	}
	for _, tag := range p.tags {
		if tag == "*" || tag == etag(version) {
			return true
		}
	}
	return false
}
