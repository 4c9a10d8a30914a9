package main

import (
	"cmp"
	"encoding/json"
	"slices"

	"annex/lambdas/internal/searchindex"
)

// An index finds products by the words in them.
type index struct{ *searchindex.Index }

// search finds the products that have every one of the terms, or something like it, best first, and at most limit of
// them: those with the fewest edits, then those with the fewest synonyms, then those with the fewest prefixes, then
// those that have the words in their names, then in their categories, and then as the catalogue has them.
func (x index) search(terms []term, limit int) []json.RawMessage {
	var costs map[int32]int // by product
	for _, term := range terms {
		found := x.find(term)
		if costs != nil {
			for product, cost := range found {
				if sum, also := costs[product]; also {
					found[product] = sum + cost
				} else {
					delete(found, product)
				}
			}
		}
		costs = found
		if len(costs) == 0 {
			break // no other term brings a product back
		}
	}

	type hit struct {
		product int32
		cost    int
	}
	hits := make([]hit, 0, len(costs))
	for product, cost := range costs {
		hits = append(hits, hit{product, cost})
	}
	slices.SortFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.cost, b.cost), cmp.Compare(a.product, b.product))
	})
	best := make([]json.RawMessage, 0, limit)
	for _, hit := range hits[:min(limit, len(hits))] {
		best = append(best, x.Products[hit.product])
	}
	return best
}

// find gives the products that have the term, or something like it, each with the cost of its best occurrence.
func (x index) find(t term) map[int32]int {
	costs := map[int32]int{}
	var word []rune // in one place for all words
	for entry := range x.Vocabulary() {
		word = word[:0]
		for _, letter := range string(entry.Word) {
			word = append(word, letter)
		}
		matched, ok := t.match(word)
		if !ok {
			continue
		}
		for at := range entry.Occurrences() {
			cost := matched + int(at.Field)
			if known, ok := costs[at.Product]; !ok || cost < known {
				costs[at.Product] = cost
			}
		}
	}
	return costs
}

// first gives the first products of the catalogue, at most limit.
func (x index) first(limit int) []json.RawMessage {
	return x.Products[:min(limit, len(x.Products))]
}
