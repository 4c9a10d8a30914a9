package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A template that is broken on its way here, such as by a merge, ends the
// runner at once, with one sentence that says where.
func TestAMalformedTemplateIsToldInOneSentence(t *testing.T) {
	const template = "annex-dev-cart.template.json"
	sound, err := os.ReadFile(filepath.Join(cloud, template))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text string // none: the file is missing
		want []string
	}{
		"cut off":    {string(sound[:len(sound)/2]), []string{template, "unexpected end of JSON input"}},
		"missing":    {"", []string{template, "no such file"}},
		"a mistake":  {strings.Replace(string(sound), `"AutoDeploy": true`, `"AutoDeploy": "maybe"`, 1), []string{template, "annex-dev-cart/API/Stage (AWS::ApiGatewayV2::Stage)", "AutoDeploy", `"maybe"`}},
		"a bad name": {strings.Replace(string(sound), `"StageName": "$default"`, `"StageName": {"Ref": "Nobody"}`, 1), []string{template, "StageName", `"Nobody"`}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.text == string(sound) {
				t.Fatal("the template has nothing to replace")
			}
			assembly := filepath.Join(t.TempDir(), "cdk.out")
			if err := os.CopyFS(assembly, os.DirFS(cloud)); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(assembly, template)
			if c.text == "" {
				err = os.Remove(file)
			} else {
				err = os.WriteFile(file, []byte(c.text), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			r := startIn(t, root, assembly, t.TempDir())
			<-r.done
			out := r.printed()
			if code := r.cmd.ProcessState.ExitCode(); code != 1 || strings.Count(out, "\n") != 1 {
				t.Errorf("the runner ended with %d and printed:\n%s", code, out)
			}
			for _, part := range c.want {
				if !strings.Contains(out, part) {
					t.Errorf("the message lacks %q: %s", part, out)
				}
			}
		})
	}
}
