package searchindex

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Words splits text into its words, folded so that neither case nor diacritics tell two of them apart: "Crème
// Brûlée" gives "creme" and "brulee". A word is a run of letters and digits; apostrophes count for nothing, so that
// "baker's" is found as "bakers".
func Words(text string) []string {
	var found []string
	var word strings.Builder
	for _, r := range norm.NFKD.String(text) { // a letter and its diacritics become runes of their own
		switch {
		case unicode.IsMark(r) || r == '\'' || r == '’' || r == 'ʼ':
		case unicode.IsLetter(r) || unicode.IsNumber(r):
			word.WriteString(fold(r))
		case word.Len() > 0:
			found = append(found, word.String())
			word.Reset()
		}
	}
	if word.Len() > 0 {
		found = append(found, word.String())
	}
	return found
}

// fold is a letter as shoppers without its key type it.
func fold(r rune) string {
	// By way of the upper case, since some lower-case letters (ς, ſ, ı) differ only until then.
	r = unicode.ToLower(unicode.ToUpper(r))
	switch r { // Unicode does not decompose these
	case 'ß':
		return "ss"
	case 'æ':
		return "ae"
	case 'œ':
		return "oe"
	case 'ø':
		return "o"
	case 'đ', 'ð':
		return "d"
	case 'ł':
		return "l"
	case 'þ':
		return "th"
	}
	return string(r)
}
