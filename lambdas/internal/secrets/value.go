package secrets

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// A Value is what a secret or a parameter holds. However it is printed, logged or encoded, alone or within something
// else, it shows only what it is the value of.
type Value struct {
	of string
	// Behind a pointer, for what package fmt meets in another type's unexported field it prints without asking how; of
	// a pointer there it prints the address.
	text *string
}

// Reveal gives the text itself.
func (v Value) Reveal() string {
	if v.text == nil {
		return ""
	}
	return *v.text
}

// Decode reads the text as JSON, as a secret with several fields has it. The error says nothing of the text.
func (v Value) Decode(into any) error {
	err := json.Unmarshal([]byte(v.Reveal()), into)
	if err == nil {
		return nil
	}
	// What the package's errors say has parts of the text in it.
	if errors.As(err, new(*json.SyntaxError)) {
		return fmt.Errorf("%s: it is not JSON", v.of)
	}
	if mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && mismatch.Field != "" {
		return fmt.Errorf("%s: its field %s is no %s", v.of, mismatch.Field, mismatch.Type)
	}
	return fmt.Errorf("%s: its JSON does not fit a %T", v.of, into)
}

// String hides the text.
func (v Value) String() string { return "[" + v.of + "]" }

// GoString hides the text.
func (v Value) GoString() string { return v.String() }

// Format hides the text, whichever verb asks.
func (v Value) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, v.String()) }

// LogValue hides the text.
func (v Value) LogValue() slog.Value { return slog.StringValue(v.String()) }

// MarshalText hides the text, for JSON and what else encodes texts.
func (v Value) MarshalText() ([]byte, error) { return []byte(v.String()), nil }
