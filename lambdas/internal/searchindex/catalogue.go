package searchindex

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// A CatalogueError says what is wrong with a catalogue, and where.
type CatalogueError struct {
	Line, Column int    // from 1, the column in bytes
	Product      int    // from 1; 0 for what is around the products
	ID           string // of the product, where it is known
	Reason       string // what is wrong, and what is wanted
}

func (e *CatalogueError) Error() string {
	where := fmt.Sprintf("line %d, column %d: ", e.Line, e.Column)
	switch {
	case e.Product > 0 && e.ID != "":
		where += fmt.Sprintf("product %d (id %q): ", e.Product, e.ID)
	case e.Product > 0:
		where += fmt.Sprintf("product %d: ", e.Product)
	}
	return where + e.Reason
}

const wanted = `want {"products":[…]}`

// product is what is searched of a product.
type product struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Category    string `json:"category"`
	Description string `json:"description"`
}

// catalogue reads {"products":[…]} product by product. Of a product it needs an id, which no other product has, and a
// name, and it knows a category and a description; a product may have more, and so may the catalogue.
type catalogue struct {
	positions *positions
	decoder   *json.Decoder
	ids       map[string]int // the products' numbers
}

func newCatalogue(text io.Reader) *catalogue {
	p := &positions{text: withoutMark(text)}
	return &catalogue{positions: p, decoder: json.NewDecoder(p), ids: map[string]int{}}
}

// byteOrderMark is what some editors of Windows begin a text of UTF-8 with. A parser may ignore it (RFC 8259, section 8.1).
const byteOrderMark = "\ufeff"

// withoutMark is the text without the byte order mark that it may begin with. Columns count from after it.
func withoutMark(text io.Reader) io.Reader {
	buffered := bufio.NewReader(text)
	if begin, _ := buffered.Peek(len(byteOrderMark)); string(begin) == byteOrderMark { // where it cannot be read, the next read says so
		_, _ = buffered.Discard(len(begin))
	}
	return buffered
}

// each calls found for every product, in order, with its text as the catalogue has it.
func (c *catalogue) each(found func(text json.RawMessage, p product) error) error {
	if err := c.open('{', "it is no object: "+wanted); err != nil {
		return err
	}
	there := false
	for c.decoder.More() {
		name, err := c.decoder.Token()
		if err != nil {
			return c.broken(err)
		}
		if name != "products" {
			if _, err := c.value(); err != nil {
				return err
			}
			continue
		}
		if there {
			return c.wrong(c.decoder.InputOffset()-1, `there are "products" before: want them once`)
		}
		there = true
		if err := c.open('[', `"products" is no list: `+wanted); err != nil {
			return err
		}
		if err := c.products(found); err != nil {
			return err
		}
	}
	if _, err := c.decoder.Token(); err != nil { // }
		return c.broken(err)
	}
	if !there {
		return c.wrong(c.decoder.InputOffset()-1, "it has no list of products: "+wanted)
	}
	if _, err := c.decoder.Token(); !errors.Is(err, io.EOF) {
		if err != nil {
			return c.broken(err)
		}
		return c.wrong(c.decoder.InputOffset()-1, "something comes after the catalogue: want its } at the end")
	}
	return nil
}

func (c *catalogue) products(found func(text json.RawMessage, p product) error) error {
	for c.decoder.More() {
		number := len(c.ids) + 1
		text, err := c.value()
		if err != nil {
			return c.of(number, err)
		}
		begin := c.decoder.InputOffset() - int64(len(text))
		p, at, reason := parse(text)
		if other := c.ids[p.ID]; reason == "" && other > 0 {
			reason = fmt.Sprintf("product %d has this id, too: want an id that no other product has", other)
		}
		if reason != "" {
			err := c.wrong(begin+at, reason)
			err.Product, err.ID = number, p.ID
			return err
		}
		c.positions.at(begin)
		c.ids[p.ID] = number
		if err := found(text, p); err != nil {
			return err
		}
	}
	if _, err := c.decoder.Token(); err != nil { // ]
		return c.of(len(c.ids)+1, c.broken(err))
	}
	return nil
}

// parse gives what is searched of a product, or what is wrong with it and where in its text.
func parse(text json.RawMessage) (p product, at int64, reason string) {
	err := json.Unmarshal(text, &p)
	if mistaken, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		reason = fmt.Sprintf("%s is a %s: want text", mistaken.Field, mistaken.Value)
		if mistaken.Field == "" {
			reason = fmt.Sprintf(`it is a %s: want {"id":"…","name":"…"}`, mistaken.Value)
		}
		return p, max(mistaken.Offset-1, 0), reason
	}
	switch {
	case err != nil:
		return p, 0, err.Error()
	case p.ID == "" && p.Name == "":
		return p, 0, "it has neither id nor name: want both"
	case p.ID == "":
		return p, 0, "it has no id: want one that no other product has"
	case p.Name == "":
		return p, 0, "it has no name: want one"
	}
	return p, 0, ""
}

// open reads the beginning of an object or a list.
func (c *catalogue) open(want json.Delim, otherwise string) error {
	token, err := c.decoder.Token()
	if err != nil {
		return c.broken(err)
	}
	if token != want {
		return c.wrong(c.decoder.InputOffset()-1, otherwise)
	}
	return nil
}

// value reads a whole value.
func (c *catalogue) value() (json.RawMessage, error) {
	var text json.RawMessage
	if err := c.decoder.Decode(&text); err != nil {
		return nil, c.broken(err)
	}
	if !utf8.Valid(text) {
		at := 0
		for r, size := utf8.DecodeRune(text); r != utf8.RuneError || size > 1; r, size = utf8.DecodeRune(text[at:]) {
			at += size
		}
		return nil, c.wrong(c.decoder.InputOffset()-int64(len(text))+int64(at), "it is not UTF-8 here: save it as UTF-8")
	}
	return text, nil
}

// broken is the error for what the decoder could not read.
func (c *catalogue) broken(err error) error {
	if c.positions.failed != nil {
		return fmt.Errorf("read the catalogue: %w", c.positions.failed)
	}
	offset := c.decoder.InputOffset()
	rest, readErr := io.ReadAll(c.decoder.Buffered()) // from there on, so far as it was read
	if readErr != nil {
		return readErr
	}
	syntax, ok := errors.AsType[*json.SyntaxError](json.Unmarshal(rest, new(json.RawMessage)))
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return c.wrong(c.positions.read, "it ends here: "+wanted)
	}
	// Of a value, the decoder says what is wrong, and not where: it counts no token.
	if errors.As(err, new(*json.SyntaxError)) && ok && syntax.Error() == err.Error() {
		offset += syntax.Offset - 1
	}
	reason := fmt.Sprintf("it is no JSON: %v", err)
	if offset == 0 && (bytes.HasPrefix(rest, []byte{0xff, 0xfe}) || bytes.HasPrefix(rest, []byte{0xfe, 0xff})) {
		reason = "it is UTF-16: save it as UTF-8"
	}
	wrong := c.wrong(offset, reason)
	wrong.ID = idIn(rest)
	return wrong
}

func (c *catalogue) wrong(offset int64, reason string) *CatalogueError {
	line, column := c.positions.at(offset)
	return &CatalogueError{Line: line, Column: column, Reason: reason}
}

// of adds to an error which product it is about.
func (c *catalogue) of(number int, err error) error {
	if wrong, ok := errors.AsType[*CatalogueError](err); ok {
		wrong.Product = number
	}
	return err
}

// idIn is the id of a product whose text breaks off somewhere; empty where that is before the id.
func idIn(text []byte) string {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if begin, err := decoder.Token(); err != nil || begin != json.Delim('{') {
		return ""
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return ""
		}
		if name == "id" {
			id, _ := decoder.Token()
			text, _ := id.(string)
			return text
		}
		if err := decoder.Decode(new(json.RawMessage)); err != nil {
			return ""
		}
	}
	return ""
}
