package main

import "slices"

// The costs of a match are so far apart that the sums over all words of a query never mix: any number of words found
// in a less telling field cost less than one prefix, any number of prefixes less than one synonym, and any number of
// those less than one edit.
const (
	prefixCost  = 1 << 16
	synonymCost = 1 << 28
	editCost    = 1 << 40
)

// match compares a term with a word of a product: with the word that was typed, or else with other words for the same
// thing. Those the shopper has neither begun nor mistyped, so they have to be there as they are.
func (t term) match(word []rune) (cost int, ok bool) {
	cost, ok = match(t.word, word)
	if ok && cost < synonymCost {
		return cost, true
	}
	if slices.ContainsFunc(t.synonyms, func(synonym []rune) bool { return slices.Equal(synonym, word) }) {
		return synonymCost, true
	}
	return cost, ok
}

// match compares a word of a query with a word of a product, both folded. A whole word costs nothing, a prefix (for the
// shopper may still be typing) prefixCost, and a near miss editCost for each edit.
func match(query, word []rune) (cost int, ok bool) {
	if len(query) <= len(word) && slices.Equal(query, word[:len(query)]) {
		if len(query) == len(word) {
			return 0, true
		}
		return prefixCost, true
	}
	most := allowedEdits(len(query))
	if most == 0 {
		return 0, false
	}
	needed := edits(query, word, most)
	return needed * editCost, needed <= most
}

// allowedEdits is how many edits away a near miss may be for a word of so many letters: in short words nearly every
// edit gives another word.
func allowedEdits(letters int) int {
	switch {
	case letters >= 8:
		return 2
	case letters >= 4:
		return 1
	default:
		return 0
	}
}

// edits is how many letters must be inserted, deleted, replaced or swapped with their neighbour to make one word of the
// other, no letter being edited twice (the optimal string alignment form of the Damerau–Levenshtein distance).
// Above most it is only known to be more than most.
func edits(a, b []rune, most int) int {
	if len(a)-len(b) > most || len(b)-len(a) > most {
		return most + 1
	}
	// Row i holds the edits between a[:i] and every b[:j]. Only three rows are needed at a time.
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, last, row = last, row, before
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replaced := last[j-1]
			if a[i-1] != b[j-1] {
				replaced++
			}
			row[j] = min(last[j]+1, row[j-1]+1, replaced)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		if slices.Min(row) > most {
			return most + 1
		}
	}
	return row[len(b)]
}
