package cloudfront

import (
	"fmt"
	"strings"

	"annex/local/wildcard"
)

// behaviour is the one for a request's path: the first whose pattern matches
// (facts §3.1). The path is as it came, percent-encoded.
func (d *Distribution) behaviour(path string) *Behaviour {
	path = normalise(path)
	for i := range d.Behaviours {
		if Match(d.Behaviours[i].PathPattern, path) {
			return &d.Behaviours[i]
		}
	}
	return nil
}

// Match reports whether a path matches a path pattern: * is any characters,
// slashes too, ? is exactly one, and case counts. A pattern's leading slash may
// be left out ("Path pattern" in Values that you specify), and a * before all
// else takes it too.
func Match(pattern, path string) bool {
	if strings.HasPrefix(pattern, "*") {
		return wildcard.Match(pattern, path)
	}
	return wildcard.Match(strings.TrimPrefix(pattern, "/"), strings.TrimPrefix(path, "/"))
}

// normalise is a path as behaviours are matched against it: RFC 3986, sections
// 6.2.2 and 5.2.4. The origin gets the path as it came.
func normalise(path string) string {
	if strings.Contains(path, "%") {
		path = decodeUnreserved(path)
	}
	if strings.Contains(path, "/.") {
		path = removeDotSegments(path)
	}
	return path
}

// decodeUnreserved decodes what needs no encoding and writes what does in
// capitals. A percent sign that encodes nothing stays.
func decodeUnreserved(path string) string {
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		if path[i] != '%' || i+2 >= len(path) || !isHex(path[i+1]) || !isHex(path[i+2]) {
			b.WriteByte(path[i])
			continue
		}
		c := unhex(path[i+1])<<4 | unhex(path[i+2])
		if isUnreserved(c) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
		i += 2
	}
	return b.String()
}

func removeDotSegments(path string) string {
	var kept []string
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, s := range segments {
		last := i == len(segments)-1
		switch s {
		case "..":
			if len(kept) > 0 {
				kept = kept[:len(kept)-1]
			}
			fallthrough
		case ".":
			if last {
				kept = append(kept, "")
			}
		default:
			kept = append(kept, s)
		}
	}
	return "/" + strings.Join(kept, "/")
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	}
	return c - 'a' + 10
}

func isUnreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0
}
