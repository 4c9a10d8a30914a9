package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"
)

// An index finds the products of a catalogue by the words in them. It does not change once it is made.
type index struct {
	products   []json.RawMessage // as the catalogue has them, and in its order
	vocabulary []entry
}

// An entry is a word of the catalogue, folded, and where it occurs.
type entry struct {
	word        []rune
	occurrences []occurrence
}

// An occurrence says that a product has a word in a field.
type occurrence struct {
	product int // position in index.products
	field   field
}

// A field is a part of a product that is searched. The more a word in it says about the product, the smaller it is.
type field int

const (
	nameField field = iota
	categoryField
	descriptionField
)

// newIndex reads a catalogue, {"products":[…]}. Of a product it needs an id, which no other product has, and a name,
// and it knows a category and a description; whatever else a product has is answered as it is.
func newIndex(catalogue []byte) (*index, error) {
	if !utf8.Valid(catalogue) {
		return nil, errors.New("the catalogue is not valid UTF-8")
	}
	var document struct {
		Products []json.RawMessage `json:"products"`
	}
	if err := json.Unmarshal(catalogue, &document); err != nil {
		return nil, fmt.Errorf("the catalogue is not the JSON of one: %w", err)
	}
	if document.Products == nil {
		return nil, errors.New(`the catalogue has no list of products: it should be {"products":[…]}`)
	}

	made := &index{products: document.Products}
	ids := map[string]int{}
	entries := map[string]int{} // position in made.vocabulary
	for at, raw := range document.Products {
		var product struct {
			ID          string `json:"id"`
			Name        string `json:"name"`
			Category    string `json:"category"`
			Description string `json:"description"`
		}
		if err := json.Unmarshal(raw, &product); err != nil {
			return nil, fmt.Errorf("product %d of the catalogue: %w", at+1, err)
		}
		if product.ID == "" || product.Name == "" {
			return nil, fmt.Errorf("product %d of the catalogue (id %q) needs an id and a name", at+1, product.ID)
		}
		if other, taken := ids[product.ID]; taken {
			return nil, fmt.Errorf("products %d and %d of the catalogue have the same id %q", other+1, at+1, product.ID)
		}
		ids[product.ID] = at

		for in, text := range []string{nameField: product.Name, categoryField: product.Category, descriptionField: product.Description} {
			for _, word := range words(text) {
				entryAt, known := entries[word]
				if !known {
					entryAt = len(made.vocabulary)
					entries[word] = entryAt
					made.vocabulary = append(made.vocabulary, entry{word: []rune(word)})
				}
				found := &made.vocabulary[entryAt]
				found.occurrences = append(found.occurrences, occurrence{product: at, field: field(in)})
			}
		}
	}
	return made, nil
}

// search finds the products that have every one of the words, folded, or something like it, best first, and at most
// limit of them: those with the fewest edits, then those with the fewest prefixes, then those that have the words in
// their names, then in their categories, and then as the catalogue has them.
func (x *index) search(words []string, limit int) []json.RawMessage {
	var costs map[int]int // by product
	for _, word := range words {
		found := x.find([]rune(word))
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
			break // no other word brings a product back
		}
	}

	type hit struct{ product, cost int }
	hits := make([]hit, 0, len(costs))
	for product, cost := range costs {
		hits = append(hits, hit{product, cost})
	}
	slices.SortFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.cost, b.cost), cmp.Compare(a.product, b.product))
	})
	best := make([]json.RawMessage, 0, limit)
	for _, hit := range hits[:min(limit, len(hits))] {
		best = append(best, x.products[hit.product])
	}
	return best
}

// find gives the products that have the word, or something like it, each with the cost of its best occurrence.
func (x *index) find(word []rune) map[int]int {
	costs := map[int]int{}
	for _, entry := range x.vocabulary {
		matched, ok := match(word, entry.word)
		if !ok {
			continue
		}
		for _, at := range entry.occurrences {
			cost := matched + int(at.field)
			if known, ok := costs[at.product]; !ok || cost < known {
				costs[at.product] = cost
			}
		}
	}
	return costs
}

// first gives the first products of the catalogue, at most limit.
func (x *index) first(limit int) []json.RawMessage {
	return x.products[:min(limit, len(x.products))]
}
