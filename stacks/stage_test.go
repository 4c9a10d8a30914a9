package stacks_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"annex/stacks"
	"annex/stacks/web"
)

func TestEveryStageIsValid(t *testing.T) {
	for _, stage := range stacks.Stages() {
		if _, err := stacks.FindStage(stage.Name); err != nil {
			t.Error(err)
		}
	}
}

func TestUnknownStageNamesTheKnownOnes(t *testing.T) {
	_, err := stacks.FindStage("qa")
	want := `unknown stage "qa": want -c stage=<one of dev, prod>, or add it to stacks/stages.go`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func stage() stacks.Stage {
	return stacks.Stage{
		Name:       "dev",
		Account:    "111122223333",
		Region:     "eu-west-1",
		Zone:       stacks.Zone{ID: "Z0EXAMPLE", Name: "example.com"},
		SiteHost:   "www.example.com",
		SiteFolder: "site",
		APIHost:    "api.example.com",
		APIPrefix:  "api",
		Container:  stacks.Container{Host: "container.example.com", Paths: []string{"/shop/*"}},

		SignInPrefix: "annex-example",
	}
}

// anOrigin is what is said of what is none.
const anOrigin = "want " + web.PageOrigin

func TestStagesShareNothingThatAWSGivesOnce(t *testing.T) {
	other := stage()
	other.Name, other.SiteHost, other.APIHost = "prod", "api.example.com", "lambda.example.com"
	same := stage()
	want := []string{
		`APIHost "api.example.com": want another host than those of stage prod`,
		`SignInPrefix "` + other.SignInPrefix + `": want another than that of stage prod`,
	}
	if diff := cmp.Diff(want, mistakes(same.Validate(other))); diff != "" {
		t.Error("(-want +got):\n", diff)
	}
	other.SiteHost, other.Region = "shop.example.com", "us-west-2"
	if err := same.Validate(other); err != nil {
		t.Error("nothing in common: ", err)
	}
}

// mistakes gives the lines of a stage's error but the first.
func mistakes(err error) (lines []string) {
	if err == nil {
		return nil
	}
	for line := range strings.Lines(err.Error()) {
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines[1:]
}

func TestMistakesOfAStageAreNamedByField(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil func(*stacks.Stage)
		want  []string // the lines after the first
	}{
		{"none", func(*stacks.Stage) {}, nil},
		{"the zone itself as the site", func(s *stacks.Stage) { s.SiteHost = "example.com" }, nil},
		{"a container elsewhere", func(s *stacks.Stage) { s.Container.Host = "shop.example.net" }, nil},
		{"a release", func(s *stacks.Stage) { s.Release = web.Canary(0, time.Minute) }, []string{
			"Release: release web.Canary(0, 1m0s): want 1 to 99 percent",
		}},
		{"a service's release", func(s *stacks.Stage) {
			release := web.Linear(10, time.Second)
			s.Services = map[string]stacks.Service{"cart": {Release: &release}}
		}, []string{`Services["cart"].Release: release web.Linear(10, 1s): want whole minutes, 1 or more`}},
		{"name", func(s *stacks.Stage) { s.Name = "Dev" }, []string{`Name "Dev": want lower case letters and digits`}},
		{"account", func(s *stacks.Stage) { s.Account = "1111" }, []string{`Account "1111": want twelve digits`}},
		{"region", func(s *stacks.Stage) { s.Region = "Ireland" }, []string{`Region "Ireland": want a region like eu-west-1`}},
		{"zone ID", func(s *stacks.Stage) { s.Zone.ID = "" }, []string{`Zone.ID "": want a hosted zone's ID, like Z0123456789ABCDEFGHIJ`}},
		{"address for a host", func(s *stacks.Stage) { s.Container.Host = "https://container.example.com" }, []string{
			`Container.Host "https://container.example.com": want a host like container.example.com`,
		}},
		{"host in another zone", func(s *stacks.Stage) { s.APIHost = "api.myexample.com" }, []string{
			`APIHost "api.myexample.com": want a host in the zone example.com`,
		}},
		{"one host for site and API", func(s *stacks.Stage) { s.APIHost = s.SiteHost }, []string{
			`APIHost "www.example.com": want another host than SiteHost`,
		}},
		{"one host for site and container", func(s *stacks.Stage) { s.Container.Host = s.SiteHost }, []string{
			`Container.Host "www.example.com": want another host than SiteHost and APIHost: the container keeps the one that it has`,
		}},
		{"a takeover", func(s *stacks.Stage) { s.TakeoverHost = "new.example.com" }, nil},
		{"a takeover that is half done", func(s *stacks.Stage) { s.TakeoverHost, s.TakenOver = "new.example.com", true }, nil},
		{"a takeover that is done", func(s *stacks.Stage) { s.TakenOver = true }, []string{
			`TakenOver "true": want false when all is done and TakeoverHost is taken out`,
		}},
		{"a takeover of another zone", func(s *stacks.Stage) { s.TakeoverHost = "new.example.net" }, []string{
			`TakeoverHost "new.example.net": want a host in the zone example.com`,
		}},
		{"a takeover at an address", func(s *stacks.Stage) { s.TakeoverHost = "https://new.example.com" }, []string{
			`TakeoverHost "https://new.example.com": want a host like new.example.com`,
		}},
		{"a takeover at the site's own host", func(s *stacks.Stage) { s.TakeoverHost = s.SiteHost }, []string{
			`TakeoverHost "www.example.com": want another host than SiteHost, APIHost and Container.Host`,
		}},
		{"a socket", func(s *stacks.Stage) { s.SocketHost = "ws.example.com" }, nil},
		{"a socket at the API's host", func(s *stacks.Stage) { s.SocketHost = s.APIHost }, []string{
			`SocketHost "api.example.com": want another host than SiteHost, APIHost, TakeoverHost and Container.Host`,
		}},
		{"a socket's address", func(s *stacks.Stage) { s.SocketHost = "wss://ws.example.com/updates" }, []string{
			`SocketHost "wss://ws.example.com/updates": want a host like ws.example.com`,
			`SocketHost "wss://ws.example.com/updates": want a host in the zone example.com`,
		}},
		{"prefix", func(s *stacks.Stage) { s.APIPrefix = "/api" }, []string{
			`APIPrefix "/api": want one path segment of a-z, 0-9 and hyphens`,
		}},
		{"no container path", func(s *stacks.Stage) { s.Container.Paths = nil }, []string{
			`Container.Paths "": want at least one path pattern, like "/shop/*"`,
		}},
		{"container path without a slash", func(s *stacks.Stage) { s.Container.Paths = []string{"shop/*"} }, []string{
			`Container.Paths "shop/*": want a CloudFront path pattern, like "/shop/*"`,
		}},
		{"a first container path of no folder", func(s *stacks.Stage) { s.Container.Paths = []string{"/store*", "/shop/*"} }, []string{
			`Container.Paths "/store*": want a path that ends in "/*" first, for the page looks for the products below it`,
		}},
		{"a first container path of one page", func(s *stacks.Stage) { s.Container.Paths = []string{"/shop/products"} }, []string{
			`Container.Paths "/shop/products": want a path that ends in "/*" first, for the page looks for the products below it`,
		}},
		{"a first container path of several folders", func(s *stacks.Stage) { s.Container.Paths = []string{"/*/shop/*"} }, []string{
			`Container.Paths "/*/shop/*": want a path that ends in "/*" first, for the page looks for the products below it`,
		}},
		{"other container paths", func(s *stacks.Stage) { s.Container.Paths = []string{"/shop/*", "/store*", "/news"} }, nil},
		{"the API's path", func(s *stacks.Stage) { s.Container.Paths = []string{"/shop/*", "/api/*"} }, []string{
			`Container.Paths "/api/*": want a pattern of other paths than /api/*, which are the APIs' before they are the container's`,
		}},
		{"every path", func(s *stacks.Stage) { s.Container.Paths = []string{"/*"} }, []string{
			`Container.Paths "/*": want a pattern that leaves the site its own /`,
		}},
		{"a part of the API's path", func(s *stacks.Stage) { s.Container.Paths = []string{"/shop/*", "/api/v1/*"} }, []string{
			`Container.Paths "/api/v1/*": want a pattern of other paths than /api/*, which are the APIs' before they are the container's`,
		}},
		// The APIs' behavior is the first, so this takes /api and /apiary alone.
		{"more than the API's path", func(s *stacks.Stage) { s.Container.Paths = []string{"/shop/*", "/api*"} }, nil},
		{"a path of the site", func(s *stacks.Stage) { s.Container.Paths = []string{"/shop/*", "/c*"} }, []string{
			`Container.Paths "/c*": want a pattern that leaves the site its own /config.json`,
		}},
		{"a file of the site", func(s *stacks.Stage) { s.Container.Paths = []string{"/shop/*", "/js/m???.js"} }, []string{
			`Container.Paths "/js/m???.js": want a pattern that leaves the site its own /js/main.js`,
		}},
		{"APIs where the site has files", func(s *stacks.Stage) { s.APIPrefix = "css" }, []string{
			`APIPrefix "css": want a pattern that leaves the site its own /css/account.css`,
		}},
		{"a path that another has taken", func(s *stacks.Stage) { s.Container.Paths = []string{"/shop/*", "/shop/basket/*"} }, []string{
			`Container.Paths "/shop/basket/*": want it before "/shop/*" or not at all: that matches every path that it does`,
		}},
		{"the same path twice", func(s *stacks.Stage) { s.Container.Paths = []string{"/shop/*", "/shop/*"} }, []string{
			`Container.Paths "/shop/*": want it before "/shop/*" or not at all: that matches every path that it does`,
		}},
		{"paths that only overlap", func(s *stacks.Stage) { s.Container.Paths = []string{"/shop/*", "/*/basket"} }, nil},
		{"a path with a space", func(s *stacks.Stage) { s.Container.Paths = []string{"/shop/*", "/my shop/*"} }, []string{
			`Container.Paths "/my shop/*": want a CloudFront path pattern, like "/shop/*"`,
		}},
		{"a long path", func(s *stacks.Stage) { s.Container.Paths = []string{"/shop/*", "/" + strings.Repeat("a", 255)} }, []string{
			`Container.Paths "/` + strings.Repeat("a", 255) + `": want no more than 255 characters`,
		}},
		{"many paths", func(s *stacks.Stage) {
			for i := range 73 {
				s.Container.Paths = append(s.Container.Paths, fmt.Sprintf("/page%d", i))
			}
		}, []string{
			`Container.Paths "74": want no more than 73 patterns`,
		}},
		{"a region apart", func(s *stacks.Stage) { s.Region = "cn-north-1" }, []string{
			`Region "cn-north-1": want a region of the same partition as us-east-1, where the site is`,
		}},
		{"a long label", func(s *stacks.Stage) { s.Container.Host = strings.Repeat("a", 64) + ".example.com" }, []string{
			`Container.Host "` + strings.Repeat("a", 64) + `.example.com": want labels of no more than 63 characters`,
		}},
		{"a host that ACM refuses", func(s *stacks.Stage) { s.SiteHost = strings.Repeat("a", 53) + ".example.com" }, []string{
			`SiteHost "` + strings.Repeat("a", 53) + `.example.com": want no more than 64 characters, or ACM gives it no certificate`,
		}},
		{"a folder that is not there", func(s *stacks.Stage) { s.SiteFolder = "website" }, []string{
			`SiteFolder "website": want a folder of the repository with an index.html`,
		}},
		{"a folder without a page", func(s *stacks.Stage) { s.SiteFolder = "stacks" }, []string{
			`SiteFolder "stacks": want a folder of the repository with an index.html`,
		}},
		{"a folder elsewhere", func(s *stacks.Stage) { s.SiteFolder = "../site" }, []string{
			`SiteFolder "../site": want a folder below the repository's, like "site"`,
		}},
		{"exposure", func(s *stacks.Stage) { s.Exposure = "private" }, []string{`Exposure "private": want "public" or "edge"`}},
		{"the edge", func(s *stacks.Stage) { s.Exposure, s.Firewall = stacks.Edge, &web.Firewall{} }, nil},
		{"the edge without a firewall", func(s *stacks.Stage) { s.Exposure = stacks.Edge }, []string{
			`Firewall "": want &web.Firewall{} with Exposure "edge", which is there to have every request pass it`,
		}},
		{"the edge for other pages", func(s *stacks.Stage) {
			s.Exposure, s.Firewall, s.AllowOrigins = stacks.Edge, &web.Firewall{}, []string{"https://admin.example.com"}
		}, []string{
			`AllowOrigins "https://admin.example.com": want none with Exposure "edge": nobody's page can show the certificate that APIHost asks for`,
		}},
		{"the edge of a long name", func(s *stacks.Stage) {
			s.Exposure, s.Firewall, s.Name = stacks.Edge, &web.Firewall{}, "experimentsofthesearchteam42"
		}, []string{
			`Name "experimentsofthesearchteam42": want a shorter one: the bucket annex-experimentsofthesearchteam42-origin-111122223333-eu-west-1 of the trust store has more than the 63 characters that S3 allows`,
		}},
		{"origins", func(s *stacks.Stage) {
			s.AllowOrigins = []string{"https://admin.example.com:8443", "http://localhost:5173", "http://admin.example.com", "https://admin.example.com/", "https://www.example.com"}
		}, []string{
			`AllowOrigins "http://admin.example.com": ` + anOrigin,
			`AllowOrigins "https://admin.example.com/": ` + anOrigin,
			`AllowOrigins "https://www.example.com": want others than the site's own, which needs no mention`,
		}},
		{"the container's origins", func(s *stacks.Stage) {
			s.Container.AllowOrigins = []string{"https://*.example.com", "https://a.example.com", "https://a.example.com"}
		}, []string{
			`Container.AllowOrigins "https://*.example.com": ` + anOrigin,
			`Container.AllowOrigins "https://a.example.com": want it once`,
		}},
		{"sign-in prefix", func(s *stacks.Stage) { s.SignInPrefix = "Shop-" }, []string{
			`SignInPrefix "Shop-": want ` + web.SignInPrefix,
		}},
		{"reserved sign-in prefix", func(s *stacks.Stage) { s.SignInPrefix = "laws" }, []string{
			`SignInPrefix "laws": want ` + web.SignInPrefix,
		}},
		{"rate", func(s *stacks.Stage) { s.Firewall = &web.Firewall{RequestsPerFiveMinutes: 9} }, []string{
			`Firewall.RequestsPerFiveMinutes "9": want ` + web.RequestLimit,
		}},
		{"half a throttle", func(s *stacks.Stage) { s.Throttle = web.Throttle{Burst: 5} }, []string{
			`Throttle "0 a second, 5 at once": want both above 0, or neither given`,
		}},
		{"concurrency", func(s *stacks.Stage) { s.ConcurrencyLimit = -1 }, []string{
			`ConcurrencyLimit "-1": want the account's limit, which is 10 at least, or 0 for the default`,
		}},
		{"retention", func(s *stacks.Stage) { s.LogRetentionDays = 31 }, []string{
			`LogRetentionDays "31": want one of CloudWatch's: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653`,
		}},
		{"mail", func(s *stacks.Stage) { s.AlarmEmail = "Platform <platform@example.com>" }, []string{
			`AlarmEmail "Platform <platform@example.com>": want a mail address and nothing more, like platform@example.com`,
		}},
		{"sender", func(s *stacks.Stage) { s.SignInSender = "shop" }, []string{
			`SignInSender "shop": want a mail address and nothing more, like platform@example.com`,
		}},
		{"several", func(s *stacks.Stage) { s.Account, s.Zone.Name = "", "example.org" }, []string{
			`Account "": want twelve digits`,
			`SiteHost "www.example.com": want a host in the zone example.org`,
			`APIHost "api.example.com": want a host in the zone example.org`,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			stage := stage()
			test.spoil(&stage)
			got := mistakes(stage.Validate())
			if strings.Join(got, "\n") != strings.Join(test.want, "\n") {
				t.Errorf("got  %s\nwant %s", strings.Join(got, "\n     "), strings.Join(test.want, "\n     "))
			}
		})
	}
}
