// Package assemblytest makes small cloud assemblies for tests. Only tests of
// local's packages import it.
package assemblytest

import (
	"encoding/json"
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
	return WithAssets(t, name, environment, resources)
}

// WithAssets is a Stack that has file assets, whose keys in the bucket are their
// names in the assembly. Nothing makes the files themselves.
func WithAssets(t testing.TB, name, environment, resources string, assets ...string) *assembly.Assembly {
	t.Helper()
	dir := t.TempDir()
	type destination map[string]map[string]string
	files := map[string]map[string]any{}
	for _, asset := range assets {
		files[asset] = map[string]any{"source": map[string]string{"path": asset}, "destinations": destination{"current": {"objectKey": asset}}}
	}
	manifest, err := json.Marshal(map[string]any{"files": files})
	if err != nil {
		t.Fatal(err)
	}
	for file, content := range map[string]string{
		"manifest.json": `{"artifacts":{"` + name + `":{"type":"aws:cloudformation:stack","environment":"` + environment + `",
			"properties":{"templateFile":"template.json"},"dependencies":["assets"]},
			"assets":{"type":"cdk:asset-manifest","properties":{"file":"assets.json"}}}}`,
		"assets.json":   string(manifest),
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
