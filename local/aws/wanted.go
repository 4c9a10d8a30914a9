package aws

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"

	"annex/local/assembly"
	"annex/local/aws/values"
)

// Wanted is a secret or a parameter that a function's handler reads.
type Wanted struct {
	Kind     string // "secret" or "parameter"
	Name     string
	Variable string // the environment variable that holds the name
	Function string // names it in messages
}

// readWanted reads what the functions' template metadata say, which their
// construct writes (stacks/web, SecretsMetadata and ParametersMetadata; both
// have to have the same keys, or test/e2e/secrets_test.go fails). What policies
// allow would not do: it also has what functions only might read.
func readWanted(a *assembly.Assembly) ([]Wanted, error) {
	var wanted []Wanted
	for _, r := range a.Resources("AWS::Lambda::Function") {
		for _, kind := range []string{"secret", "parameter"} {
			key := "annex:" + kind + "s"
			if r.Metadata[key] == nil {
				continue
			}
			names, ok := r.Metadata[key].(map[string]any)
			if !ok {
				return nil, fmt.Errorf("%s: its Metadata %s is no object: synthesize again", r, key)
			}
			for _, variable := range slices.Sorted(maps.Keys(names)) {
				name, ok := names[variable].(string)
				if !ok {
					return nil, fmt.Errorf("%s: its Metadata %s: %s is no string: synthesize again", r, key, variable)
				}
				wanted = append(wanted, Wanted{Kind: kind, Name: name, Variable: variable, Function: strings.TrimSuffix(r.Path, "/Function/Resource")})
			}
		}
	}
	return wanted, nil
}

// CheckValues says which of the values that functions want the file of local
// values lacks, with an example to paste, and who else can read the file. The
// error is a mistake in the file, with its line.
func (c Config) CheckValues(file string) (hints []string, err error) {
	v, err := values.Read(file)
	if err != nil {
		return nil, err
	}
	missing := map[string]map[string]string{}
	var names []string
	for _, w := range c.Wanted {
		if _, there := w.in(v); there {
			continue
		}
		if missing[w.Kind+"s"] == nil {
			missing[w.Kind+"s"] = map[string]string{}
		}
		missing[w.Kind+"s"][w.Name] = "…"
		names = append(names, fmt.Sprintf("the %s %s (%s of %s)", w.Kind, w.Name, w.Variable, w.Function))
	}
	if len(names) > 0 {
		example, _ := json.MarshalIndent(missing, "", "  ") // strings always marshal
		hints = append(hints, fmt.Sprintf("%s lacks %s. Add them, with values of your own; git ignores the file, and it is read anew each time:\n%s",
			file, strings.Join(names, ", "), example))
	}
	if info, err := os.Stat(file); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		hints = append(hints, fmt.Sprintf("others on this machine can read %s: `chmod 600 %s`", file, file))
	}
	return hints, nil
}

// in is the value that is wanted.
func (w Wanted) in(v values.Values) (value string, there bool) {
	if w.Kind == "secret" {
		value, there = v.Secrets[w.Name]
		return value, there
	}
	return parameterIn(v, w.Name)
}
