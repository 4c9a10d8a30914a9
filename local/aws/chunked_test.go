package aws

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
)

// SDKs send bodies that they cannot read twice in chunks, with the checksum
// behind them.
func TestBodiesInChunksAreUnpacked(t *testing.T) {
	config, _ := read(t, shop)
	e := start(t, config, t.TempDir(), nil)
	send := func(body, length string) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, e.URL()+"/"+siteName+"/chunked", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=root/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=x")
		r.Header.Set("X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
		r.Header.Set("X-Amz-Decoded-Content-Length", length)
		r.Header.Set("Content-Encoding", "gzip,aws-chunked")
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close() //nolint:errcheck // only the status matters
		return response.StatusCode
	}
	if status := send("5;chunk-signature=abc\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", "11"); status != 200 {
		t.Errorf("status %d", status)
	}
	out, content := getObject(t, s3Client(e, ""), siteName, "chunked")
	if content != "hello world" || sdk.ToString(out.ContentEncoding) != "gzip" {
		t.Errorf("%q with encoding %v: want what the chunks hold", content, sdk.ToString(out.ContentEncoding))
	}
	for body, length := range map[string]string{"5\r\nhello\r\n0\r\n\r\n": "6", "hello": "5", "9\r\nhello": "9", "0\r\n\r\n": "x"} {
		if status := send(body, length); status != 400 {
			t.Errorf("%q as %s bytes: status %d, want 400", body, length, status)
		}
	}
	if _, content := getObject(t, s3Client(e, ""), siteName, "chunked"); content != "hello world" {
		t.Errorf("after uploads that failed: %q", content)
	}
}

// What is written as aws-chunked reads as what was written, and anything else
// does not make the reader fall over.
func FuzzChunks(f *testing.F) {
	f.Add([]byte("hello world"), 3, []byte("5;chunk-signature=x\r\nhello\r\n0\r\n\r\n"))
	f.Add([]byte{}, 1, []byte("ffffffffffffffff\r\n"))
	f.Fuzz(func(t *testing.T, content []byte, size int, other []byte) {
		if size < 1 {
			size = 1
		}
		var chunks bytes.Buffer
		for rest := content; len(rest) > 0; {
			n := min(size, len(rest))
			fmt.Fprintf(&chunks, "%x;chunk-signature=0\r\n%s\r\n", n, rest[:n])
			rest = rest[n:]
		}
		chunks.WriteString("0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n")
		if got, err := io.ReadAll(newChunkedReader(&chunks)); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%q in chunks of %d is read as %q, %v", content, size, got, err)
		}
		if got, _ := io.ReadAll(newChunkedReader(bytes.NewReader(other))); len(got) > len(other) {
			t.Errorf("%q is read as %q, which is more", other, got)
		}
	})
}
