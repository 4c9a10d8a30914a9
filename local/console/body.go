package console

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/andybalholm/brotli"
)

// maxBody is how much of a body is kept, in bytes.
const maxBody = 256 << 10

// Body is the beginning of a body, as it was sent.
type Body struct {
	Kept     []byte
	Size     int64  // of the whole
	Encoding string // its Content-Encoding
}

// Keep is the body with what is kept of it in memory of its own, for the whole
// may be large.
func Keep(data []byte) Body {
	return Body{Kept: bytes.Clone(data[:min(len(data), maxBody)]), Size: int64(len(data))}
}

// Capture keeps the beginning of what is written to it.
type Capture struct{ Body }

// Write implements io.Writer. It has no error.
func (c *Capture) Write(data []byte) (int, error) {
	c.Size += int64(len(data))
	if room := maxBody - len(c.Kept); room > 0 {
		c.Kept = append(c.Kept, data[:min(len(data), room)]...)
	}
	return len(data), nil
}

// shownBody is a body as the page has it.
type shownBody struct {
	Text   string `json:"text"`
	Size   int64  `json:"size"`
	Cut    bool   `json:"cut"`    // Text is the beginning of it
	Binary bool   `json:"binary"` // there is no text of it
}

// show is the body as text, JSON indented.
func (b Body) show() shownBody {
	shown := shownBody{Size: b.Size, Cut: int64(len(b.Kept)) < b.Size}
	text, cut := b.Kept, false
	switch strings.ToLower(b.Encoding) {
	case "":
	case "gzip":
		if reader, err := gzip.NewReader(bytes.NewReader(text)); err == nil {
			text, cut = beginning(reader)
		}
	case "br":
		text, cut = beginning(brotli.NewReader(bytes.NewReader(text)))
	}
	shown.Cut = shown.Cut || cut
	if shown.Cut {
		text = whole(text)
	}
	if !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0 {
		shown.Binary = true
		return shown
	}
	var indented bytes.Buffer
	if trimmed := bytes.TrimSpace(text); len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[') && json.Indent(&indented, trimmed, "", "  ") == nil {
		text = indented.Bytes()
	}
	shown.Text = shorten(string(text))
	return shown
}

// beginning is what a decoder gives of a body that may be cut.
func beginning(decoder io.Reader) (text []byte, cut bool) {
	text, err := io.ReadAll(io.LimitReader(decoder, maxBody+1))
	if len(text) > maxBody {
		return text[:maxBody], true
	}
	return text, err != nil
}

// whole is a text without the part of a character at its end.
func whole(text []byte) []byte {
	for i := 1; i < utf8.UTFMax && i <= len(text); i++ {
		if last := text[len(text)-i:]; utf8.RuneStart(last[0]) {
			if !utf8.FullRune(last) {
				return text[:len(text)-i]
			}
			break
		}
	}
	return text
}

// token is a JSON Web Token, or what signs in otherwise, in a text.
var token = regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*|\b(Bearer|Basic|Signature=) ?[A-Za-z0-9._~+/=-]{24,}`)

// shorten is the text without the secret part of tokens: a page is looked at by
// others, and pictures of it are sent around.
func shorten(text string) string {
	return token.ReplaceAllStringFunc(text, func(secret string) string { return secret[:16] + "…" })
}
