package secrets

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const hidden = "p4ssw0rd"

func value(text string) Value { return Value{of: "secret shop/payment", text: &text} }

func TestValueIsHiddenHoweverItIsShown(t *testing.T) {
	v := value(hidden)
	inside := struct {
		Exported   Value
		unexported Value
		pointer    *Value
		list       []Value
	}{v, v, &v, []Value{v}}

	shown := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for name, what := range map[string]any{"a value": v, "a pointer": &v, "a struct": inside, "a list": inside.list, "a map": map[string]Value{"key": v}} {
			shown[name+" by "+verb] = fmt.Sprintf(verb, what)
		}
	}
	for name, encode := range map[string]func(any) ([]byte, error){"JSON": json.Marshal, "XML": xml.Marshal} {
		text, err := encode(v)
		if err != nil {
			t.Fatal(err)
		}
		shown[name] = string(text)
	}
	if text, err := json.Marshal(inside); err != nil || !strings.Contains(string(text), "shop/payment") {
		t.Errorf("JSON of a struct: %s, %v", text, err)
	} else {
		shown["JSON of a struct"] = string(text)
	}
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"a text log": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"a JSON log": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		var log bytes.Buffer
		slog.New(handler(&log)).Info("paid", "key", v, "pointer", &v, "inside", inside, "list", inside.list)
		shown[name] = log.String()
	}
	for name, text := range shown {
		if strings.Contains(text, hidden) || strings.Contains(text, fmt.Sprintf("%x", hidden)) {
			t.Errorf("%s shows the text: %s", name, text)
		}
	}
	if got := shown["a value by %v"]; got != "[secret shop/payment]" {
		t.Errorf("a value shows %s", got)
	}
	if v.Reveal() != hidden {
		t.Errorf("revealed, it is %s", v.Reveal())
	}
}

func TestDecodeReadsAValueOfSeveralFields(t *testing.T) {
	var login struct{ User, Password string }
	if err := value(`{"user":"shop","password":"` + hidden + `"}`).Decode(&login); err != nil {
		t.Fatal(err)
	}
	if login.User != "shop" || login.Password != hidden {
		t.Errorf("decoded %+v", login)
	}
}

func TestDecodingErrorsHideTheText(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{hidden, "secret shop/payment: it is not JSON"},
		{"", "secret shop/payment: it is not JSON"},
		{`{"port":"` + hidden + `"}`, "secret shop/payment: its field Port is no int"},
		{`{"port":4815162342e9}`, "secret shop/payment: its field Port is no int"},
		{`"` + hidden + `"`, "secret shop/payment: its JSON does not fit a *struct { Port int; Since secrets.day }"},
		{`{"since":"` + hidden + `"}`, "secret shop/payment: its JSON does not fit a *struct { Port int; Since secrets.day }"},
	} {
		var into struct {
			Port  int
			Since day
		}
		if err := value(test.text).Decode(&into); err == nil || err.Error() != test.want {
			t.Errorf("%s: error %v, want %s", test.text, err, test.want)
		}
	}
}

// A day decodes itself, and fails with what it met.
type day struct{}

func (*day) UnmarshalText(text []byte) error { return fmt.Errorf("%s is no day", text) }
