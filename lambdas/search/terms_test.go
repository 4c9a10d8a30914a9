package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"annex/lambdas/internal/searchindex"
)

// languageOf reads files with these contents.
func languageOf(t *testing.T, stopWords, synonyms string) (language, error) {
	t.Helper()
	folder := t.TempDir()
	files := []string{filepath.Join(folder, "stopwords.txt"), filepath.Join(folder, "synonyms.txt")}
	for i, content := range []string{stopWords, synonyms} {
		if err := os.WriteFile(files[i], []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return readLanguage(files[0], files[1])
}

func TestQueriesFindProductsByTheLanguage(t *testing.T) {
	index, err := newIndex(catalogueOf(t, [][4]string{
		{"mug", "Enamel mug", "Kitchen", "For tea."},
		{"cup", "Cup", "Kitchen", "For the morning."},
		{"cupboard", "Cupboard", "Hall"},
		{"the", "The The", "Records", "Soul mining."},
		{"coach", "Coach", "Toys"},
		{"sofa", "Sofa", "Living room"},
		{"beaker", "Beaker", "Kitchen", "A cup without an ear."},
	}))
	if err != nil {
		t.Fatal(err)
	}
	language, err := languageOf(t, "# English\nthe a for\nof # and more\n", "mug, cup, Bécher beaker # what one drinks from\n\nsofa couch\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		rule, query string
		want        []string
	}{
		{"the word itself, then what begins with it, then its synonyms", "cup", []string{"cup", "beaker", "cupboard", "mug"}},
		{"the same the other way round", "mug", []string{"mug", "cup", "beaker"}},
		{"a synonym counts in the field that it is in", "becher", []string{"mug", "cup", "beaker"}},
		{"a word that is not typed to its end has no synonyms", "beak", []string{"beaker"}},
		{"nor has a near miss", "cups", []string{"cup", "beaker"}},
		{"synonyms come before near misses", "couch", []string{"sofa", "coach"}},
		{"stop words find nothing where other words do", "a mug for the tea", []string{"mug"}},
		{"but are looked for where there is nothing else", "the", []string{"the", "cup"}},
		{"also where there are several", "the for", []string{"cup"}},
	} {
		t.Run(test.rule, func(t *testing.T) {
			terms := language.terms(distinct(searchindex.Words(test.query)))
			if diff := cmp.Diff(test.want, idsOf(t, index.search(terms, maxLimit))); diff != "" {
				t.Errorf("%q finds (-want +got):\n%s", test.query, diff)
			}
		})
	}
}

// The files of the layer, with the catalogue of the shop.
func TestLanguageOfTheShop(t *testing.T) {
	language, err := readLanguage("../layers/words/stopwords.txt", "../layers/words/synonyms.txt")
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile("../../stacks/catalogue/products.json")
	if err != nil {
		t.Fatal(err)
	}
	index, err := newIndex(content)
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"a pan for the kitchen": "cast-iron-skillet", "serviettes": "linen-napkins", "a light to read by": "reading-lamp", "jotter": "dotted-notebook",
	} {
		if found := idsOf(t, index.search(language.terms(distinct(searchindex.Words(query))), 1)); len(found) == 0 || found[0] != want {
			t.Errorf("%q finds %v first, want %q", query, found, want)
		}
	}
}

func TestBrokenLanguageNamesFileAndLine(t *testing.T) {
	for name, test := range map[string]struct{ synonyms, want string }{
		"alone":         {"mug cup\n\nlamp # light\n", `synonyms.txt:3: "lamp" stands alone`},
		"the same word": {"mug Mug", `synonyms.txt:1: "mug" stands alone`},
		"two groups":    {"mug cup\ncup glass\n", `synonyms.txt:2: "cup" is in another group`},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := languageOf(t, "", test.synonyms); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want one with %s", err, test.want)
			}
		})
	}
	if _, err := readLanguage("/opt/none.txt", ""); err == nil || !strings.Contains(err.Error(), "layer") {
		t.Errorf("without the layer the error is %v", err)
	}
}
