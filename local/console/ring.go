package console

import "slices"

// The last exchanges that are kept: as many, and as many bytes of them.
const (
	maxExchanges = 500
	maxBytes     = 32 << 20
)

// ring holds the last exchanges, the oldest first.
type ring struct {
	kept  []*Recording
	bytes int
}

func (r *ring) add(e *Recording) {
	e.size = e.exchange.bytes()
	r.kept = append(r.kept, e)
	r.bytes += e.size
}

// grew counts an exchange again, which is one of them.
func (r *ring) grew(e *Recording) {
	size := e.exchange.bytes()
	r.bytes += size - e.size
	e.size = size
}

// trim lets the oldest go, and gives them.
func (r *ring) trim() (gone []*Recording) {
	for len(r.kept) > 0 && (len(r.kept) > maxExchanges || r.bytes > maxBytes) {
		gone = append(gone, r.kept[0])
		r.bytes -= r.kept[0].size
		r.kept[0] = nil
		r.kept = r.kept[1:]
	}
	return gone
}

func (r *ring) holds(e *Recording) bool { return r.find(e.exchange.ID) == e }

// find is the exchange with the ID, or nil.
func (r *ring) find(id int64) *Recording {
	for _, kept := range slices.Backward(r.kept) {
		if kept.exchange.ID == id {
			return kept
		}
	}
	return nil
}

// bytes are about what the exchange takes in memory.
func (e *Exchange) bytes() int {
	size := 1024 + len(e.Request.URI) + len(e.Request.Body) + len(e.Body.Kept)
	for _, header := range []map[string][]string{e.Request.Header, e.Header} {
		for name, values := range header {
			for _, value := range values {
				size += len(name) + len(value)
			}
		}
	}
	for _, i := range e.Invocations {
		size += len(i.Event.Kept) + len(i.Result.Kept) + 200*len(i.Calls)
		for _, line := range i.Logs {
			size += len(line.Text)
		}
	}
	return size
}
