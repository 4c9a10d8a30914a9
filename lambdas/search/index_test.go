package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"annex/lambdas/internal/searchindex"
)

// shop is a small catalogue for the table below: id, name, category, description.
var shop = [][4]string{
	{"mug-rack", "Rack", "Kitchen", "Holds every mug you own."},
	{"muguet-soap", "Muguet soap", "Bath", "Lily of the valley."},
	{"enamel-mug", "Enamel mug", "Kitchen", "White with a blue rim."},
	{"mug-brush", "Brush", "Mug care", "For the stains of tea."},
	{"cafetiere", "Cafetière", "Coffee", "A French press."},
	{"creme-brulee-dishes", "Crème brûlée dishes", "Kitchen", "Four ramekins."},
	{"grasse-candle", "Große Kerze", "Candles", "From Kraków, for Ørsted's Smørrebrød."},
	{"boot-brush", "Boot brush", "Hall", "Keeps the mud out."},
	{"watering-can", "Watering can", "Garden", "Five litres."},
	{"terracotta-pots", "Terracotta pots", "Garden", "Three, nested."},
	{"bakers-peel", "Baker's peel", "Kitchen", "For bread & pizza, 40 cm."},
}

// catalogueOf writes products as the catalogue has them.
func catalogueOf(t *testing.T, products [][4]string) []byte {
	t.Helper()
	type product struct {
		ID          string `json:"id"`
		Name        string `json:"name"`
		Category    string `json:"category"`
		Description string `json:"description"`
	}
	document := map[string][]product{"products": {}}
	for _, p := range products {
		document["products"] = append(document["products"], product{p[0], p[1], p[2], p[3]})
	}
	content, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func newIndex(catalogue []byte) (index, error) {
	read, err := searchindex.Read(catalogue)
	return index{read}, err
}

// termsOf are those of a query without stop words and synonyms.
func termsOf(query string) []term { return language{}.terms(searchindex.Words(query)) }

func idsOf(t *testing.T, products []json.RawMessage) []string {
	t.Helper()
	ids := []string{}
	for _, raw := range products {
		var product struct{ ID string }
		if err := json.Unmarshal(raw, &product); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, product.ID)
	}
	return ids
}

func TestQueriesFindProducts(t *testing.T) {
	index, err := newIndex(catalogueOf(t, shop))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		rule  string
		query string
		want  []string
	}{
		{"whole words come before prefixes, and a name before a category before a description", "mug", []string{"enamel-mug", "mug-brush", "mug-rack", "muguet-soap"}},
		{"whole words come before near misses", "brush", []string{"mug-brush", "boot-brush"}},
		{"prefixes come before near misses", "boots", []string{"boot-brush"}},
		{"a prefix finds a word while it is typed", "wat", []string{"watering-can"}},
		{"a prefix finds any of the words", "wat ca", []string{"watering-can"}},
		{"all words must be found", "enamel brush", []string{}},
		{"the words may be in any order, and in any fields", "kitchen blue enamel", []string{"enamel-mug"}},
		{"four letters may have one edit", "moot", []string{"boot-brush"}},
		{"three letters may have none", "mog", []string{}},
		{"four letters may not have two", "mood", []string{}},
		{"seven letters may not have two", "anamell", []string{}},
		{"eight letters may have two edits", "watrrimg", []string{"watering-can"}},
		{"eight letters may not have three", "wadrrimg", []string{}},
		{"an added letter is one edit", "boott", []string{"boot-brush"}},
		{"a missing letter is one edit", "enmel", []string{"enamel-mug"}},
		{"a swap of neighbours is one edit", "enmael", []string{"enamel-mug"}},
		{"two swaps are two edits", "treracotat", []string{"terracotta-pots"}},
		{"a near miss in one word does not excuse a missing other", "enmael brush", []string{}},
		{"diacritics do not matter in the catalogue", "cafetiere", []string{"cafetiere"}},
		{"diacritics do not matter in the query", "énàmel", []string{"enamel-mug"}},
		{"case does not matter", "CRÈME Brulee", []string{"creme-brulee-dishes"}},
		{"a letter and a combining accent are one letter", "cre\u0300me", []string{"creme-brulee-dishes"}},
		{"letters that have no decomposition are spelt out", "grosse orsteds smorrebrod krakow", []string{"grasse-candle"}},
		{"an apostrophe does not split a word", "bakers", []string{"bakers-peel"}},
		{"nor does another apostrophe", "baker’s", []string{"bakers-peel"}},
		{"other signs do", "bread&pizza", []string{"bakers-peel"}},
		{"digits are words", "40", []string{"bakers-peel"}},
		{"a word given twice is found as if once", "enamel enamel", []string{"enamel-mug"}},
		{"signs alone find nothing", "☕ ?!", []string{}},
	} {
		t.Run(test.rule, func(t *testing.T) {
			if diff := cmp.Diff(test.want, idsOf(t, index.search(termsOf(test.query), maxLimit))); diff != "" {
				t.Errorf("%q finds (-want +got):\n%s", test.query, diff)
			}
		})
	}
}

func TestRanking(t *testing.T) {
	for name, test := range map[string]struct {
		query    string
		products [][4]string // in the order in which they are to be found
	}{
		"whole, prefix, one edit, two edits": {"lanterns", [][4]string{
			{"whole", "Lanterns"}, {"prefix", "Lanternshade"}, {"one", "Lantern"}, {"two", "Lanten"},
		}},
		"a whole word in the description before a prefix in the name": {"lamp", [][4]string{
			{"whole", "Reader", "Home", "A lamp."}, {"prefix", "Lampshade"},
		}},
		"a prefix in the description before a near miss in the name": {"lamp", [][4]string{
			{"prefix", "Reader", "Home", "With a lampshade."}, {"near", "Clamp"},
		}},
		"the fields of whole words": {"lamp", [][4]string{
			{"name", "Lamp"}, {"category", "Reader", "Lamp"}, {"description", "Reader", "Home", "Lamp"},
		}},
		"the fields of prefixes": {"lam", [][4]string{
			{"name", "Lamp"}, {"category", "Reader", "Lamp"}, {"description", "Reader", "Home", "Lamp"},
		}},
		"the fields of near misses": {"lanp", [][4]string{
			{"name", "Lamp"}, {"category", "Reader", "Lamp"}, {"description", "Reader", "Home", "Lamp"},
		}},
		"one edit before one edit and a prefix": {"brass lanp", [][4]string{
			{"edit", "Brass lamp"}, {"both", "Brasserie lamp"},
		}},
		"many prefixes before one edit": {"a b c d lamp", [][4]string{
			{"prefixes", "Lampshade", "aa bb", "cc dd"}, {"edit", "a b c d camp"},
		}},
		"the best of a product's matches counts": {"lamp", [][4]string{
			{"both", "Lampshade", "", "Fits a lamp"}, {"prefix", "Lampshade"},
		}},
		"ties as in the catalogue": {"lamp", [][4]string{
			{"z", "Lamp"}, {"a", "Lamp"}, {"m", "Lamp"}, {"b", "Lamp lamp"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var want []string
			for _, product := range test.products {
				want = append(want, product[0])
			}
			// Also with the catalogue turned round, so that its order is not what makes the ranking.
			turned := make([][4]string, 0, len(test.products))
			for i := range test.products {
				turned = append(turned, test.products[len(test.products)-1-i])
			}
			catalogues := [][][4]string{test.products, turned}
			if strings.HasPrefix(name, "ties") {
				catalogues = catalogues[:1]
			}
			for _, catalogue := range catalogues {
				index, err := newIndex(catalogueOf(t, catalogue))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, idsOf(t, index.search(termsOf(test.query), maxLimit))); diff != "" {
					t.Errorf("%q finds (-want +got):\n%s", test.query, diff)
				}
			}
		})
	}
}

func TestSearchGivesTheBestUpToTheLimit(t *testing.T) {
	var many [][4]string
	for n := range 100 {
		many = append(many, [4]string{fmt.Sprintf("lamp-%d", n), "Lamp"})
	}
	index, err := newIndex(catalogueOf(t, many))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"lamp-0", "lamp-1", "lamp-2"}
	if diff := cmp.Diff(want, idsOf(t, index.search(termsOf("lamp"), 3))); diff != "" {
		t.Errorf("search (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, idsOf(t, index.first(3))); diff != "" {
		t.Errorf("first (-want +got):\n%s", diff)
	}
}

// What a search allocates is mostly for the edits that it counts, so it tells how many words were looked for.
func TestSearchEndsWithTheFirstWordThatLeavesNothing(t *testing.T) {
	index, err := newIndex(catalogueOf(t, shop))
	if err != nil {
		t.Fatal(err)
	}
	allocated := func(query string) float64 {
		return testing.AllocsPerRun(10, func() { index.search(termsOf(query), maxLimit) }) - testing.AllocsPerRun(10, func() { termsOf(query) })
	}
	for name, test := range map[string]struct{ query, asMuchAs string }{
		"a word that nothing has":         {"xylophone watering terracotta", "xylophone"},
		"words that no product has both":  {"enamel brush watering terracotta", "enamel brush"},
		"nothing left after a third word": {"kitchen enamel brush watering", "kitchen enamel brush"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, want := allocated(test.query), allocated(test.asMuchAs); got != want {
				t.Errorf("%q takes %v allocations, want as many as %q, %v", test.query, got, test.asMuchAs, want)
			}
		})
	}
	if all, one := allocated("watering can"), allocated("watering"); all <= one {
		t.Errorf("a second word takes no allocations: with it %v, without %v", all, one)
	}
}

// The catalogue that is deployed is searched as its shoppers would.
func TestQueriesFindProductsOfTheShop(t *testing.T) {
	content, err := os.ReadFile("../../stacks/catalogue/products.json")
	if err != nil {
		t.Fatal(err)
	}
	index, err := newIndex(content)
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"mug": "enamel-mug", "enamle mug": "enamel-mug", "creme brulee": "creme-brulee-dishes", "smorgasbord": "smorgasbord-platter",
		"bamboo teapot": "stoneware-teapot", "secatuers": "secateurs", "papier mache": "papier-mache-tray", "cafetierre": "cafetiere",
	} {
		if got := idsOf(t, index.search(termsOf(query), 1)); len(got) != 1 || got[0] != want {
			t.Errorf("%q finds %v first, want %s", query, got, want)
		}
	}
}

// Whatever a product is called, its name finds it.
func FuzzSearch(f *testing.F) {
	for _, seed := range []string{"Crème brûlée dishes", "a a a", "Straße 40", "don’t", "抹茶", "\u0300", "ﷺ", "İ"} {
		f.Add(seed, 3)
	}
	f.Fuzz(func(t *testing.T, name string, limit int) {
		query := searchindex.Words(name)
		if len(query) == 0 || limit < 1 || limit > maxLimit || !utf8.ValidString(name) {
			t.Skip("no request that reaches search")
		}
		index, err := newIndex(catalogueOf(t, append([][4]string{{"fuzzed", name}}, shop...)))
		if err != nil {
			t.Fatal(err)
		}
		found := idsOf(t, index.search(language{}.terms(distinct(query)), limit))
		if len(found) == 0 || found[0] != "fuzzed" || len(found) > limit {
			t.Errorf("%q with limit %d finds %v", name, limit, found)
		}
	})
}
