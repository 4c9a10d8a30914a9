package aws

import "testing"

func TestContentTypesAreThoseOfTheAWSCLI(t *testing.T) {
	for name, want := range map[string]string{
		"index.html":       "text/html",
		"js/app.js":        "text/javascript",
		"app.mjs":          "text/javascript",
		"LOGO.SVG":         "image/svg+xml",
		"config.json":      "application/json",
		"a.webp":           "image/webp",
		"favicon.ico":      "image/vnd.microsoft.icon",
		"feed.xml":         "text/xml",
		"app.js.map":       "binary/octet-stream",
		"font.woff2":       "binary/octet-stream",
		"README":           "binary/octet-stream",
		".html":            "binary/octet-stream",
		"dir.html/file":    "binary/octet-stream",
		"app.js.gz":        "text/javascript",
		"site.tar.gz":      "application/x-tar",
		"a.tgz":            "application/x-tar",
		"icon.svgz":        "image/svg+xml",
		"site.webmanifest": "application/manifest+json",
	} {
		if got := contentType(name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}
