package aws

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"annex/local/aws/objects"
)

// s3Writer puts right what gofakes3 answers: the type of its XML, headers that
// only some requests get, and headers for pages of other origins, to which a
// bucket here gives nothing.
type s3Writer struct {
	http.ResponseWriter
	request   *http.Request
	versioned bool // the bucket keeps versions
	status    int
}

// WriteHeader implements http.ResponseWriter.
func (w *s3Writer) WriteHeader(status int) {
	if w.status != 0 {
		return // gofakes3 answers again when a client has gone
	}
	w.status = status
	h := w.Header()
	h.Del("Access-Control-Allow-Origin")
	if !w.versioned {
		h.Del(versionHeader)
	}
	if status != http.StatusOK || !strings.EqualFold(w.request.Header.Get("X-Amz-Checksum-Mode"), "ENABLED") {
		// It is the checksum of the whole object.
		h.Del(objects.CRC64NVMEHeader)
		h.Del("X-Amz-Checksum-Type")
	}
	if status >= http.StatusBadRequest {
		h.Set("Content-Type", "application/xml")
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *s3Writer) Write(p []byte) (int, error) {
	if w.status == 0 {
		if w.Header().Get("Content-Type") == "" {
			w.Header().Set("Content-Type", "application/xml")
		}
		w.WriteHeader(http.StatusOK)
	}
	if w.status == http.StatusNotModified {
		return len(p), nil // gofakes3 explains itself
	}
	n, err := w.ResponseWriter.Write(p)
	if err != nil {
		err = fmt.Errorf("%w: %w", errGone, err)
	}
	return n, err
}

// errGone is why an answer is not written: who asked has read enough, such as the
// first line of an object, or has ended. It is nothing to tell of.
var errGone = errors.New("the client has gone")

func isGone(v any) bool {
	err, ok := v.(error)
	return ok && errors.Is(err, errGone)
}
