package searchindex

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"strings"
	"unicode/utf8"
)

// fields is by how much the number of an occurrence grows from one product to the next.
const fields = 4

// Read reads an index. One of another format, of this package's past or its future, or the plain catalogue that used to
// be in its place, is built anew from the products in it: that takes longer, and finds the same. The index keeps the
// object's memory, which must not change.
func Read(object []byte) (*Index, error) {
	if head := HeadOf(object); head.Format == Format {
		return read(object, head)
	}
	var built bytes.Buffer
	if _, err := Build(&built, bytes.NewReader(object), Source{}); err != nil {
		return nil, err
	}
	return read(built.Bytes(), Head{Format: Format})
}

// A Head is the first line of an index, of whatever format.
type Head struct {
	Format int    `json:"format"`
	Source Source `json:"source"`
}

// HeadOf reads the first line by the beginning of an index's object, which has to hold it. It is zero where there is none:
// that is no index.
func HeadOf(begin []byte) Head {
	line, _, found := bytes.Cut(begin, []byte("\n"))
	begin, is := bytes.CutSuffix(line, []byte(`,"products":[`))
	if !found || !is {
		return Head{}
	}
	var h Head
	if err := json.Unmarshal(append(bytes.Clone(begin), '}'), &h); err != nil {
		return Head{}
	}
	return h
}

// separator is between the products and the words.
const separator = "\n],\"words\":{\n"

// read reads an index of this format.
func read(object []byte, head Head) (*Index, error) {
	_, rest, _ := bytes.Cut(object, []byte("\n"))
	next := func() (line []byte, found bool) {
		line, rest, found = bytes.Cut(rest, []byte("\n"))
		return bytes.TrimSuffix(line, []byte(",")), found
	}
	products, words, _ := bytes.Cut(rest, []byte(separator))
	index := &Index{
		Source: head.Source,
		// At once, for lists that grow leave several times their size in garbage.
		Products:   make([]json.RawMessage, 0, bytes.Count(products, []byte("\n"))+1),
		Vocabulary: make([]Entry, 0, bytes.Count(words, []byte("\n"))),
	}
	line, more := next()
	for ; more && len(line) > 0 && line[0] == '{'; line, more = next() {
		index.Products = append(index.Products, json.RawMessage(line))
	}
	if !more || string(line) != strings.TrimSpace(separator) {
		return nil, fmt.Errorf("the index has %.80q after its %d products: upload the catalogue again", line, len(index.Products))
	}
	for line, more = next(); more && len(line) > 0 && line[0] == '"'; line, more = next() {
		entry, err := readEntry(line, len(index.Products))
		if err != nil {
			return nil, fmt.Errorf("the index has the word %.80q: %w: upload the catalogue again", line, err)
		}
		index.Vocabulary = append(index.Vocabulary, entry)
	}
	if !more || string(line) != "}}" {
		return nil, fmt.Errorf("the index has %.80q after its %d words: upload the catalogue again", line, len(index.Vocabulary))
	}
	return index, nil
}

var errOccurrences = errors.New("its occurrences are no list of numbers that products have")

// readEntry reads the line of a word: "mug":[0,6].
func readEntry(line []byte, products int) (Entry, error) {
	word, numbers, found := bytes.Cut(line[1:], []byte(`":[`))
	numbers, is := bytes.CutSuffix(numbers, []byte("]"))
	if !found || !is || len(word) == 0 || !utf8.Valid(word) || !eachOccurrence(numbers, products, func(Occurrence) bool { return true }) {
		return Entry{}, errOccurrences
	}
	return Entry{Word: word, numbers: numbers}, nil
}

// Occurrences are where the word occurs, in the catalogue's order. They are read when they are asked for: most words are in
// no query.
func (e Entry) Occurrences() iter.Seq[Occurrence] {
	return func(yield func(Occurrence) bool) { eachOccurrence(e.numbers, math.MaxInt32, yield) }
}

// eachOccurrence reads the numbers of a word, until found wants no more. It tells whether they are of so many products.
func eachOccurrence(numbers []byte, products int, found func(Occurrence) bool) bool {
	product, n, digits := 0, 0, 0
	for i := 0; i <= len(numbers); i++ {
		if i < len(numbers) && numbers[i] != ',' {
			digit := numbers[i] - '0'
			if digit > 9 || n > products*fields {
				return false
			}
			n = n*10 + int(digit)
			digits++
			continue
		}
		field := Field(n % fields)
		product += n / fields
		if digits == 0 || field > DescriptionField || product >= products {
			return false
		}
		if !found(Occurrence{Product: int32(product), Field: field}) {
			break
		}
		n, digits = 0, 0
	}
	return true
}
