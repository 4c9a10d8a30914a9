package objects

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

func BenchmarkGet(b *testing.B) {
	s := filled(b)
	put(b, s, "index", strings.Repeat("x", 20<<10))
	for b.Loop() {
		o, err := s.GetObject("shop", "index", nil)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, o.Contents); err != nil {
			b.Fatal(err)
		}
		_ = o.Contents.Close()
	}
}

func BenchmarkPut(b *testing.B) {
	s := filled(b)
	content := make([]byte, 20<<10)
	for i := range content {
		content[i] = byte(rand.N(256)) //nolint:gosec // any bytes will do
	}
	for i := 0; b.Loop(); i++ {
		if _, err := s.Put("shop", fmt.Sprint(i%100), nil, bytes.NewReader(content), nil); err != nil {
			b.Fatal(err)
		}
	}
}
