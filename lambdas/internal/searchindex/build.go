package searchindex

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
)

// Built says how large an index is.
type Built struct{ Products, Words int }

// Build reads a catalogue and writes its index. It passes the products on as they come, and holds only the words and
// the ids. What is wrong with the catalogue is a *CatalogueError.
func Build(index io.Writer, text io.Reader, source Source) (Built, error) {
	b := &builder{index: index, words: map[string]*occurrences{}}
	from, err := json.Marshal(source)
	if err != nil {
		return Built{}, err
	}
	b.print(`{"format":%d,"source":%s,"products":[`, Format, from)
	if err := newCatalogue(text).each(b.add); err != nil {
		return Built{}, err
	}
	b.print("\n],\"words\":{")
	separator := "\n"
	for _, word := range slices.Sorted(maps.Keys(b.words)) {
		b.print(`%s"%s":[%s]`, separator, word, b.words[word].text) // letters and digits, none of which JSON escapes
		separator = ",\n"
	}
	b.print("\n}}\n")
	return Built{Products: b.products, Words: len(b.words)}, b.err
}

type builder struct {
	index    io.Writer
	err      error // of the first write that failed
	products int
	words    map[string]*occurrences
	compact  bytes.Buffer
}

// occurrences of a word, as the index has them.
type occurrences struct {
	text []byte
	last int // product
}

// add adds a product, on a line of its own.
func (b *builder) add(text json.RawMessage, p product) error {
	separator := ",\n"
	if b.products == 0 {
		separator = "\n"
	}
	b.compact.Reset()
	if err := json.Compact(&b.compact, text); err != nil {
		return err
	}
	b.print("%s%s", separator, b.compact.Bytes())

	number := b.products
	b.products++
	for field, text := range []string{NameField: p.Name, CategoryField: p.Category, DescriptionField: p.Description} {
		for _, word := range Words(text) {
			found, known := b.words[word]
			switch {
			case !known:
				found = &occurrences{}
				b.words[word] = found
			case found.last == number:
				continue // in a field that says more, or here before
			default:
				found.text = append(found.text, ',')
			}
			found.text = strconv.AppendInt(found.text, int64((number-found.last)*fields+field), 10)
			found.last = number
		}
	}
	return b.err
}

func (b *builder) print(format string, values ...any) {
	if b.err == nil {
		_, b.err = fmt.Fprintf(b.index, format, values...)
	}
}
