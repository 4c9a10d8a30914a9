// Package searchindextest makes catalogues for tests. Only tests import it.
package searchindextest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// Catalogue makes a catalogue of about so many bytes, as a shop would have it: of the words in it a few are in most of the
// products, and most are in a few. The same size makes the same catalogue.
func Catalogue(size int) []byte {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // nothing is to be kept from anybody
	often := rand.NewZipf(random, 1.2, 4, 40_000)
	words := func(least, most int) string {
		var text []string
		for range least + random.IntN(most-least+1) {
			text = append(text, word(often.Uint64()))
		}
		return strings.Join(text, " ")
	}
	var catalogue bytes.Buffer
	catalogue.WriteString("{\"products\": [")
	for number := 0; catalogue.Len() < size; number++ {
		text, err := json.Marshal(map[string]any{
			"id": fmt.Sprintf("product-%d", number), "name": words(2, 4), "category": words(1, 2), "description": words(20, 50),
			"price": map[string]any{"amount": random.IntN(100_000), "currency": "EUR"}, "image": fmt.Sprintf("/shop/images/product-%d.svg", number),
		})
		if err != nil {
			panic(err) // it has nothing that JSON does not take
		}
		if number > 0 {
			catalogue.WriteByte(',')
		}
		catalogue.WriteString("\n  ")
		catalogue.Write(text)
	}
	catalogue.WriteString("\n]}\n")
	return catalogue.Bytes()
}

// Dense makes a catalogue of about so many bytes whose index is three times as large, and takes the most memory: its words
// are short, and hardly any is in two products, as part numbers are. The same size makes the same catalogue.
func Dense(size int) []byte {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // nothing is to be kept from anybody
	var catalogue bytes.Buffer
	catalogue.WriteString("{\"products\": [")
	for number := 0; catalogue.Len() < size; number++ {
		if number > 0 {
			catalogue.WriteByte(',')
		}
		fmt.Fprintf(&catalogue, "\n  {\"id\": \"product-%d\", \"name\": \"bababa\", \"description\": \"do", number)
		for range 80 {
			catalogue.WriteString(" " + strconv.FormatInt(36*36*36*36+random.Int64N(8_000_000), 36))
		}
		catalogue.WriteString("\"}")
	}
	catalogue.WriteString("\n]}\n")
	return catalogue.Bytes()
}

// word is the word of a rank: the more frequent, the shorter.
func word(rank uint64) string {
	var letters []byte
	for number := rank + 20; number > 0; number /= 20 {
		letters = append(letters, "bcdfghjklmnpqrstvwxz"[number%20], "aeiou"[number/20%5])
	}
	return string(letters)
}
