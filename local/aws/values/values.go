// Package values reads the file that holds a developer's own values of secrets
// and parameters. Only local/aws may import it.
//
//	{
//	  "secrets": {
//	    "shop/payment": "the secret",
//	    "shop/database": {"user": "shop", "password": "…"}
//	  },
//	  "parameters": {
//	    "/shop/free-shipping": "5000"
//	  }
//	}
//
// Its errors show no value.
package values

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"
)

// Values are what the file holds.
type Values struct {
	Secrets    map[string]string // by name; an object is its JSON
	Parameters map[string]string // by name
	Modified   time.Time         // zero without a file
}

// Read reads the file. Without one there are no values. Errors name the file
// and the line.
func Read(file string) (Values, error) {
	text, err := os.ReadFile(file) //nolint:gosec // the file that the developer named
	if errors.Is(err, os.ErrNotExist) {
		return Values{}, nil
	}
	if err != nil {
		return Values{}, fmt.Errorf("the values of secrets and parameters: %w", err)
	}
	v, err := Parse(text)
	if err != nil {
		return Values{}, fmt.Errorf("%s:%w", file, err)
	}
	if info, err := os.Stat(file); err == nil {
		v.Modified = info.ModTime()
	}
	return v, nil
}

// Parse reads the text of a file. Errors begin with the line and a colon.
func Parse(text []byte) (Values, error) {
	p := parser{text: text, decoder: json.NewDecoder(bytes.NewReader(text))}
	var whole any
	if err := json.Unmarshal(text, &whole); err != nil {
		at := int64(len(text))
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			at = syntax.Offset
		}
		return Values{}, p.mistake(at, "it is not JSON: %v", err)
	}
	v := Values{Secrets: map[string]string{}, Parameters: map[string]string{}}
	err := p.object("", func(kind string, _ int64) error {
		switch kind {
		case "secrets":
			return p.object(kind, func(name string, at int64) (err error) {
				v.Secrets[name], err = p.value(kind, name, at)
				return err
			})
		case "parameters":
			return p.object(kind, func(name string, at int64) (err error) {
				v.Parameters[name], err = p.value(kind, name, at)
				return err
			})
		}
		return p.mistake(p.decoder.InputOffset(), "%q is not known: want \"secrets\" and \"parameters\"", kind)
	})
	return v, err
}

// parser reads JSON that is known to be well-formed.
type parser struct {
	text    []byte
	decoder *json.Decoder
}

// mistake is an error at an offset of the text.
func (p *parser) mistake(offset int64, format string, args ...any) error {
	line := 1 + bytes.Count(p.text[:min(offset, int64(len(p.text)))], []byte("\n"))
	return fmt.Errorf("%d: %s", line, fmt.Sprintf(format, args...))
}

// object reads an object and calls member after each name, to read its value.
// The offset is that of the name.
func (p *parser) object(what string, member func(name string, at int64) error) error {
	start, err := p.decoder.Token()
	if err != nil {
		return err
	}
	if start != json.Delim('{') {
		if what == "" {
			return p.mistake(p.decoder.InputOffset(), "want an object of \"secrets\" and \"parameters\"")
		}
		return p.mistake(p.decoder.InputOffset(), "%q: want an object of names and values", what)
	}
	seen := map[string]bool{}
	for p.decoder.More() {
		token, err := p.decoder.Token()
		if err != nil {
			return err
		}
		name, at := token.(string), p.decoder.InputOffset()
		if seen[name] {
			return p.mistake(at, "%q is there twice", name)
		}
		seen[name] = true
		if err := member(name, at); err != nil {
			return err
		}
	}
	_, err = p.decoder.Token()
	return err
}

// value reads the value of a secret or a parameter.
func (p *parser) value(kind, name string, at int64) (string, error) {
	var raw json.RawMessage
	if err := p.decoder.Decode(&raw); err != nil {
		return "", err
	}
	var text string
	switch {
	case raw[0] == '"':
		if err := json.Unmarshal(raw, &text); err != nil {
			return "", err
		}
	case raw[0] == '{' && kind == "secrets":
		var compact bytes.Buffer
		if err := json.Compact(&compact, raw); err != nil {
			return "", err
		}
		text = compact.String()
	case kind == "secrets":
		return "", p.mistake(at, "%s %q: want a string, or an object for a secret with several fields", kind, name)
	default:
		return "", p.mistake(at, "%s %q: want a string, as a parameter's value is one: 5000 is \"5000\", and a list \"a,b\"", kind, name)
	}
	if text == "" {
		return "", p.mistake(at, "%s %q: it is empty, which no value may be", kind, name)
	}
	return text, nil
}
