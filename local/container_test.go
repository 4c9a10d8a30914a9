package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"annex/local/apigateway"
	"annex/local/cloudfront"
)

func TestTheServiceGetsThePathAndHostThatItWouldGetDeployed(t *testing.T) {
	seen := make(chan string, 1)
	existing := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen <- r.Host + r.RequestURI }))
	defer existing.Close()
	base, err := url.Parse(existing.URL)
	if err != nil {
		t.Fatal(err)
	}
	c, err := startService(t.Context(), "container.example.com", base, &terminal{out: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://container.example.com/shop/a%2Fb/../c?x=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if got, want := <-seen, "container.example.com/shop/a%2Fb/../c?x=1"; got != want {
		t.Errorf("the service saw %s, want %s", got, want)
	}
}

func TestAServiceIsAHostAlone(t *testing.T) {
	for text, ok := range map[string]bool{
		"http://127.0.0.1:9000":       true,
		"https://container.test/":     true,
		"http://127.0.0.1:9000/base":  false, // its paths would not be those of the deployed one
		"http://127.0.0.1:9000?x=1":   false,
		"127.0.0.1:9000":              false,
		"ftp://127.0.0.1":             false,
		"http://":                     false,
		"http://127.0.0.1:9000#there": false,
	} {
		if _, err := serviceURL(text); (err == nil) != ok {
			t.Errorf("%s gave %v", text, err)
		}
	}
}

func TestTheContainerIsTheFirstOriginThatNoStackServes(t *testing.T) {
	behaviour := func(host string, s3 bool) cloudfront.Behaviour {
		return cloudfront.Behaviour{Origin: cloudfront.Origin{DomainName: host, S3: s3}}
	}
	got := external(plan{
		gateway: apigateway.Config{
			Domains: []apigateway.Domain{{Name: "api.example.com"}},
			APIs:    []apigateway.API{{Endpoint: "x.execute-api.eu-west-1.amazonaws.com"}},
		},
		distributions: []cloudfront.Distribution{{Behaviours: []cloudfront.Behaviour{
			behaviour("site.s3.eu-west-1.amazonaws.com", true), behaviour("x.execute-api.eu-west-1.amazonaws.com", false),
			behaviour("api.example.com", false), behaviour("container.example.com", false), behaviour("other.example.com", false),
			behaviour("container.example.com", false),
		}}},
	})
	if want := "container.example.com other.example.com"; strings.Join(got, " ") != want {
		t.Errorf("the origins that no stack serves are %v, want %s", got, want)
	}
}

func TestAHandlerReachesTheContainer(t *testing.T) {
	base := &url.URL{Scheme: "http", Host: "127.0.0.1:9000"}
	c := &service{host: "container.dev.example.com", base: base}
	for text, want := range map[string]string{
		"https://container.dev.example.com":               "http://127.0.0.1:9000",
		"https://container.dev.example.com/shop?x=1":      "http://127.0.0.1:9000/shop?x=1",
		"https://container.dev.example.com:443/":          "http://127.0.0.1:9000/",
		"http://container.dev.example.com":                "http://127.0.0.1:9000",
		"https://Container.Dev.Example.com":               "http://127.0.0.1:9000",
		"a=https://container.dev.example.com,b=https://x": "a=http://127.0.0.1:9000,b=https://x",
		"https://container.dev.example.com.other":         "https://container.dev.example.com.other",
		"https://container.dev.example.com:8443":          "https://container.dev.example.com:8443",
		"https://api.dev.example.com":                     "https://api.dev.example.com",
		"container.dev.example.com":                       "container.dev.example.com",
		"carts":                                           "carts",
	} {
		if got := c.translate(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
	if got := (&service{}).translate("https://x"); got != "https://x" {
		t.Errorf("without a container https://x became %q", got)
	}
}
