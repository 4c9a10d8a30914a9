package e2e

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestAPageOfAnAllowedOriginReadsTheContainer is stage dev's
// Container.AllowOrigins, with a container that knows nothing of CORS.
func TestAPageOfAnAllowedOriginReadsTheContainer(t *testing.T) {
	r := serve(t, t.TempDir())
	const page = "http://localhost:5173"
	products := r.site(t, "/shop/products")

	preflight := request(t, "OPTIONS", products, "", "Origin", page, "Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "x-shop")
	want(t, 204, preflight)
	for name, value := range map[string]string{"Access-Control-Allow-Origin": page, "Access-Control-Allow-Headers": "x-shop"} {
		if got := preflight.Header.Get(name); got != value {
			t.Errorf("the preflight's %s is %q, want %q", name, got, value)
		}
	}
	for origin, allowed := range map[string]string{page: page, "https://elsewhere.example": ""} {
		answer := want(t, 200, get(t, products, "Origin", origin))
		if got := answer.Header.Get("Access-Control-Allow-Origin"); got != allowed {
			t.Errorf("%s is allowed as %q, want %q", origin, got, allowed)
		}
	}
}

// hashedFont is a file of the style sheets whose name carries its hash.
var hashedFont = regexp.MustCompile(`/fonts/[a-z-]+\.[0-9a-f]{8}\.woff2`)

func TestAFileIsCachedForAYearIfItsNameTellsItsContent(t *testing.T) {
	r := serve(t, t.TempDir())
	sheet := want(t, 200, get(t, r.site(t, "/css/tokens.css")))
	font := hashedFont.FindString(sheet.body)
	if font == "" {
		t.Fatalf("no hashed font in %s", sheet.body)
	}
	for header, file := range map[string]response{
		"public, max-age=0, must-revalidate, s-maxage=86400": sheet,
		"public, max-age=31536000, immutable":                want(t, 200, get(t, r.site(t, font))),
	} {
		if got := file.Header.Get("Cache-Control"); got != header {
			t.Errorf("%s has %q, want %q", file.Request.URL.Path, got, header)
		}
	}
}

// TestBehindTheEdgeTheAPIAnswersTheSiteAlone serves a stage whose Exposure is
// Edge.
func TestBehindTheEdgeTheAPIAnswersTheSiteAlone(t *testing.T) {
	behind := filepath.Join(t.TempDir(), "cdk.out")
	if out, err := cdk(root, "synth", "--quiet", "-c", "stage=prod", "--output", behind); err != nil {
		t.Fatalf("cdk synth: %v\n%s", err, out)
	}
	r := startIn(t, root, behind, t.TempDir()).wait(t)

	want(t, 201, request(t, "POST", r.site(t, "/api/cart/"), ""))
	direct := want(t, 403, request(t, "POST", r.api(t, "/cart/"), ""))
	if !strings.Contains(direct.body, "Forbidden") {
		t.Errorf("a direct request gets %s", direct.body)
	}
	if notices := strings.Count(r.printed(), "WAF is not run here"); notices != 1 {
		t.Errorf("that WAF is not run is said %d times", notices)
	}
}
