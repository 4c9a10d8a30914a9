package lambda

import (
	"errors"
	"testing"
)

func TestARNsNameVersions(t *testing.T) {
	const arn = "arn:aws:lambda:eu-west-1:111111111111:function:echo"
	s := serve(t, "echo", func(f *Function, _ *Options) { f.Versions = []string{"1", "2"} })
	for arn, want := range map[string]string{
		arn:               "$LATEST",
		arn + ":$LATEST":  "$LATEST",
		arn + ":live":     "1",
		arn + ":1":        "1",
		arn + ":2":        "2",
		arn + ":3":        "",
		arn + ":":         "",
		arn + ":live:1":   "",
		arn + "2":         "",
		"echo":            "",
		"":                "",
		arn + ":Live":     "",
		arn[:len(arn)-5]:  "",
		"x" + arn + ":$L": "",
	} {
		_, c, err := s.resolve(arn)
		version := c.version
		var missing *ResourceNotFoundError
		if version != want || (want == "") != errors.As(err, &missing) {
			t.Errorf("%q means %q, %v, want %q", arn, version, err, want)
		}
	}
}

func FuzzResolve(f *testing.F) {
	f.Add("arn:aws:lambda:eu-west-1:1:function:echo:live")
	f.Add("::::::::")
	s := &Service{host: &host{}, functions: map[string]*function{
		"arn:aws:lambda:eu-west-1:1:function:echo": {Function: Function{Aliases: map[string]Alias{"live": {Version: "1"}}}},
	}}
	f.Fuzz(func(t *testing.T, arn string) {
		_, c, err := s.resolve(arn)
		if version := c.version; err == nil && version != "1" && version != latest {
			t.Errorf("%q means version %q", arn, version)
		}
	})
}
