package aws

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/johannesboyne/gofakes3"
)

// unchunk replaces a body that an SDK sent in the encoding aws-chunked, whose
// chunks may be signed and followed by a checksum, by what it holds. (S3 API
// reference: "Signature calculations for the Authorization header:
// Transferring payload in multiple chunks".) gofakes3 knows only one of its
// forms, and not for parts of an upload.
func unchunk(r *http.Request) error {
	if !strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		return nil
	}
	length := r.Header.Get("X-Amz-Decoded-Content-Length")
	size, err := strconv.ParseInt(length, 10, 64)
	if err != nil || size < 0 {
		return fmt.Errorf("x-amz-decoded-content-length: %q is no length", length)
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{newChunkedReader(r.Body), r.Body}
	r.ContentLength = size
	r.Header.Set("Content-Length", length)
	r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
	r.Header.Del("X-Amz-Trailer")
	var encodings []string
	for encoding := range strings.SplitSeq(r.Header.Get("Content-Encoding"), ",") {
		if encoding = strings.TrimSpace(encoding); encoding != "" && encoding != "aws-chunked" {
			encodings = append(encodings, encoding)
		}
	}
	if r.Header.Del("Content-Encoding"); len(encodings) > 0 {
		r.Header.Set("Content-Encoding", strings.Join(encodings, ","))
	}
	return nil
}

// chunkedReader reads what aws-chunked holds: chunks, each with a line before
// it (<size in hex>;chunk-signature=…) and a line end after it, the last of
// size 0, and then trailing headers.
type chunkedReader struct {
	from  *bufio.Reader
	left  int64 // of the chunk
	begun bool  // a chunk has been read before
	ended bool
}

func newChunkedReader(body io.Reader) *chunkedReader {
	return &chunkedReader{from: bufio.NewReader(body)}
}

// maxChunkLine is more than a size and a signature need.
const maxChunkLine = 4 << 10

// malformed is the failure of a body that is no aws-chunked.
func malformed() error {
	return gofakes3.ErrorMessage(gofakes3.ErrIncompleteBody, "The body is not aws-chunked, as its headers say")
}

func (c *chunkedReader) Read(p []byte) (int, error) {
	for c.left == 0 {
		if c.ended {
			return 0, io.EOF
		}
		if err := c.next(); err != nil {
			return 0, err
		}
	}
	n, err := c.from.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	if errors.Is(err, io.EOF) {
		err = malformed()
	}
	return n, err
}

func (c *chunkedReader) next() error {
	if c.begun {
		if line, err := c.line(); err != nil || line != "" {
			return malformed()
		}
	}
	c.begun = true
	line, err := c.line()
	if err != nil {
		return err
	}
	digits, _, _ := strings.Cut(line, ";")
	size, err := strconv.ParseUint(digits, 16, 62)
	if err != nil {
		return malformed()
	}
	if c.left = int64(size); size > 0 {
		return nil
	}
	c.ended = true
	// The trailing headers are checksums, and S3's own: read, so that the
	// connection can be used again.
	if _, err := io.Copy(io.Discard, io.LimitReader(c.from, maxChunkLine)); err != nil {
		return malformed()
	}
	return nil
}

func (c *chunkedReader) line() (string, error) {
	line, err := c.from.ReadSlice('\n')
	if err != nil || len(line) > maxChunkLine {
		return "", malformed()
	}
	return strings.TrimRight(string(line), "\r\n"), nil
}
