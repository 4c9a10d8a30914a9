package console

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTokensAreShortened(t *testing.T) {
	p := open(t)
	const jwt = "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlLXRoYXQtaXMtbG9uZw"
	e := put(`{"token":"` + jwt + `"}`)
	e.Request.Header = http.Header{"Authorization": {"Bearer " + jwt}, "Cookie": {"id=" + jwt + "; theme=dark"}, "X-Other": {"Basic dXNlcjpwYXNzd29yZC10aGF0LWlzLWxvbmc="}}
	recording := p.recorder.Begin(e)
	recording.End(func(e *Exchange) {
		e.Invocations = append(e.Invocations, Invocation{RequestID: "i1", Event: Keep([]byte(`{"headers":{"authorization":"Bearer ` + jwt + `"}}`))})
	})
	p.recorder.Log("i1", Line{Text: "token " + jwt})
	_, body := p.ask(http.MethodGet, "/requests/1", "")
	if strings.Contains(body, "c2lnbmF0dXJl") || strings.Contains(body, "cGFzc3dvcmQ") {
		t.Errorf("a token is shown: %s", body)
	}
	for _, part := range []string{"Bearer eyJhbGciO", "theme=dark"} {
		if !strings.Contains(body, part) {
			t.Errorf("%q is not shown: %s", part, body)
		}
	}
	if sent := recording.exchange.Request.Header.Get("Authorization"); sent != "Bearer "+jwt {
		t.Errorf("a replay would send %s", sent)
	}
}

func TestBodies(t *testing.T) {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, _ = w.Write([]byte("hello"))
	_ = w.Close()
	long := strings.Repeat("ä", maxBody) // two bytes each
	cut := Capture{}
	_, _ = cut.Write([]byte("a"))
	_, _ = cut.Write([]byte(long))
	for _, c := range []struct {
		name string
		body Body
		want shownBody
	}{
		{"text", Keep([]byte("hello")), shownBody{Text: "hello", Size: 5}},
		{"none", Body{}, shownBody{}},
		{"JSON", Keep([]byte(`{"n":12345678901234567890}`)), shownBody{Text: "{\n  \"n\": 12345678901234567890\n}", Size: 26}},
		{"almost JSON", Keep([]byte(`{"n":`)), shownBody{Text: `{"n":`, Size: 5}},
		{"binary", Keep([]byte{0x89, 'P', 'N', 'G', 0}), shownBody{Size: 5, Binary: true}},
		{"gzip", Body{zipped.Bytes(), int64(zipped.Len()), "gzip"}, shownBody{Text: "hello", Size: int64(zipped.Len())}},
		{"cut within a character", cut.Body, shownBody{Text: "a" + long[:maxBody-2], Size: 1 + int64(len(long)), Cut: true}},
	} {
		if diff := cmp.Diff(c.want, c.body.show()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}
