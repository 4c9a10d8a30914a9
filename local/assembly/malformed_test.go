package assembly

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadNamesTheFileThatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		file, text string // no text: no file
		want       string
	}{
		"no template":             {"shop.template.json", "", "shop.template.json: no such file"},
		"no asset manifest":       {"shop.assets.json", "", "shop.assets.json: no such file"},
		"an asset manifest":       {"shop.assets.json", `{"files":[]}`, "shop.assets.json: "},
		"a manifest":              {"manifest.json", `{"artifacts":[]}`, "manifest.json: "},
		"a manifest that is cut":  {"manifest.json", `{"artifacts":{"shop"`, "manifest.json: unexpected end"},
		"a manifest with no file": {"manifest.json", `{"artifacts":{"shop":{"type":"aws:cloudformation:stack","environment":"aws://1/eu-west-1"}}}`, "stack shop has no template"},
		"no environment":          {"manifest.json", `{"artifacts":{"shop":{"type":"aws:cloudformation:stack"}}}`, "stack shop has no account and region"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := write(t, `{"Resources":{}}`)
			file := filepath.Join(dir, c.file)
			err := os.WriteFile(file, []byte(c.text), 0o600)
			if c.text == "" {
				err = os.Remove(file)
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want an error of one line with %q", err, c.want)
			}
		})
	}
}

func TestAReferenceThatLeadsBackToItselfIsNamed(t *testing.T) {
	for name, resources := range map[string]string{
		"its own name":          `"A":{"Type":"AWS::S3::Bucket","Properties":{"BucketName":{"Ref":"A"}}}`,
		"by way of another":     `"A":{"Type":"AWS::S3::Bucket","Properties":{"BucketName":{"Fn::GetAtt":["B","Arn"]}}},"B":{"Type":"AWS::DynamoDB::Table","Properties":{"TableName":{"Fn::Sub":"x-${A}"}}}`,
		"in more than one part": `"A":{"Type":"AWS::S3::Bucket","Properties":{"BucketName":{"Fn::Join":["",[{"Ref":"A"},{"Ref":"A"},{"Ref":"A"},{"Ref":"A"}]]}}}`,
		"by an output":          `"A":{"Type":"AWS::S3::Bucket","Properties":{"BucketName":{"Fn::GetStackOutput":{"StackName":"shop","OutputName":"A"}}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			a, err := Read(write(t, `{"Resources":{"P":{"Type":"Test::Probe","Properties":{"Value":{"Ref":"A"}}},`+resources+`},"Outputs":{"A":{"Value":{"Ref":"A"}}}}`))
			if err != nil {
				t.Fatal(err)
			}
			var got struct{ Value string }
			_, err = a.Resources("Test::Probe")[0].Decode(&got)
			if err == nil || !strings.Contains(err.Error(), "leads back to itself") || !strings.Contains(err.Error(), "shop/P (Test::Probe): Value: ") {
				t.Errorf("got %q, %v", got.Value, err)
			}
		})
	}
}

func TestAnErrorSaysWhereItsResourceIs(t *testing.T) {
	r := probe(t, `5`)
	err := r.Stack.assembly.Located(errors.New(r.String() + ": Value: want a string"))
	want := "shop/Probe (Test::Probe): Value: want a string (" + r.Stack.Template + ", Probe)"
	if err.Error() != want || !strings.HasSuffix(r.Stack.Template, "shop.template.json") {
		t.Errorf("got %v, want %s", err, want)
	}
	other := errors.New("the port is taken")
	if got := r.Stack.assembly.Located(other); got != other { //nolint:errorlint // it is to be the very same
		t.Errorf("an error of no resource became %v", got)
	}
}

// FuzzResolve: whatever a template says, its values resolve or an error says
// why not; and what has no intrinsic function in it stays as it is.
func FuzzResolve(f *testing.F) {
	f.Add(`{"Fn::Join":["",["a",{"Ref":"R"}]]}`)
	f.Add(`{"Fn::Join":["",[{"Ref":"R"},{"Ref":"R"},{"Fn::GetAtt":["R","Arn"]}]]}`)
	f.Add(`{"Fn::Sub":["${a}${R.Arn}${!b}",{"a":[1]}]}`)
	f.Add(`{"Fn::Select":["1",{"Fn::Split":["",""]}]}`)
	f.Add(`{"Fn::GetAtt":{"Fn::GetAtt":[]}}`)
	f.Add(`{"Fn::GetStackOutput":{"StackName":"s","OutputName":"O"}}`)
	f.Fuzz(func(t *testing.T, text string) {
		var value any
		if json.Unmarshal([]byte(text), &value) != nil {
			t.Skip()
		}
		s := &Stack{Name: "s", Region: "eu-west-1", assembly: &Assembly{}, byID: map[string]*Resource{}}
		s.assembly.Stacks = []*Stack{s}
		r := &Resource{Stack: s, LogicalID: "R", Type: "AWS::S3::Bucket", properties: map[string]any{"BucketName": value}}
		s.byID["R"] = r
		s.outputs = map[string]any{"O": value}
		resolved := s.resolve(value)
		if !strings.Contains(text, `Ref`) && !strings.Contains(text, `Fn`) && !strings.Contains(text, `\u`) {
			before, _ := json.Marshal(value)
			if after, _ := json.Marshal(resolved); string(after) != string(before) {
				t.Errorf("%s became %s", before, after)
			}
		}
		// A name that does not resolve is no name: whoever refers to it is told.
		name, err := r.reference()
		if text, wrong := scalar(resolved); wrong == nil && err == nil && name != text {
			t.Errorf("the name %q is referred to as %q", text, name)
		}
		if err == nil && r.Ref() != name {
			t.Errorf("%q and %q are one reference", r.Ref(), name)
		}
	})
}
