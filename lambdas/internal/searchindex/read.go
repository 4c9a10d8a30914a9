package searchindex

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
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

// read reads an index of this format.
func read(object []byte, head Head) (*Index, error) {
	index := &Index{Source: head.Source}
	_, rest, _ := bytes.Cut(object, []byte("\n"))
	next := func() (line []byte, found bool) {
		line, rest, found = bytes.Cut(rest, []byte("\n"))
		return bytes.TrimSuffix(line, []byte(",")), found
	}
	line, more := next()
	for ; more && len(line) > 0 && line[0] == '{'; line, more = next() {
		index.Products = append(index.Products, json.RawMessage(line))
	}
	if !more || string(line) != `],"words":{` {
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
	word, numbers, found := strings.Cut(string(line[1:]), `":[`)
	numbers, is := strings.CutSuffix(numbers, "]")
	if !found || !is || word == "" || !utf8.ValidString(word) {
		return Entry{}, errOccurrences
	}
	entry := Entry{Word: []rune(word), Occurrences: make([]Occurrence, 0, strings.Count(numbers, ",")+1)}
	product := 0
	for number := range strings.SplitSeq(numbers, ",") {
		n := 0
		for _, digit := range []byte(number) {
			if digit < '0' || digit > '9' || n > products*fields {
				return Entry{}, errOccurrences
			}
			n = n*10 + int(digit-'0')
		}
		field := Field(n % fields)
		product += n / fields
		if number == "" || field > DescriptionField || product >= products {
			return Entry{}, errOccurrences
		}
		entry.Occurrences = append(entry.Occurrences, Occurrence{Product: int32(product), Field: field}) //nolint:gosec // below products, of which MaxIndex bytes have fewer
	}
	return entry, nil
}
