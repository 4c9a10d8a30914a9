package searchindex

import (
	"errors"
	"io"
)

// positions passes a text on, and knows in which line and column each byte of it is. It keeps no more than the
// beginnings of the lines that were read and not passed yet.
type positions struct {
	text   io.Reader
	failed error // why it could not be read on
	read   int64
	begins []int64 // of lines, in order
	line   int     // that was passed last, from 0
	begin  int64   // of that
}

func (p *positions) Read(into []byte) (int, error) {
	n, err := p.text.Read(into)
	for i, b := range into[:n] {
		if b == '\n' {
			p.begins = append(p.begins, p.read+int64(i)+1)
		}
	}
	p.read += int64(n)
	if err != nil && !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		p.failed = err
	}
	return n, err
}

// at gives the line and the column of a byte, both from 1; the column counts bytes, as compilers do. Nothing before it
// is asked for any more.
func (p *positions) at(offset int64) (line, column int) {
	for len(p.begins) > 0 && p.begins[0] <= offset {
		p.line, p.begin, p.begins = p.line+1, p.begins[0], p.begins[1:]
	}
	return p.line + 1, int(offset-p.begin) + 1
}
