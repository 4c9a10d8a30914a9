package apigateway

import (
	"fmt"
	"net/url"
	"strings"
)

// decodePath is the path that mappings, routes, parameters and rawPath work
// on, from the path as the client sent it. HTTP APIs hand functions a decoded
// rawPath (AWS's own emulator for .NET, aws-lambda-dotnet
// HttpContextExtensions; captures in middleapi/standard-server#93). More
// exactly they decode twice and cut at a question mark in between: of ten
// paths captured in hotsock/voker#8, %2F became a slash, %252F too, what
// followed a %3F was lost, %253F became a question mark, and %25do was
// refused since "%do" is no escape. The status of that refusal was not
// recorded; the gateway answers 400.
func decodePath(escaped string) (string, error) {
	if !strings.Contains(escaped, "%") {
		return rooted(escaped)
	}
	once, err := url.PathUnescape(escaped)
	if err != nil {
		return "", fmt.Errorf("path %q: %w", escaped, err)
	}
	once, _, _ = strings.Cut(once, "?")
	twice, err := url.PathUnescape(once)
	if err != nil {
		return "", fmt.Errorf("path %q, which API Gateway decodes twice: %w", escaped, err)
	}
	return rooted(twice)
}

func rooted(path string) (string, error) {
	if path == "" {
		return "/", nil
	}
	if path[0] != '/' {
		return "", fmt.Errorf("path %q does not begin with /", path)
	}
	return path, nil
}

// queryParameters decodes a query string: keys and values are unescaped,
// with + for a space, and the values of a key that is repeated are joined by
// commas (§1.3, §1.4; the + from a capture in hotsock/voker). It is nil for
// an empty query. An escape that is none stays as it was sent.
func queryParameters(raw string) map[string]string {
	var values map[string]string
	for raw != "" {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		if pair == "" {
			continue
		}
		if values == nil {
			values = map[string]string{}
		}
		key, value, _ := strings.Cut(pair, "=")
		key, value = unescapeQuery(key), unescapeQuery(value)
		if earlier, repeated := values[key]; repeated {
			value = earlier + "," + value
		}
		values[key] = value
	}
	return values
}

func unescapeQuery(text string) string {
	plain, err := url.QueryUnescape(text)
	if err != nil {
		return text
	}
	return plain
}

// cookies splits Cookie headers into one entry for each cookie (§1.4).
func cookies(headers []string) []string {
	var all []string
	for _, header := range headers {
		for cookie := range strings.SplitSeq(header, ";") {
			if cookie = strings.TrimSpace(cookie); cookie != "" {
				all = append(all, cookie)
			}
		}
	}
	return all
}
