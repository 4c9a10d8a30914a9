package searchindex

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
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

// What is before the words and after them.
const (
	beforeWords = "\n],\"words\":{\n"
	afterWords  = "}}\n"
)

// read reads an index of this format.
func read(object []byte, head Head) (*Index, error) {
	rest := object[bytes.IndexByte(object, '\n'):] // of the first line, which there is
	products, words, found := bytes.Cut(rest, []byte(beforeWords))
	words, whole := bytes.CutSuffix(words, []byte(afterWords))
	if !found || !whole {
		return nil, errors.New("the index breaks off, or is no index: upload the catalogue again")
	}
	index := &Index{
		Source:   head.Source,
		Products: make([]json.RawMessage, 0, bytes.Count(products, []byte("\n{"))), // a list that grows leaves several times its size in garbage
		words:    words,
	}
	for line := range lines(products) {
		if line[0] != '{' {
			return nil, fmt.Errorf("the index has %.80q after its %d products: upload the catalogue again", line, len(index.Products))
		}
		index.Products = append(index.Products, json.RawMessage(line))
	}
	for line := range lines(words) {
		entry, is := entryOf(line)
		if !is || !utf8.Valid(entry.Word) || !eachOccurrence(entry.numbers, len(index.Products), func(Occurrence) bool { return true }) {
			return nil, fmt.Errorf("the index has %.80q after its %d words: upload the catalogue again", line, index.Words)
		}
		index.Words++
	}
	return index, nil
}

// lines are those of products or of words, without the commas between them.
func lines(text []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for line := range bytes.SplitSeq(text, []byte("\n")) {
			if line = bytes.TrimSuffix(line, []byte(",")); len(line) > 0 && !yield(line) {
				return
			}
		}
	}
}

// Vocabulary is every word, in order. It is read when it is asked for: there may be more than a million, for which a list
// would take more memory than the object does.
func (x *Index) Vocabulary() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		for line := range lines(x.words) {
			if entry, _ := entryOf(line); !yield(entry) {
				return
			}
		}
	}
}

// entryOf is the line of a word: "mug":[0,6].
func entryOf(line []byte) (entry Entry, is bool) {
	word, numbers, found := bytes.Cut(line, []byte(`":[`))
	word, begins := bytes.CutPrefix(word, []byte(`"`))
	numbers, ends := bytes.CutSuffix(numbers, []byte("]"))
	return Entry{Word: word, numbers: numbers}, found && begins && ends && len(word) > 0
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
