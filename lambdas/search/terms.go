package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"annex/lambdas/internal/searchindex"
)

// A term is a word of a query, folded, and what other words for the same thing find, too.
type term struct {
	word     []rune
	synonyms [][]rune
}

// A language is what search knows of the words that shoppers use. It is applied to queries alone, so that a change of
// it finds other products in the same index.
type language struct {
	stopWords map[string]bool
	synonyms  map[string][][]rune // the others of its group, by a word
}

// terms are what is looked for where the query has these words, folded and each once. Stop words are left out, for
// whoever searches for "a mug for tea" wants what has neither "a" nor "for" in its description, too. A query of nothing
// else is about them.
func (l language) terms(words []string) []term {
	telling := slices.DeleteFunc(slices.Clone(words), func(word string) bool { return l.stopWords[word] })
	if len(telling) == 0 {
		telling = words
	}
	terms := make([]term, len(telling))
	for i, word := range telling {
		terms[i] = term{word: []rune(word), synonyms: l.synonyms[word]}
	}
	return terms
}

// readLanguage reads the files of the stop words and of the synonyms, whose lines are words; after a # comes a comment.
// A line of synonyms is a group of words for one thing. No name is no file, and no such words.
func readLanguage(stopWords, synonyms string) (language, error) {
	l := language{stopWords: map[string]bool{}, synonyms: map[string][][]rune{}}
	err := readLines(stopWords, func(words []string) error {
		for _, word := range words {
			l.stopWords[word] = true
		}
		return nil
	})
	if err != nil {
		return language{}, fmt.Errorf("read the stop words: %w", err)
	}
	err = readLines(synonyms, func(words []string) error {
		if len(words) < 2 {
			return fmt.Errorf("%q stands alone: want two words or more for one thing", words[0])
		}
		for _, word := range words {
			if l.synonyms[word] != nil {
				return fmt.Errorf("%q is in another group, too: want one group for all of them", word)
			}
			for _, other := range words {
				if other != word {
					l.synonyms[word] = append(l.synonyms[word], []rune(other))
				}
			}
		}
		return nil
	})
	if err != nil {
		return language{}, fmt.Errorf("read the synonyms: %w", err)
	}
	return l, nil
}

// readLines calls found with the different words of each line that has any. Errors name the file and the line.
func readLines(file string, found func(words []string) error) error {
	if file == "" {
		return nil
	}
	text, err := os.Open(file) //nolint:gosec // the stack names it
	if err != nil {
		return fmt.Errorf("%w: the stack gives the function a layer that has it", err)
	}
	defer func() { _ = text.Close() }() // only read
	return scanLines(file, text, found)
}

func scanLines(name string, text io.Reader, found func(words []string) error) error {
	lines := bufio.NewScanner(text)
	for number := 1; lines.Scan(); number++ {
		line, _, _ := strings.Cut(lines.Text(), "#")
		words := distinct(searchindex.Words(line))
		if len(words) == 0 {
			continue
		}
		if err := found(words); err != nil {
			return fmt.Errorf("%s:%d: %w", name, number, err)
		}
	}
	return lines.Err()
}

// distinct leaves out the words that have come before.
func distinct(words []string) []string {
	var found []string
	for _, word := range words {
		if !slices.Contains(found, word) {
			found = append(found, word)
		}
	}
	return found
}
