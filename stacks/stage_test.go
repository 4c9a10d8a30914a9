package stacks_test

import (
	"strings"
	"testing"

	"annex/stacks"
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

func TestMistakesOfAStageAreNamedByField(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil func(*stacks.Stage)
		want  []string // the lines after the first
	}{
		{"none", func(*stacks.Stage) {}, nil},
		{"the zone itself as the site", func(s *stacks.Stage) { s.SiteHost = "example.com" }, nil},
		{"a container elsewhere", func(s *stacks.Stage) { s.Container.Host = "shop.example.net" }, nil},
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
			`Container.Paths "/api/*": want a pattern that leaves the site and the APIs their paths`,
		}},
		{"every path", func(s *stacks.Stage) { s.Container.Paths = []string{"/*"} }, []string{
			`Container.Paths "/*": want a pattern that leaves the site and the APIs their paths`,
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
			var got []string
			if err := stage.Validate(); err != nil {
				for line := range strings.Lines(err.Error()) {
					got = append(got, strings.TrimSpace(line))
				}
				got = got[1:]
			}
			if strings.Join(got, "\n") != strings.Join(test.want, "\n") {
				t.Errorf("got  %s\nwant %s", strings.Join(got, "\n     "), strings.Join(test.want, "\n     "))
			}
		})
	}
}
