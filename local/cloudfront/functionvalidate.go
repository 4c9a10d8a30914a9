package cloudfront

import (
	"cmp"
	"slices"
	"strings"
)

// checkRequest is what CloudFront checks of a request that a function returned
// (facts §3.8; Restrictions on edge functions).
func checkRequest(before, after functionRequest) error {
	query := joined(after.querystring, "&")
	size := len(after.uri)
	if query != "" {
		size += 1 + len(query)
	}
	switch {
	case after.method != before.method:
		return invalid("method is %q and was %q: it cannot be changed", after.method, before.method)
	case !strings.HasPrefix(after.uri, "/"):
		return invalid("uri is %q, want it to begin with a slash", after.uri)
	case strings.ContainsFunc(after.uri, isControl):
		return invalid("uri is %q, which has a control character", after.uri)
	case strings.ContainsFunc(query, func(c rune) bool { return isControl(c) || c == ' ' || c == '#' }):
		return invalid("querystring is %q, which has a space, a control character or a #", query)
	case size >= maxURL:
		return invalid("the URI has %d characters, want fewer than %d", size, maxURL)
	}
	return cmp.Or(
		checkHeaders(before.headers, after.headers, "content-length", "host", "transfer-encoding", "via"),
		checkCookies(after.cookies))
}

// checkResponse is checkRequest for a response. One that a function made at
// viewer-request has no before, and the headers that would be read-only there
// are CloudFront's to set.
func checkResponse(before *functionResponse, after functionResponse) error {
	if strings.ContainsFunc(after.statusDescription, isControl) {
		return invalid("statusDescription is %q, which has a control character", after.statusDescription)
	}
	err := checkCookies(after.cookies)
	if before == nil {
		return cmp.Or(err, checkHeaders(nil, after.headers, "via"))
	}
	return cmp.Or(err, checkHeaders(before.headers, after.headers, "warning", "via"))
}

// checkHeaders refuses names that cannot be, values that cannot be, headers
// that are kept from functions, and changes of read-only ones. A read-only
// header that is gone is not a change: it stays.
func checkHeaders(before, after []field, readOnly ...string) error {
	for _, h := range after {
		switch {
		case h.name == "" || strings.ContainsFunc(h.name, isNotTokenCharacter):
			return invalid("headers[%q]: a header cannot have this name", h.name)
		case h.name != strings.ToLower(h.name):
			return invalid("headers[%q]: want the name in lower case", h.name)
		case h.name == "cookie" || h.name == "set-cookie":
			return invalid("headers[%q]: cookies are in cookies", h.name)
		case isDisallowed(h.name):
			return invalid("headers[%q]: functions cannot set this header", h.name)
		case slices.Contains(readOnly, h.name) && !slices.EqualFunc(valuesOf(before, h.name), h.values, sameValue):
			return invalid("headers[%q]: functions cannot change this header", h.name)
		}
		for _, v := range h.values {
			if strings.ContainsFunc(v.value, isControl) {
				return invalid("headers[%q]: the value %q has a control character", h.name, v.value)
			}
		}
	}
	return nil
}

func checkCookies(cookies []field) error {
	for _, c := range cookies {
		if c.name == "" || strings.ContainsFunc(c.name, isControl) || strings.ContainsAny(c.name, ";=") {
			return invalid("cookies[%q]: a cookie cannot have this name", c.name)
		}
		for _, v := range c.values {
			if strings.ContainsFunc(v.value+v.attributes, isControl) || strings.Contains(v.value, ";") {
				return invalid("cookies[%q]: the value %q has a semicolon or a control character", c.name, v.value)
			}
		}
	}
	return nil
}

func valuesOf(fields []field, name string) []fieldValue {
	for _, f := range fields {
		if f.name == name {
			return f.values
		}
	}
	return nil
}

func sameValue(a, b fieldValue) bool { return a.value == b.value }

func isControl(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }

func isNotTokenCharacter(c rune) bool {
	return c <= ' ' || c >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, c)
}

// isDisallowed reports whether a header, by its name in lower case, is kept
// from functions ("Disallowed headers").
func isDisallowed(lower string) bool {
	switch lower {
	case "connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "trailer", "upgrade",
		"x-accel-buffering", "x-accel-charset", "x-accel-limit-rate", "x-accel-redirect",
		"x-amzn-auth", "x-amzn-cf-billing", "x-amzn-cf-id", "x-amzn-cf-xff", "x-amzn-errortype", "x-amzn-fle-profile",
		"x-amzn-header-count", "x-amzn-header-order", "x-amzn-lambda-integration-tag", "x-amzn-requestid",
		"x-cache", "x-forwarded-proto", "x-real-ip":
		return true
	}
	return strings.HasPrefix(lower, "x-amz-cf-") || strings.HasPrefix(lower, "x-edge-")
}
