package aws

import (
	"archive/zip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"annex/local/aws/objects"
)

// deployment is a Custom::CDKBucketDeployment of the sources to the site.
func deployment(sources, more string) string {
	return `,"Deployment": {"Type": "Custom::CDKBucketDeployment", "Metadata": {"aws:cdk:path": "shop/Deployment"}, "Properties": {
		"ServiceToken": "arn", "SourceBucketNames": ["assets"], "SourceObjectKeys": [` + sources + `],
		"DestinationBucketName": {"Ref": "Site"}, "WaitForDistributionInvalidation": true, "OutputObjectKeys": true` + more + `}}`
}

type assets = map[string]map[string]string

// deployOnce reads an assembly and runs its deployments, as a start does, and
// returns what ran and what the site's bucket then holds.
func deployOnce(t testing.TB, store *objects.Store, resources string, files assets) (ran []Deployed, keys []string) {
	t.Helper()
	config, notices, err := Read(assemble(t, resources, files))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range notices {
		if strings.Contains(n.String(), "Deployment") {
			t.Errorf("notice %s", n)
		}
	}
	if ran, err = deploy(t.Context(), store, config.Deployments); err != nil {
		t.Fatal(err)
	}
	return ran, store.Keys(siteName, "")
}

func siteStore(t testing.TB) *objects.Store {
	t.Helper()
	store, err := objects.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := store.CreateBucket(siteName); err != nil {
		t.Fatal(err)
	}
	return store
}

func headersOf(t testing.TB, store *objects.Store, key string) map[string]string {
	t.Helper()
	o, err := store.HeadObject(siteName, key)
	if err != nil {
		t.Fatal(err)
	}
	return o.Metadata
}

func contentOf(t testing.TB, store *objects.Store, key string) string {
	t.Helper()
	o, err := store.GetObject(siteName, key, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Contents.Close() //nolint:errcheck // only read
	data, err := io.ReadAll(o.Contents)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestADeploymentRunsWhenItChanged(t *testing.T) {
	store := siteStore(t)
	v1 := shop + deployment(`"v1"`, `,"DistributionId": "E1"`)
	ran, keys := deployOnce(t, store, v1, assets{"v1": {"index.html": "1", "js/app.js": "1", "old.html": "1"}})
	want := []Deployed{{Resource: "shop/Deployment (Custom::CDKBucketDeployment)", Bucket: siteName, Uploaded: 3, DistributionID: "E1", Paths: []string{"/*"}}}
	if diff := cmp.Diff(want, ran); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"index.html", "js/app.js", "old.html"}, keys); diff != "" {
		t.Error(diff)
	}

	// Somebody uploads a newer page, and local mode is started again.
	if _, err := store.Put(siteName, "index.html", nil, strings.NewReader("uploaded"), nil); err != nil {
		t.Fatal(err)
	}
	if ran, _ := deployOnce(t, store, v1, assets{"v1": {"index.html": "1"}}); len(ran) != 0 {
		t.Errorf("nothing changed, and %v ran", ran)
	}
	if content := contentOf(t, store, "index.html"); content != "uploaded" {
		t.Errorf("the page is %q: the restart overwrote it", content)
	}

	// The site is edited: its asset has another key.
	ran, keys = deployOnce(t, store, strings.Replace(v1, `"v1"`, `"v2"`, 1), assets{"v2": {"index.html": "2", "js/app.js": "2"}})
	if len(ran) != 1 || ran[0].Uploaded != 2 || ran[0].Removed != 1 {
		t.Errorf("after an edit %v ran: want 2 uploads and 1 removal", ran)
	}
	if diff := cmp.Diff([]string{"index.html", "js/app.js"}, keys); diff != "" {
		t.Error(diff)
	}
	if content := contentOf(t, store, "index.html"); content != "2" {
		t.Errorf("the page is %q after an edit", content)
	}

	// Its options change.
	ran, _ = deployOnce(t, store, shop+deployment(`"v2"`, `,"SystemMetadata": {"cache-control": "no-cache"}`), assets{"v2": {"index.html": "2"}})
	if len(ran) != 1 || headersOf(t, store, "index.html")["Cache-Control"] != "no-cache" {
		t.Errorf("after another Cache-Control %v ran", ran)
	}
}

func TestADeploymentDoesWhatItsPropertiesSay(t *testing.T) {
	for _, c := range []struct {
		name, sources, more string
		files               assets
		there               []string // before
		want                []string
	}{
		{"prune removes what is in no source", `"a"`, ``, assets{"a": {"x": ""}}, []string{"old", "sub/old"}, []string{"x"}},
		{"without prune the rest stays", `"a"`, `,"Prune": false`, assets{"a": {"x": ""}}, []string{"old"}, []string{"old", "x"}},
		{"a prefix", `"a"`, `,"DestinationBucketKeyPrefix": "docs"`, assets{"a": {"x": ""}}, []string{"old", "docs/old", "docs-old"}, []string{"docs-old", "docs/x", "old"}},
		{"the prefix / is none", `"a"`, `,"DestinationBucketKeyPrefix": "/"`, assets{"a": {"x": ""}}, nil, []string{"x"}},
		{"what is excluded is neither uploaded nor removed", `"a"`, `,"Exclude": ["*.map", "old"]`, assets{"a": {"x": "", "js/x.map": ""}}, []string{"old", "gone"}, []string{"old", "x"}},
		{"an inclusion wins over an exclusion", `"a"`, `,"Exclude": ["*"], "Include": ["*.html"]`, assets{"a": {"x.html": "", "y": ""}}, []string{"old.html", "old"}, []string{"old", "x.html"}},
		{"several sources", `"a", "b"`, `,"SourceMarkers": [{}, {}]`, assets{"a": {"x": ""}, "b": {"y/z": ""}}, nil, []string{"x", "y/z"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			store := siteStore(t)
			for _, key := range c.there {
				if _, err := store.Put(siteName, key, nil, strings.NewReader(""), nil); err != nil {
					t.Fatal(err)
				}
			}
			_, keys := deployOnce(t, store, shop+deployment(c.sources, c.more), c.files)
			if diff := cmp.Diff(c.want, keys); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDeployedObjectsHaveTypesAndMetadata(t *testing.T) {
	store := siteStore(t)
	deployOnce(t, store, shop+deployment(`"a"`, `,"SystemMetadata": {"cache-control": "public, max-age=0"}, "UserMetadata": {"Team": "shop"}`),
		assets{"a": {"index.html": "", "font.woff2": ""}})
	headers := headersOf(t, store, "index.html")
	got := []string{headers["Content-Type"], headers["Cache-Control"], headers["X-Amz-Meta-team"], headersOf(t, store, "font.woff2")["Content-Type"]}
	if diff := cmp.Diff([]string{"text/html", "public, max-age=0", "shop", "binary/octet-stream"}, got); diff != "" {
		t.Errorf("%s of %v", diff, headers)
	}
	deployOnce(t, store, shop+deployment(`"a"`, `,"SystemMetadata": {"content-type": "text/plain; charset=utf-8"}`), assets{"a": {"index.html": ""}})
	if got := headersOf(t, store, "index.html")["Content-Type"]; got != "text/plain; charset=utf-8" {
		t.Errorf("Content-Type %q, want the deployment's own", got)
	}
}

func TestMarkersAreReplaced(t *testing.T) {
	store := siteStore(t)
	deployOnce(t, store, shop+deployment(`"a", "b", "c"`, `,
		"SourceMarkers": [{}, {"<<one>>": {"Ref": "Carts"}, "<<two>>": "say \"x\""}, {"<<two>>": "say \"x\""}],
		"SourceMarkersConfig": [{}, {}, {"jsonEscape": "true"}]`),
		assets{"a": {"a.txt": "<<one>>"}, "b": {"b.txt": "<<one>> and <<two>> and <<one>>"}, "c": {"c.json": `{"two":"<<two>>"}`}})
	for key, want := range map[string]string{
		"a.txt":  "<<one>>",
		"b.txt":  `shop-Carts and say "x" and shop-Carts`,
		"c.json": `{"two":"say \"x\""}`,
	} {
		if got := contentOf(t, store, key); got != want {
			t.Errorf("%s is %s, want %s", key, got, want)
		}
	}
}

func TestArchivesAreExtractedOrNot(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "site.zip")
	archive, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(archive)
	for _, name := range []string{"index.html", "js/", "js/app.js"} {
		entry, err := w.Create(name)
		if err == nil && !strings.HasSuffix(name, "/") {
			_, err = io.WriteString(entry, "<<x>>")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), archive.Close()); err != nil {
		t.Fatal(err)
	}
	for extract, want := range map[bool][]string{true: {"index.html", "js/app.js"}, false: {"site.zip"}} {
		store := siteStore(t)
		d := Deployment{ID: "d", Bucket: siteName, Extract: extract, Sources: []Source{{File: file, Name: "site.zip", Markers: []Marker{{"<<x>>", "y"}}}}}
		if _, err := deploy(t.Context(), store, []Deployment{d}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, store.Keys(siteName, "")); diff != "" {
			t.Error(diff)
		}
		if extract && contentOf(t, store, "index.html") != "y" {
			t.Error("the marker is not replaced")
		}
	}
}

func TestADeploymentThatFailsRunsAgain(t *testing.T) {
	store := siteStore(t)
	d := Deployment{ID: "d", Resource: "Deployment", Bucket: siteName, Extract: true, Hash: "1", Sources: []Source{{File: filepath.Join(t.TempDir(), "none")}}}
	if _, err := deploy(t.Context(), store, []Deployment{d}); err == nil || !strings.Contains(err.Error(), "Deployment: deploy to s3://shop-site/") {
		t.Errorf("error %v: want one that names the deployment", err)
	}
	d.Sources[0].File = t.TempDir()
	if ran, err := deploy(t.Context(), store, []Deployment{d}); err != nil || len(ran) != 1 {
		t.Errorf("after a failure %v ran, %v", ran, err)
	}
}
