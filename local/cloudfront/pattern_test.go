package cloudfront

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestMatch(t *testing.T) {
	for name, c := range map[string]struct {
		pattern, path string
		want          bool
	}{
		"3.1 a star takes slashes too":                  {"/shop/*", "/shop/images/mug.svg", true},
		"3.1 a star takes nothing too":                  {"/shop/*", "/shop/", true},
		"3.1 /api/* does not match /api":                {"/api/*", "/api", false},
		"3.1 /api* matches /api and /apis":              {"/api*", "/apis", true},
		"3.1 a question mark is exactly one":            {"/a?c", "/abc", true},
		"3.1 a question mark is not none":               {"/a?c", "/ac", false},
		"3.1 a question mark is not two":                {"/a?c", "/abbc", false},
		"3.1 case counts":                               {"/Shop/*", "/shop/x", false},
		"3.1 the leading slash may be left out":         {"shop/*", "/shop/x", true},
		"3.1 * is every path":                           {"*", "/", true},
		"3.1 a star in the middle":                      {"/images/*.jpg", "/images/a/b.jpg", true},
		"3.1 a star in the middle, another end":         {"/images/*.jpg", "/images/a/b.jpeg", false},
		"3.1 several stars go back to the last":         {"/*a*b", "/xaxbxb", true},
		"3.1 nothing is left over":                      {"/index.html", "/index.html2", false},
		"3.1 the whole path, not a part":                {"index.html", "/x/index.html", false},
		"3.1 a star takes the first slash":              {"*/x.png", "/x.png", true},
		"3.1 a star takes the first slash, and more":    {"*/x.png", "/a/b/x.png", true},
		"3.1 a star before a type":                      {"*.png", "/a/x.png", true},
		"3.1 an exact path":                             {"/config.json", "/config.json", true},
		"3.1 a pattern longer than the path":            {"/config.json*", "/config", false},
		"3.1 a star in the path is an ordinary letter":  {"/a", "/*", false},
		"3.1 the empty path against a question mark":    {"?", "/", false},
		"3.1 a star and a question mark want one":       {"/*?", "/", false},
		"3.1 a star and a question mark take one":       {"/*?", "/a", true},
		"3.1 stars beside each other are like only one": {"/**/x", "/a/b/x", true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Match(c.pattern, c.path); got != c.want {
				t.Errorf("Match(%q, %q) = %v", c.pattern, c.path, got)
			}
		})
	}
}

func TestNormalise(t *testing.T) {
	for name, c := range map[string]struct{ path, want string }{
		"3.1 what needs no encoding is decoded":     {"/%61pi/%7Ex", "/api/~x"},
		"3.1 what needs it stays, in capitals":      {"/a%2fb%20c", "/a%2Fb%20c"},
		"3.1 dots go up and stay":                   {"/a/./b/../c", "/a/c"},
		"3.1 dots at the end leave the slash":       {"/a/b/..", "/a/"},
		"3.1 dots do not go above the root":         {"/../../api/x", "/api/x"},
		"3.1 encoded dots are dots":                 {"/site/%2e%2e/api/x", "/api/x"},
		"3.1 a percent sign that encodes nothing":   {"/100%/%zz", "/100%/%zz"},
		"3.1 a percent sign at the end":             {"/100%2", "/100%2"},
		"3.1 names that begin with dots are names":  {"/.well-known/...", "/.well-known/..."},
		"3.1 empty segments stay":                   {"//a//b", "//a//b"},
		"3.1 an encoded percent sign decodes to it": {"/%2561", "/%2561"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := normalise(c.path); got != c.want {
				t.Errorf("normalise(%q) = %q, want %q", c.path, got, c.want)
			}
		})
	}
}

func TestBehaviourIsTheFirstThatMatches(t *testing.T) {
	d := &Distribution{Behaviours: []Behaviour{{PathPattern: "/api/*"}, {PathPattern: "/api/cart/*"}, {PathPattern: "/shop/*"}, {PathPattern: "*"}}}
	for name, c := range map[string]struct{ path, want string }{
		"3.1 first match wins, however long a later one": {"/api/cart/1", "/api/*"},
		"3.1 later ones are tried":                       {"/shop/products", "/shop/*"},
		"3.1 the default is last":                        {"/api", "*"},
		"3.1 the path is normalised before":              {"/x/../%61pi/cart", "/api/*"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := d.behaviour(c.path).PathPattern; got != c.want {
				t.Errorf("%s goes to %s, want %s", c.path, got, c.want)
			}
		})
	}
}

// FuzzBehaviour compares the choice of a behaviour with regular expressions that
// are tried in the listed order, as §3.1 has it.
func FuzzBehaviour(f *testing.F) {
	f.Add("/api/*\nimg?.png\n*.css", "/api/x")
	f.Add("api/*\n/api", "/api")
	f.Add("/?*/b\n*a*a*", "/a/a/b")
	f.Add("/é*\n/%C3%A9/?", "/%C3%A9/x")
	f.Fuzz(func(t *testing.T, patterns, path string) {
		if _, err := url.PathUnescape(path); err != nil || !strings.HasPrefix(path, "/") || !utf8.ValidString(patterns+path) || len(patterns) > 255 || len(path) > 1000 {
			t.Skip()
		}
		d := Distribution{}
		for pattern := range strings.SplitSeq(patterns, "\n") {
			d.Behaviours = append(d.Behaviours, Behaviour{PathPattern: pattern})
		}
		d.Behaviours = append(d.Behaviours, Behaviour{PathPattern: "*"})
		want := slices.IndexFunc(d.Behaviours, func(b Behaviour) bool {
			pattern := b.PathPattern
			if !strings.HasPrefix(pattern, "/") && !strings.HasPrefix(pattern, "*") {
				pattern = "/" + pattern
			}
			expression := strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(pattern))
			return regexp.MustCompile(`^(?s:` + expression + `)$`).MatchString(normalise(path))
		})
		if got := d.behaviour(path); got != &d.Behaviours[want] {
			t.Errorf("%s goes to %q of %q, want %q", path, got.PathPattern, patterns, d.Behaviours[want].PathPattern)
		}
	})
}

// FuzzNormalise: a normalised path stays as it is, and cannot leave the root.
func FuzzNormalise(f *testing.F) {
	f.Add("/a/../%2e%2E/b%2f%")
	f.Add("/..")
	f.Fuzz(func(t *testing.T, path string) {
		// A server refuses a path with a broken encoding before it comes here.
		if _, err := url.PathUnescape(path); err != nil || !strings.HasPrefix(path, "/") {
			t.Skip()
		}
		once := normalise(path)
		if twice := normalise(once); twice != once {
			t.Errorf("normalise(%q) = %q, and of that %q", path, once, twice)
		}
		if strings.Contains(once+"/", "/../") || !strings.HasPrefix(once, "/") {
			t.Errorf("normalise(%q) = %q", path, once)
		}
	})
}
