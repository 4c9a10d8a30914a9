package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"annex/local/apigateway"
	"annex/local/cloudfront"
	"annex/local/lambda"
	"annex/local/websocket"
)

// wrong are the values that take a property's place: each of JSON's types,
// references that lead nowhere, and, as no text, nothing at all.
var wrong = []string{
	``, `null`, `5`, `-1`, `1e300`, `true`, `""`, `"text"`, `[]`, `[null]`, `["text"]`, `{}`, `{"Text": "text"}`,
	`{"Ref": "Missing"}`, `{"Ref": 5}`, `{"Fn::GetAtt": ["Missing", "Arn"]}`, `{"Fn::Nonsense": "text"}`, `{"Fn::Join": "text"}`,
}

// FuzzMalformedTemplate puts a wrong value in one place of one resource of the
// stage dev. The system must be served all the same, or an error must say
// which template's file and which resource is wrong, in one line.
func FuzzMalformedTemplate(f *testing.F) {
	dir := snapshotAssembly(f, "dev")
	if err := readAndAsk(dir); err != nil {
		f.Fatal(err)
	}
	places := placesIn(f, dir)
	if len(places) < 1000 {
		f.Fatalf("the stage dev has %d places, want 1000 or more", len(places))
	}
	const stride = 29 // fuzzing tries the others, and each one reads all templates
	for i := range len(places) / stride {
		f.Add(uint(stride*i), wrong[i%len(wrong)])
	}
	f.Fuzz(func(t *testing.T, index uint, text string) {
		p := places[index%uint(len(places))]
		undo, ok := p.put(text)
		if !ok {
			t.Skip("no JSON")
		}
		sound, err := os.ReadFile(p.file)
		if err != nil {
			t.Fatal(err)
		}
		write(t, p.file, p.template)
		undo()
		defer os.WriteFile(p.file, sound, 0o600) //nolint:errcheck // the next one fails
		if err := readAndAsk(dir); err != nil && (strings.Contains(err.Error(), "\n") || !names(err, p)) {
			t.Errorf("%s: %s: %s is %s: want an error of one line with the file and the resource, got %v", p.file, p.resource, p.path, text, err)
		}
	})
}

// names says whether an error names a template's file and a resource in it,
// which may be one that refers to the place.
func names(err error, p place) bool {
	text := err.Error()
	if !strings.Contains(text, p.file) {
		return strings.Contains(text, filepath.Dir(p.file)+string(filepath.Separator)) // of a stack that refers to this one
	}
	for id := range p.template["Resources"].(map[string]any) {
		if strings.Contains(text, id) {
			return true
		}
	}
	return false
}

// place is somewhere in a resource of a template.
type place struct {
	file     string
	template map[string]any
	resource string // its logical ID
	path     string

	get    func() any
	set    func(any)
	remove func() // nil for an element of a list
}

// put puts other JSON in the place, or where there is no text takes away what
// is there.
func (p place) put(text string) (undo func(), ok bool) {
	before := p.get()
	undo = func() { p.set(before) }
	if text == "" {
		if p.remove == nil {
			return nil, false
		}
		p.remove()
		return undo, true
	}
	var value any
	if json.Unmarshal([]byte(text), &value) != nil {
		return nil, false
	}
	p.set(value)
	return undo, true
}

// placesIn are all places of an assembly's templates but metadata.
func placesIn(t testing.TB, dir string) []place {
	t.Helper()
	var places []place
	files, err := filepath.Glob(filepath.Join(dir, "*.template.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var template map[string]any
		if err := json.Unmarshal(text, &template); err != nil {
			t.Fatal(err)
		}
		resources := template["Resources"].(map[string]any)
		for _, id := range slices.Sorted(maps.Keys(resources)) {
			places = append(places, inside(place{file: file, template: template, resource: id}, resources[id])...)
		}
	}
	return places
}

// inside are the places in a value that is in a place.
func inside(outer place, v any) []place {
	var places []place
	add := func(name string, p place) {
		p.file, p.template, p.resource = outer.file, outer.template, outer.resource
		p.path = strings.TrimPrefix(outer.path+"."+name, ".")
		places = append(append(places, p), inside(p, p.get())...)
	}
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if name == "Metadata" {
				continue // it is CDK's own
			}
			add(name, place{get: func() any { return v[name] }, set: func(to any) { v[name] = to }, remove: func() { delete(v, name) }})
		}
	case []any:
		for i := range v {
			add(strconv.Itoa(i), place{get: func() any { return v[i] }, set: func(to any) { v[i] = to }})
		}
	}
	return places
}

func write(t testing.TB, file string, template any) {
	t.Helper()
	data, err := json.Marshal(template)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// readAndAsk reads an assembly, makes what serves it, and asks every host once.
func readAndAsk(dir string) error {
	p, err := read(dir)
	if err != nil {
		return err
	}
	functions := lambda.New(p.functions, lambda.Options{Binary: func(lambda.Function) (string, error) { return "", errors.New("not here") }})
	defer functions.Close()
	gateway := apigateway.New(p.gateway, functions, apigateway.Options{})
	for _, host := range gateway.Hosts() {
		gateway.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "http://"+host+"/", http.NoBody))
	}
	for _, d := range p.distributions {
		edge, err := cloudfront.New(d, func(*cloudfront.Origin) (http.RoundTripper, error) { return notServed("not here"), nil }, cloudfront.Options{})
		if err != nil {
			return err
		}
		for _, host := range edge.Hosts() {
			edge.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "http://"+host+"/", http.NoBody))
		}
	}
	sockets := websocket.New(websocket.Options{Invoker: functions})
	defer sockets.Close(context.Background())
	sockets.Update(p.sockets)
	for _, address := range p.sockets.Addresses() {
		sockets.SentTo("").ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "http://"+address, http.NoBody))
	}
	for _, rule := range p.events.Rules {
		rule.Pattern.MatchJSON([]byte(`{"source": "aws.s3", "detail": {"object": {"key": "catalogue/a.json"}}}`))
	}
	p.connectable(p.functions, "http://127.0.0.1:1")
	p.unserved()
	return nil
}

// objectKey is where a template says which asset it means.
var objectKey = regexp.MustCompile(`"([^"]+\.zip)"`)

// snapshotAssembly makes a cloud assembly of a stage's snapshots, with an
// empty folder for each asset.
func snapshotAssembly(t testing.TB, stage string) string {
	t.Helper()
	dir := t.TempDir()
	files, err := filepath.Glob(filepath.Join("..", "test", "snapshots", stage, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no snapshots of stage %s: %v", stage, err)
	}
	artifacts, assets := map[string]any{}, map[string]any{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		stack := strings.TrimSuffix(filepath.Base(file), ".json")
		environment := "aws://111111111111/eu-west-1"
		if bytes.Contains(text, []byte("AWS::CloudFront::Distribution")) {
			environment = "aws://111111111111/us-east-1"
		}
		artifacts[stack] = map[string]any{
			"type": "aws:cloudformation:stack", "environment": environment, "dependencies": []string{"assets"},
			"properties": map[string]any{"templateFile": stack + ".template.json"},
		}
		for _, key := range objectKey.FindAllSubmatch(text, -1) {
			assets[string(key[1])] = map[string]any{
				"source":       map[string]any{"path": "."},
				"destinations": map[string]any{"here": map[string]any{"objectKey": string(key[1])}},
			}
		}
		if err := os.WriteFile(filepath.Join(dir, stack+".template.json"), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	artifacts["assets"] = map[string]any{"type": "cdk:asset-manifest", "properties": map[string]any{"file": "assets.json"}}
	write(t, filepath.Join(dir, "assets.json"), map[string]any{"files": assets})
	write(t, filepath.Join(dir, "manifest.json"), map[string]any{"artifacts": artifacts})
	return dir
}
