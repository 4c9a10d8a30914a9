package searchindex

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestWordsAreFolded(t *testing.T) {
	for text, want := range map[string][]string{
		"":                         nil,
		" -- ":                     nil,
		"Cast-iron skillet, 26 cm": {"cast", "iron", "skillet", "26", "cm"},
		"Crème Brûlée":             {"creme", "brulee"},
		"ΟΔΥΣΣΕΎΣ οδυσσεύς":        {"οδυσσευσ", "οδυσσευσ"},
		"Straße STRASSE":           {"strasse", "strasse"},
		"Łódź Ærø Þór œuvre":       {"lodz", "aero", "thor", "oeuvre"},
		"IŞIK ışık":                {"isik", "isik"},
		"ﬁsh ½ x²":                 {"fish", "1", "2", "x2"},
		"Ｆｕｌｌ　ｗｉｄｔｈ":               {"full", "width"},
		"don't don’t":              {"dont", "dont"},
		"抹茶 matcha":                {"抹茶", "matcha"},
	} {
		if diff := cmp.Diff(want, Words(text)); diff != "" {
			t.Errorf("words of %q (-want +got):\n%s", text, diff)
		}
	}
}

// Words hold nothing but folded letters and digits, so that splitting and folding them again changes nothing.
func FuzzWords(f *testing.F) {
	for _, seed := range []string{"Crème Brûlée", "ΟΔΥΣΣΕΎΣ", "Straße", "don’t", "a\u0300\u0301b", "\xff\xfe", "抹茶", "ﷺ ﬁ ½ K ſ İ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		found := Words(text)
		for _, word := range found {
			if word == "" || !utf8.ValidString(word) {
				t.Errorf("words of %q have %q", text, word)
			}
			for _, r := range word {
				if !unicode.IsLetter(r) && !unicode.IsNumber(r) {
					t.Errorf("words of %q have %q in %q", text, r, word)
				}
			}
		}
		if diff := cmp.Diff(found, Words(strings.Join(found, " "))); diff != "" {
			t.Errorf("words of the words of %q (-want +got):\n%s", text, diff)
		}
	})
}
