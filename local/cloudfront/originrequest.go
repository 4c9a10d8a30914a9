package cloudfront

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// originURL is where a behaviour sends a request.
func originURL(b *Behaviour, v *viewer) *url.URL {
	o := &b.Origin
	u := &url.URL{Scheme: "https", Host: o.DomainName}
	if p := b.OriginRequestPolicy; b.CachePolicy.QueryStrings.Mode == All || p != nil && p.QueryStrings.Mode == All {
		u.RawQuery = v.query
	} else {
		u.RawQuery = selectPairs(v.query, "&", "&", func(name string) bool {
			return b.CachePolicy.QueryStrings.Has(name) || p != nil && p.QueryStrings.Has(name)
		})
	}
	u.RawPath = o.Path + v.path
	u.Path = unescape(u.RawPath)
	port, standard := o.HTTPSPort, 443
	if o.ProtocolPolicy == "http-only" || o.ProtocolPolicy == "match-viewer" && !v.https {
		u.Scheme, port, standard = "http", o.HTTPPort, 80
	}
	if !o.S3 && port != standard {
		u.Host = net.JoinHostPort(o.DomainName, strconv.Itoa(port))
	}
	return u
}

// originHeader is the header of the request to the origin (facts §3.4), and
// its host. The distribution's Via name and the request's ID are given.
func originHeader(b *Behaviour, v *viewer, via, id string) (header http.Header, host string) {
	selected := func(name string) bool {
		return b.CachePolicy.Headers.HasHeader(name) || b.OriginRequestPolicy != nil && b.OriginRequestPolicy.Headers.HasHeader(name)
	}
	header = make(http.Header, len(v.header)+6)
	for name, values := range v.header {
		if !isOwn(name) && !isRemoved(name) && (selected(name) || isForwarded(name, v.method)) {
			header[name] = values
		}
	}
	cookies := selectPairs(strings.Join(v.header.Values("Cookie"), "; "), ";", "; ", func(name string) bool {
		return b.CachePolicy.Cookies.Has(name) || b.OriginRequestPolicy != nil && b.OriginRequestPolicy.Cookies.Has(name)
	})
	if cookies != "" {
		header.Set("Cookie", cookies)
	}
	if encoding := acceptEncoding(b, v, selected("Accept-Encoding")); encoding != "" {
		header.Set("Accept-Encoding", encoding)
	}
	agent := v.header.Get("User-Agent")
	if agent == "" || !selected("User-Agent") {
		agent = "Amazon CloudFront"
	}
	header.Set("User-Agent", agent)
	header.Set("X-Forwarded-For", appendList(v.header.Values("X-Forwarded-For"), v.ip))
	header.Set("Via", appendList(v.header.Values("Via"), fmt.Sprintf("%s %s (CloudFront)", v.proto, via)))
	header.Set("X-Amz-Cf-Id", id)
	addGenerated(header, v, b.CachePolicy.Headers)
	if b.OriginRequestPolicy != nil {
		addGenerated(header, v, b.OriginRequestPolicy.Headers)
	}
	if b.Origin.S3 {
		// The origin access control always signs, in place of the viewer's credentials.
		header.Del("Authorization")
	}
	maps.Copy(header, b.Origin.CustomHeaders)
	if selected("Host") && !b.Origin.S3 {
		return header, v.host
	}
	return header, b.Origin.DomainName
}

// isOwn names the headers that have a rule of their own in originHeader.
func isOwn(name string) bool {
	switch name {
	case "Accept-Encoding", "Cookie", "User-Agent", "X-Forwarded-For", "Via", "X-Amz-Cf-Id":
		return true
	}
	return false
}

// isRemoved names the headers that never reach an origin, in canonical form.
func isRemoved(name string) bool {
	switch name {
	case "Connection", "Expect", "Host", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
		"X-Forwarded-Proto", "X-Http-Method-Override", "X-Real-Ip":
		return true
	}
	return strings.HasPrefix(name, "Proxy-") || strings.HasPrefix(name, "X-Edge-")
}

// isForwarded names the headers that reach the origin though no policy selects
// them. With policies "other information from the viewer request is not
// included" (Control origin requests), where the table for the legacy settings
// forwards most. What describes the body must go with it; a range and the
// conditions are CloudFront's to use; and credentials go with the methods that
// are never cached, as in that table.
func isForwarded(name, method string) bool {
	if strings.HasPrefix(name, "Content-") || strings.HasPrefix(name, "If-") || name == "Range" {
		return true
	}
	if name == "Authorization" {
		return method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
	}
	return false
}

// acceptEncoding is the normalised header for the origin, or nothing where it
// gets none ("Compression support"). It is in the cache key when the cache
// policy enables an encoding, and then the origin is told what the viewer
// cannot take as well. Without, a policy may select it like any header, and
// gets it normalised too.
func acceptEncoding(b *Behaviour, v *viewer, selected bool) string {
	values := v.header.Values("Accept-Encoding")
	gzip, brotli := b.CachePolicy.Gzip, b.CachePolicy.Brotli
	keyed := gzip || brotli
	if len(values) == 0 || !keyed && !selected {
		return ""
	}
	accepted := acceptedEncodings(values, v.proto)
	var encodings []string
	if accepted.brotli && (brotli || !keyed) {
		encodings = append(encodings, "br")
	}
	if accepted.gzip && (gzip || !keyed) {
		encodings = append(encodings, "gzip")
	}
	if len(encodings) == 0 && keyed {
		return "identity"
	}
	return strings.Join(encodings, ",")
}

type encodings struct{ gzip, brotli bool }

// acceptedEncodings is what a viewer takes of what CloudFront knows. An
// HTTP/1.0 viewer takes nothing.
func acceptedEncodings(values []string, proto string) encodings {
	var e encodings
	if proto == "1.0" {
		return e
	}
	for _, value := range values {
		for part := range strings.SplitSeq(value, ",") {
			name, parameters, _ := strings.Cut(part, ";")
			q, isQuality := strings.CutPrefix(strings.ReplaceAll(parameters, " ", ""), "q=")
			if isQuality && strings.Trim(q, "0.") == "" {
				continue
			}
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "gzip":
				e.gzip = true
			case "br":
				e.brotli = true
			}
		}
	}
	return e
}

// selectPairs keeps the parts of a query string, or of a Cookie header, whose
// names are selected, as they are and in their order.
func selectPairs(text, separator, join string, selected func(name string) bool) string {
	if text == "" {
		return ""
	}
	var kept []string
	for part := range strings.SplitSeq(text, separator) {
		trimmed := strings.TrimSpace(part)
		if name, _, _ := strings.Cut(trimmed, "="); trimmed != "" && selected(name) {
			kept = append(kept, trimmed)
		}
	}
	return strings.Join(kept, join)
}

func appendList(values []string, value string) string {
	return strings.Join(append(slices.Clip(values), value), ", ")
}

// addGenerated adds the CloudFront-* headers that a policy names.
func addGenerated(header http.Header, v *viewer, s Selection) {
	if s.Mode == AllExcept {
		return
	}
	for _, name := range s.Names {
		if !isGenerated(name) {
			continue
		}
		if value, known := generated(name, v); known {
			header.Set(name, value)
		}
	}
}

func isGenerated(name string) bool {
	return len(name) > len("CloudFront-") && strings.EqualFold(name[:len("CloudFront-")], "CloudFront-")
}

// generated is the value of a header that CloudFront makes ("Add CloudFront
// request headers"). Those that would need to know where the viewer is, or on
// what device, are not known here, and are left out as they are there when
// CloudFront does not know.
func generated(name string, v *viewer) (value string, known bool) {
	switch strings.ToLower(name) {
	case "cloudfront-forwarded-proto":
		if v.https {
			return "https", true
		}
		return "http", true
	case "cloudfront-viewer-address":
		return v.ip + ":" + v.port, true
	case "cloudfront-viewer-http-version":
		return v.proto, true
	}
	return "", false
}
