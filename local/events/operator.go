package events

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// operator reads what stands beside an operator's name in a pattern, and gives
// the test that it is ("Comparison operators for use in event patterns in Amazon
// EventBridge"). That a field does not exist is no test of a value.
type operator func(argument any) (test, error)

// everyOperator are those of rules.
var everyOperator = map[string]operator{
	"anything-but":       anythingBut(everyNegated),
	"cidr":               cidr,
	"equals-ignore-case": texts("equals-ignore-case", strings.EqualFold),
	"exists":             exists,
	"numeric":            numeric,
	"prefix":             textOrFolded("prefix", strings.HasPrefix),
	"suffix":             textOrFolded("suffix", strings.HasSuffix),
	"wildcard":           wildcards,
}

// everyNegated are the operators that anything-but may have, each with a text or
// several.
var everyNegated = map[string]operator{
	"equals-ignore-case": several(texts("equals-ignore-case", strings.EqualFold)),
	"prefix":             several(textOrFolded("prefix", strings.HasPrefix)),
	"suffix":             several(textOrFolded("suffix", strings.HasSuffix)),
	"wildcard":           several(wildcards),
}

// equalValues compares a value of a pattern with one of an event. Numbers are
// the same where they are written so, unless the event's has forgotten how it
// was.
func equalValues(want, got any) bool {
	if number, ok := got.(float64); ok {
		wanted, ok := numberOf(want)
		return ok && wanted == number
	}
	return want == got
}

func numberOf(value any) (float64, bool) {
	switch value := value.(type) {
	case json.Number:
		number, err := value.Float64()
		return number, err == nil
	case float64:
		return value, true
	}
	return 0, false
}

func exists(argument any) (test, error) {
	if argument != true {
		return nil, errors.New("want true or false")
	}
	return func(any) bool { return true }, nil
}

// texts is an operator that compares texts.
func texts(name string, holds func(got, want string) bool) operator {
	return func(argument any) (test, error) {
		want, ok := argument.(string)
		if !ok {
			return nil, fmt.Errorf("want a string, such as {%q: \"a\"}", name)
		}
		return func(value any) bool {
			got, ok := value.(string)
			return ok && holds(got, want)
		}, nil
	}
}

// textOrFolded is an operator of a text, or of {"equals-ignore-case": a text}.
func textOrFolded(name string, holds func(got, want string) bool) operator {
	exact := texts(name, holds)
	folded := texts(name, func(got, want string) bool { return holds(strings.ToLower(got), strings.ToLower(want)) })
	return func(argument any) (test, error) {
		if object, ok := argument.(map[string]any); ok && len(object) == 1 {
			return folded(object["equals-ignore-case"])
		}
		return exact(argument)
	}
}

// several is an operator that may also have a list: any of it will do.
func several(one operator) operator {
	return func(argument any) (test, error) {
		list, ok := argument.([]any)
		if !ok {
			return one(argument)
		}
		if len(list) == 0 {
			return nil, errors.New("a list is empty")
		}
		var tests []test
		for _, element := range list {
			t, err := one(element)
			if err != nil {
				return nil, err
			}
			tests = append(tests, t)
		}
		return func(value any) bool {
			return slices.ContainsFunc(tests, func(t test) bool { return t(value) })
		}, nil
	}
}

// anythingBut holds for every value that is there but those which it names.
func anythingBut(negated map[string]operator) operator {
	return func(argument any) (test, error) {
		var named test
		var err error
		if object, ok := argument.(map[string]any); ok {
			named, err = negatedOperator(negated, object)
		} else {
			named, err = several(exactly)(argument)
		}
		if err != nil {
			return nil, err
		}
		return func(value any) bool { return !named(value) }, nil
	}
}

func negatedOperator(negated map[string]operator, object map[string]any) (test, error) {
	for name, argument := range object {
		if read, ok := negated[name]; ok && len(object) == 1 {
			t, err := read(argument)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			return t, nil
		}
	}
	return nil, fmt.Errorf("%s is not known here", encodedValue(object))
}

func exactly(argument any) (test, error) {
	switch argument.(type) {
	case string, json.Number:
		return func(value any) bool { return equalValues(argument, value) }, nil
	}
	return nil, fmt.Errorf("%s: want a string, a number, or a list of them", encodedValue(argument))
}

// maxNumeric is the largest number that is compared, and its negative the
// smallest.
const maxNumeric = 5_000_000_000

// numeric is a comparison with a number, or a range: [">", 0, "<=", 5].
func numeric(argument any) (test, error) {
	malformed := errors.New(`want a comparison such as ["=", 5] or a range such as [">", 0, "<=", 5]`)
	list, ok := argument.([]any)
	if !ok || len(list) != 2 && len(list) != 4 {
		return nil, malformed
	}
	var bounds []func(number float64) bool
	var signs []byte
	for pair := range slices.Chunk(list, 2) {
		sign, isText := pair[0].(string)
		written, isNumber := pair[1].(json.Number)
		bound, err := strconv.ParseFloat(string(written), 64)
		if !isText || !isNumber || err != nil {
			return nil, malformed
		}
		if bound < -maxNumeric || bound > maxNumeric {
			return nil, fmt.Errorf("%s is not between -5.0e9 and 5.0e9", written)
		}
		holds := map[string]func(float64) bool{
			"=":  func(n float64) bool { return n == bound },
			"<":  func(n float64) bool { return n < bound },
			"<=": func(n float64) bool { return n <= bound },
			">":  func(n float64) bool { return n > bound },
			">=": func(n float64) bool { return n >= bound },
		}[sign]
		if holds == nil {
			return nil, malformed
		}
		bounds = append(bounds, holds)
		signs = append(signs, sign[0])
	}
	if len(bounds) == 2 && string(signs) != "><" {
		return nil, malformed
	}
	return func(value any) bool {
		number, ok := numberOf(value)
		return ok && !slices.ContainsFunc(bounds, func(holds func(float64) bool) bool { return !holds(number) })
	}, nil
}

// cidr is a range of addresses, of IPv4 or IPv6.
func cidr(argument any) (test, error) {
	text, _ := argument.(string)
	network, err := netip.ParsePrefix(text)
	if err != nil {
		return nil, fmt.Errorf("%s: want a range of addresses such as \"10.0.0.0/24\"", encodedValue(argument))
	}
	return func(value any) bool {
		text, ok := value.(string)
		address, err := netip.ParseAddr(text)
		return ok && err == nil && network.Masked().Contains(address)
	}, nil
}

// wildcards is a text in which * stands for any characters, unless a backslash
// comes before it.
func wildcards(argument any) (test, error) {
	text, ok := argument.(string)
	if !ok {
		return nil, errors.New(`want a string, such as {"wildcard": "a*b"}`)
	}
	parts := []string{""}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '*':
			if i > 0 && text[i-1] == '*' && parts[len(parts)-1] == "" {
				return nil, fmt.Errorf("%q has two wildcards one after the other", text)
			}
			parts = append(parts, "")
			continue
		case '\\':
			i++
			if i == len(text) || text[i] != '*' && text[i] != '\\' {
				return nil, fmt.Errorf(`%q: a backslash may only come before * and \`, text)
			}
		}
		parts[len(parts)-1] += text[i : i+1]
	}
	return func(value any) bool {
		got, ok := value.(string)
		return ok && matchParts(parts, got)
	}, nil
}

// matchParts says whether the text has the parts one after the other, with
// anything between them, from its beginning to its end.
func matchParts(parts []string, text string) bool {
	last := parts[len(parts)-1]
	if len(parts) == 1 {
		return text == last
	}
	text, begins := strings.CutPrefix(text, parts[0])
	if !begins {
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(text, part)
		if !found {
			return false
		}
		text = after
	}
	return strings.HasSuffix(text, last)
}
