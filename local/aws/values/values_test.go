package values

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestValuesAsADeveloperWritesThem(t *testing.T) {
	got, err := Parse([]byte(`{
  "secrets": {
    "shop/payment": "the \"secret\"",
    "shop/database": {
      "user": "shop", "password": "a b"
    }
  },
  "parameters": {"/shop/free-shipping": "5000"}
}`))
	if err != nil {
		t.Fatal(err)
	}
	want := Values{
		Secrets:    map[string]string{"shop/payment": `the "secret"`, "shop/database": `{"user":"shop","password":"a b"}`},
		Parameters: map[string]string{"/shop/free-shipping": "5000"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("(-want +got):\n", diff)
	}
}

const hidden = "p4ssw0rd"

func TestMistakesAreNamedWithTheirLine(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"empty", "", "1: it is not JSON: unexpected end of JSON input"},
		{"cut off", "{\n\"secrets\": {\n\"a\": \"" + hidden, "3: it is not JSON: unexpected end of JSON input"},
		{"a comma too many", "{\"secrets\": {\n\"a\": \"" + hidden + "\",\n}}", "3: it is not JSON: invalid character '}' looking for beginning of object key string"},
		{"a comma missing", "{\"secrets\": {\n\"a\": \"" + hidden + "\"\n\"b\": \"x\"}}", "3: it is not JSON: invalid character '\"' after object key:value pair"},
		{"two objects", "{}\n{}", "2: it is not JSON: invalid character '{' after top-level value"},
		{"a list", "[]", `1: want an object of "secrets" and "parameters"`},
		{"null", "null", `1: want an object of "secrets" and "parameters"`},
		{"another kind", "{\"secrets\": {},\n\"secret\": {}}", `2: "secret" is not known: want "secrets" and "parameters"`},
		{"no names", "{\n\"secrets\": \"" + hidden + "\"}", `2: "secrets": want an object of names and values`},
		{"a kind twice", "{\"secrets\": {},\n\"secrets\": {}}", `2: "secrets" is there twice`},
		{"a name twice", "{\"secrets\": {\n\"a\": \"x\",\n\"a\": \"y\"}}", `3: "a" is there twice`},
		{"a number", "{\"secrets\": {\n\"a\": 4815162342}}", `2: secrets "a": want a string, or an object for a secret with several fields`},
		{"a list of secrets", "{\"secrets\": {\n\"a\": [\"" + hidden + "\"]}}", `2: secrets "a": want a string, or an object for a secret with several fields`},
		{"a parameter's number", "{\"parameters\": {\n\"a\":\n4815162342}}", `2: parameters "a": want a string, as a parameter's value is one: 5000 is "5000", and a list "a,b"`},
		{"a parameter's object", "{\"parameters\": {\n\"a\": {\"x\": \"" + hidden + "\"}}}", `2: parameters "a": want a string, as a parameter's value is one: 5000 is "5000", and a list "a,b"`},
		{"no value", "{\"parameters\": {\n\"a\": \"\"}}", `2: parameters "a": it is empty, which no value may be`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse([]byte(test.text))
			if err == nil || err.Error() != test.want {
				t.Errorf("error is %v\nwant     %s", err, test.want)
			}
		})
	}
}

func TestReadingAFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "values.json")
	if v, err := Read(file); err != nil || len(v.Secrets)+len(v.Parameters) > 0 || !v.Modified.IsZero() {
		t.Errorf("without a file: %+v, %v", v, err)
	}
	if err := os.WriteFile(file, []byte(`{"secrets": {"a": "b"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if v, err := Read(file); err != nil || v.Secrets["a"] != "b" || v.Modified.IsZero() {
		t.Errorf("with one: %+v, %v", v, err)
	}
	if err := os.WriteFile(file, []byte("{\n["), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(file); err == nil || !strings.HasPrefix(err.Error(), file+":2: it is not JSON: ") {
		t.Errorf("with a mistake: %v", err)
	}
	if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("with a folder: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`{"secrets": {"a": {"b": 1}}, "parameters": {"c": "d"}}`)
	f.Add(`{"secrets": {"a": "b", "a": ""}}`)
	f.Fuzz(func(t *testing.T, text string) {
		v, err := Parse([]byte(text))
		if err != nil {
			return
		}
		for _, kind := range []map[string]string{v.Secrets, v.Parameters} {
			for name, value := range kind {
				if value == "" {
					t.Errorf("%q is empty in %s", name, text)
				}
			}
		}
	})
}
