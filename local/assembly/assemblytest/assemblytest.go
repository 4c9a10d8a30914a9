// Package assemblytest makes small cloud assemblies for tests. Only tests of
// local's packages import it.
package assemblytest

import (
	"os"
	"path/filepath"
	"testing"

	"annex/local/assembly"
)

// Stack reads a cloud assembly of one stack in the environment, such as
// aws://111111111111/eu-west-1. The resources are the object of that name in
// its template, as JSON.
func Stack(t testing.TB, name, environment, resources string) *assembly.Assembly {
	t.Helper()
	dir := t.TempDir()
	for file, content := range map[string]string{
		"manifest.json": `{"artifacts":{"` + name + `":{"type":"aws:cloudformation:stack","environment":"` + environment + `",
			"properties":{"templateFile":"template.json"}}}}`,
		"template.json": `{"Resources":` + resources + `}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a, err := assembly.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	return a
}
