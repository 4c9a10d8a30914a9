package searchindex

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
)

const shop = `{
  "note": "the catalogue may have more",
  "products": [
    {"id": "enamel-mug", "name": "Enamel mug", "category": "Kitchen", "description": "A mug of <b>enamel</b>.", "price": {"amount": 1450}},
    {"id": "dishes", "name": "Crème brûlée dishes", "new": true},
    {
      "id": "rack", "name": "Rack", "category": "Kitchen",
      "description": "For a mug."
    }
  ]
}`

var source = Source{Key: "catalogue/products.json", Version: "v1", ETag: "\"e\"", Uploaded: time.Date(2026, 11, 22, 13, 10, 44, 0, time.UTC)}

func build(t *testing.T, catalogue string) []byte {
	t.Helper()
	var index bytes.Buffer
	if _, err := Build(&index, strings.NewReader(catalogue), source); err != nil {
		t.Fatal(err)
	}
	return index.Bytes()
}

func TestIndexIsWhatThePackageSays(t *testing.T) {
	want := `{"format":1,"source":{"key":"catalogue/products.json","version":"v1","etag":"\"e\"","uploaded":"2026-11-22T13:10:44Z"},"products":[
{"id":"enamel-mug","name":"Enamel mug","category":"Kitchen","description":"A mug of <b>enamel</b>.","price":{"amount":1450}},
{"id":"dishes","name":"Crème brûlée dishes","new":true},
{"id":"rack","name":"Rack","category":"Kitchen","description":"For a mug."}
],"words":{
"a":[2,10],
"b":[2],
"brulee":[4],
"creme":[4],
"dishes":[4],
"enamel":[0],
"for":[10],
"kitchen":[1,9],
"mug":[0,10],
"of":[2],
"rack":[8]
}}
`
	if diff := cmp.Diff(want, string(build(t, shop))); diff != "" {
		t.Errorf("index (-want +got):\n%s", diff)
	}
}

func TestIndexIsReadAsItWasBuilt(t *testing.T) {
	for name, catalogue := range map[string]string{"the shop": shop, "no products": `{"products": []}`, "no words": `{"products":[{"id":"-","name":"-"}]}`} {
		t.Run(name, func(t *testing.T) {
			object := build(t, catalogue)
			index, err := Read(object)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(source, index.Source); diff != "" {
				t.Errorf("source (-want +got):\n%s", diff)
			}
			// As any version reads it that knows nothing of the format.
			var plain struct{ Products []json.RawMessage }
			if err := json.Unmarshal(object, &plain); err != nil {
				t.Fatalf("it is no JSON: %v\n%s", err, object)
			}
			if diff := cmp.Diff(len(plain.Products), len(index.Products)); diff != "" {
				t.Fatalf("products (-JSON +read):\n%s", diff)
			}
			for i := range plain.Products {
				if diff := cmp.Diff(string(plain.Products[i]), string(index.Products[i])); diff != "" {
					t.Errorf("product %d (-JSON +read):\n%s", i, diff)
				}
			}
		})
	}
}

// What other versions wrote, or people, finds what this version's finds.
func TestIndexOfAnotherFormatIsBuiltAnew(t *testing.T) {
	want, err := Read(build(t, shop))
	if err != nil {
		t.Fatal(err)
	}
	want.Source = Source{}
	for name, object := range map[string]string{
		"the catalogue itself":     shop,
		"a later format":           strings.Replace(string(build(t, shop)), `"format":1`, `"format":2`, 1),
		"a later format elsewhere": `{"format":7,"words":"elsewhere","products":` + shop[strings.Index(shop, "["):],
		"this one, by an editor":   strings.Replace(string(build(t, shop)), `,"products":[`, ",\n \"products\": [", 1),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Read([]byte(object))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(Index{})); diff != "" {
				t.Errorf("index (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDamagedIndexIsRefused(t *testing.T) {
	whole := string(build(t, shop))
	for name, object := range map[string]string{
		"cut off in the products":  whole[:strings.Index(whole, `{"id":"rack"`)],
		"cut off in the words":     whole[:strings.Index(whole, `"mug"`)],
		"cut off at the end":       strings.TrimSuffix(whole, "\n"),
		"an unknown product":       strings.Replace(whole, `[0,10]`, `[0,14]`, 1),
		"an unknown field":         strings.Replace(whole, `[0,10]`, `[0,11]`, 1),
		"a number without end":     strings.Replace(whole, `[0,10]`, `[0,99999999999999999999]`, 1),
		"no number":                strings.Replace(whole, `[0,10]`, `[0,,10]`, 1),
		"a negative number":        strings.Replace(whole, `[0,10]`, `[0,-10]`, 1),
		"something for a word":     strings.Replace(whole, `"mug":[0,10]`, `"mug"`, 1),
		"a word that is no text":   strings.Replace(whole, `"mug":`, "\"m\xffg\":", 1),
		"a word without letters":   strings.Replace(whole, `"mug":`, `"":`, 1),
		"a word without quotes":    strings.Replace(whole, `"mug":`, `mug":`, 1),
		"something for a product":  strings.Replace(whole, `{"id":"rack"`, `"id":"rack"`, 1),
		"something after products": strings.Replace(whole, `],"words":{`, `],"more":{`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			if whole == object {
				t.Fatal("nothing is damaged")
			}
			if index, err := Read([]byte(object)); err == nil || !strings.Contains(err.Error(), "upload the catalogue again") {
				t.Errorf("read %v, error %v", index, err)
			}
		})
	}
}

// What is in an index's place may be anything, and the function that reads it has the memory for one more index.
func TestDamagedIndexTakesNoMemory(t *testing.T) {
	head, words, _ := strings.Cut(string(build(t, shop)), "\n")
	const size = 8 << 20
	for name, object := range map[string]string{
		"lines without products": head + strings.Repeat("\n", size) + words,
		"lines without words":    head + "\n],\"words\":{" + strings.Repeat("\n", size),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Read([]byte(object)) // copies it
		runtime.ReadMemStats(&after)
		if taken := after.TotalAlloc - before.TotalAlloc; taken > 2*size {
			t.Errorf("%s, read with the error %v, take %d bytes", name, err, taken)
		}
	}
}

func TestSourceIsInTheFirstLine(t *testing.T) {
	object := build(t, shop)
	line := object[:bytes.IndexByte(object, '\n')+1]
	if got := HeadOf(line); got != (Head{Format, source}) {
		t.Errorf("the head is %+v", got)
	}
	another := strings.NewReplacer(`"format":1`, `"format":2,"more":{}`).Replace(string(line))
	if got := HeadOf([]byte(another)); got != (Head{2, source}) {
		t.Errorf("the head of another format is %+v", got)
	}
	for name, begin := range map[string]string{"nothing": "", "a catalogue": shop, "half the line": string(line[:40])} {
		if got := HeadOf([]byte(begin)); got != (Head{}) {
			t.Errorf("%s has the head %+v", name, got)
		}
	}
}

func TestBrokenCataloguesAreRefusedWithTheirPlace(t *testing.T) {
	const two = "{\"products\":[\n {\"id\":\"a\",\"name\":\"A\"},\n "
	for name, test := range map[string]struct{ catalogue, want string }{
		"empty":            {"", `line 1, column 1: it ends here: want {"products":[…]}`},
		"another JSON":     {"\n[]", "line 2, column 1: it is no object"},
		"the wrong thing":  {"<html>", "line 1, column 1: it is no JSON: invalid character '<'"},
		"no list":          {"{}", "line 1, column 2: it has no list of products"},
		"null":             {"{\"a\":{},\n\"products\":null}", `line 2, column 15: "products" is no list`},
		"two lists":        {"{\"products\":[],\n\"products\":[]}", `line 2, column 10: there are "products" before`},
		"more behind":      {"{\"products\":[]}\n{}", "line 2, column 1: something comes after the catalogue"},
		"cut off":          {"{\"products\":[{\"id\":\"a\",\"name\":\"A\"}\n", "line 2, column 1: product 2: it ends here"},
		"cut off within":   {two + `{"id":"b","na`, "line 3, column 15: product 2: it ends here"},
		"a trailing comma": {two + `]}`, "line 3, column 2: product 2: it is no JSON: invalid character ']'"},
		"no comma":         {"{\"products\":[\n {\"id\":\"a\",\"name\":\"A\"}\n {\"id\":\"b\",\"name\":\"B\"}]}", "line 3, column 2: product 2"},
		"a broken product": {two + "{\"id\":\"b\",\n  \"name\":B}]}", `line 4, column 10: product 2 (id "b"): it is no JSON: invalid character 'B' looking for beginning of value`},
		"broken elsewhere": {"{\"products\":[],\n\"x\": 01}", "line 2, column 7: it is no JSON: invalid character '1'"},
		"invalid UTF-8":    {two + "{\"id\":\"b\",\"name\":\"\xff\"}]}", "line 3, column 20: product 2: it is not UTF-8 here"},
		"no id":            {two + `{"name":"B"}]}`, "line 3, column 2: product 2: it has no id: want one"},
		"no name":          {two + `{"id":"b"}]}`, `line 3, column 2: product 2 (id "b"): it has no name: want one`},
		"a wrong type":     {two + `{"id":"b","name":7}]}`, `line 3, column 19: product 2 (id "b"): name is a number: want text`},
		"the same id":      {two + `{"id":"a","name":"B"}]}`, `line 3, column 2: product 2 (id "a"): product 1 has this id, too`},
		"no product":       {two + `"b"]}`, `product 2: it is a string: want {"id":"…","name":"…"}`},
		"UTF-16":           {"\xff\xfe{\x00", "line 1, column 1: it is UTF-16: save it as UTF-8"},
		"a mark alone":     {byteOrderMark, "line 1, column 1: it ends here"},
		"behind a mark":    {byteOrderMark + "[]", "line 1, column 1: it is no object"},
		"nothing at all":   {two + `null]}`, "line 3, column 2: product 2: it has neither id nor name"},
	} {
		// Whether it comes at once or in the smallest pieces.
		for pieces, reader := range map[string]io.Reader{"at once": strings.NewReader(test.catalogue), "by the byte": iotest.OneByteReader(strings.NewReader(test.catalogue))} {
			t.Run(name+", "+pieces, func(t *testing.T) {
				_, err := Build(io.Discard, reader, source)
				wrong, ok := errors.AsType[*CatalogueError](err)
				if !ok || !strings.Contains(wrong.Error(), test.want) {
					t.Errorf("error is %v, want one with %s", err, test.want)
				}
			})
		}
	}
}

func TestByteOrderMarkIsNoPartOfACatalogue(t *testing.T) {
	for pieces, reader := range map[string]io.Reader{"at once": strings.NewReader(byteOrderMark + shop), "by the byte": iotest.OneByteReader(strings.NewReader(byteOrderMark + shop))} {
		var with, without bytes.Buffer
		_, err := Build(&with, reader, source)
		if _, plain := Build(&without, strings.NewReader(shop), source); err != nil || plain != nil || with.String() != without.String() {
			t.Errorf("%s: with a mark, %v, the index is\n%s\nwithout, %v,\n%s", pieces, err, &with, plain, &without)
		}
	}
}

// A catalogue that cannot be read is not a broken one.
func TestTroubleWithReadingAndWritingIsNotTheCatalogues(t *testing.T) {
	trouble := errors.New("connection reset")
	for name, err := range map[string]error{"an error": trouble, "less than was promised": io.ErrUnexpectedEOF} {
		cut := io.MultiReader(strings.NewReader(shop[:200]), iotest.ErrReader(err))
		if _, got := Build(io.Discard, cut, source); !errors.Is(got, err) || errors.As(got, new(*CatalogueError)) {
			t.Errorf("%s: error is %v", name, got)
		}
	}
	reader, writer := io.Pipe()
	_ = reader.CloseWithError(trouble)
	if _, err := Build(writer, strings.NewReader(shop), source); !errors.Is(err, trouble) || errors.As(err, new(*CatalogueError)) {
		t.Errorf("writing: error is %v", err)
	}
}

// The position of a byte is what counting would say.
func TestPositionsAreCounted(t *testing.T) {
	const text = "a\n\nbc\r\n\x80d\n"
	for _, reader := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text))} {
		p := &positions{text: reader}
		if _, err := io.ReadAll(p); err != nil {
			t.Fatal(err)
		}
		for offset := range len(text) + 1 {
			before := text[:offset]
			line, column := strings.Count(before, "\n")+1, offset-strings.LastIndexByte(before, '\n')
			if gotLine, gotColumn := p.at(int64(offset)); gotLine != line || gotColumn != column {
				t.Errorf("byte %d is in line %d, column %d, want %d, %d", offset, gotLine, gotColumn, line, column)
			}
		}
	}
}

// The catalogue that comes with the shop has an index.
func TestCatalogueOfTheShopIsIndexed(t *testing.T) {
	matches, err := os.ReadFile("../../../stacks/catalogue/products.json")
	if err != nil {
		t.Fatal(err)
	}
	built, err := Build(io.Discard, bytes.NewReader(matches), source)
	if err != nil || built.Products < 20 || built.Words < 100 {
		t.Errorf("built %+v, error %v", built, err)
	}
}

// Whatever is uploaded is refused as a catalogue, or makes an index that is read and that any JSON reader takes.
func FuzzBuild(f *testing.F) {
	for _, seed := range []string{shop, `{"products":[]}`, "{\"products\":[{\"id\":\"\u2028\",\"name\":\"<&>\\n\\ud800\"}],\"x\":[1,{}]}", `{"products":[{"id":1}`, "\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, catalogue []byte) {
		var object bytes.Buffer
		built, err := Build(&object, bytes.NewReader(catalogue), source)
		if err != nil {
			wrong, ok := errors.AsType[*CatalogueError](err)
			lines := bytes.Split(catalogue, []byte("\n"))
			if !ok || wrong.Line < 1 || wrong.Line > len(lines) || wrong.Column < 1 || wrong.Column > len(lines[wrong.Line-1])+1 {
				t.Fatalf("%q: %v", catalogue, err)
			}
			return
		}
		index, err := Read(object.Bytes())
		if err != nil || len(index.Products) != built.Products || index.Words != built.Words || index.Source != source {
			t.Errorf("%q makes %+v, and reads %+v, %v", catalogue, built, index, err)
		}
		if !json.Valid(object.Bytes()) {
			t.Errorf("%q makes no JSON: %q", catalogue, object.Bytes())
		}
	})
}

func FuzzRead(f *testing.F) {
	var object bytes.Buffer
	if _, err := Build(&object, strings.NewReader(shop), source); err != nil {
		f.Fatal(err)
	}
	f.Add(object.Bytes())
	f.Add([]byte(shop))
	f.Fuzz(func(t *testing.T, object []byte) {
		index, err := Read(object)
		if err != nil {
			return
		}
		for entry := range index.Vocabulary() {
			for at := range entry.Occurrences() {
				if at.Product < 0 || int(at.Product) >= len(index.Products) || at.Field > DescriptionField {
					t.Errorf("%q: %q occurs in %+v of %d products", object, string(entry.Word), at, len(index.Products))
				}
			}
		}
	})
}
