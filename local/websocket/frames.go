package websocket

import (
	"bufio"
	"encoding/binary"
	"net"
	"net/http"
	"sync/atomic"
)

// tap is a client's connection, whose frames are measured as they are read: what
// reads messages does not say how large their frames were. It is also the way to
// end a connection whose client does not answer.
type tap struct {
	net.Conn

	frames frames
}

// Read implements net.Conn.
func (t *tap) Read(p []byte) (int, error) {
	n, err := t.Conn.Read(p)
	t.frames.measure(p[:n])
	return n, err
}

// frames follows a stream of frames (RFC 6455, section 5.2). measure belongs to
// whoever reads the stream; tooLarge may be called meanwhile.
type frames struct {
	header   [10]byte // of the frame under way, as far as it was read, without its mask
	have     int
	left     uint64 // bytes to come of the frame's mask and payload
	messages int64  // that began
	oversize atomic.Int64
}

// tooLarge says whether the nth message, counted from 1, has a frame that is
// larger than API Gateway takes.
func (f *frames) tooLarge(n int64) bool {
	at := f.oversize.Load()
	return at > 0 && n >= at
}

func (f *frames) measure(data []byte) {
	for len(data) > 0 {
		if f.left > 0 {
			skipped := min(f.left, uint64(len(data)))
			f.left -= skipped
			data = data[skipped:]
			continue
		}
		f.header[f.have] = data[0]
		f.have++
		data = data[1:]
		f.begun()
	}
}

// begun starts to skip a frame, once all of its header is there.
func (f *frames) begun() {
	if f.have < 2 {
		return
	}
	want, length := 2, uint64(f.header[1]&0x7f)
	switch length {
	case 126:
		want = 4
		length = uint64(binary.BigEndian.Uint16(f.header[2:4]))
	case 127:
		want = 10
		length = binary.BigEndian.Uint64(f.header[2:10])
	}
	if f.have < want {
		return
	}
	const text, binaryData = 1, 2
	if opcode := f.header[0] & 0x0f; opcode == text || opcode == binaryData {
		f.messages++
	}
	if length > maxFrame && f.oversize.Load() == 0 {
		f.oversize.Store(f.messages)
	}
	f.left = length
	if f.header[1]&0x80 != 0 {
		f.left += 4 // the mask
	}
	f.have = 0
}

// tappingWriter gives who takes the connection over a tap on it.
type tappingWriter struct {
	http.ResponseWriter

	tap *tap
}

// Hijack implements http.Hijacker.
func (w *tappingWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	w.tap = &tap{Conn: conn}
	read, _ := buffered.Peek(buffered.Reader.Buffered()) // a client need not wait for the answer
	w.tap.frames.measure(read)
	return w.tap, buffered, nil
}
