package main

import (
	"testing"
	"unicode/utf8"
)

func TestEditsAreCounted(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"", "mug", 3},
		{"mug", "mug", 0},
		{"mug", "rug", 1},  // replaced
		{"mug", "smug", 1}, // inserted at the start
		{"mug", "mugs", 1}, // inserted at the end
		{"mugs", "mug", 1}, // deleted
		{"mug", "umg", 1},  // swapped at the start
		{"mug", "mgu", 1},  // swapped at the end
		{"mug", "gum", 2},  // swapped, but not neighbours
		{"ca", "abc", 3},   // no letter is edited twice
		{"kitten", "sitting", 3},
		{"brûlée", "brulee", 2}, // letters, not bytes
		{"terracotta", "treracotat", 2},
	} {
		if got := edits([]rune(test.a), []rune(test.b), 10); got != test.want {
			t.Errorf("edits(%q, %q) = %d, want %d", test.a, test.b, got, test.want)
		}
	}
}

// plainEdits is edits by its definition, without rows and without an early end.
func plainEdits(a, b []rune) int {
	if len(a) == 0 || len(b) == 0 {
		return len(a) + len(b)
	}
	replaced := plainEdits(a[1:], b[1:])
	if a[0] != b[0] {
		replaced++
	}
	least := min(plainEdits(a[1:], b)+1, plainEdits(a, b[1:])+1, replaced)
	if len(a) > 1 && len(b) > 1 && a[0] == b[1] && a[1] == b[0] {
		least = min(least, plainEdits(a[2:], b[2:])+1)
	}
	return least
}

func FuzzEdits(f *testing.F) {
	f.Add("mug", "gum", 2)
	f.Add("teapot", "taepto", 2)
	f.Add("ca", "abc", 1)
	f.Add("", "aaaa", 0)
	f.Fuzz(func(t *testing.T, a, b string, most int) {
		if utf8.RuneCountInString(a) > 7 || utf8.RuneCountInString(b) > 7 || most < 0 || most > 8 {
			t.Skip("plainEdits takes too long")
		}
		got, want := edits([]rune(a), []rune(b), most), plainEdits([]rune(a), []rune(b))
		if want <= most && got != want || want > most && got <= most {
			t.Errorf("edits(%q, %q, %d) = %d, want %d", a, b, most, got, want)
		}
		if turned := edits([]rune(b), []rune(a), most); turned != got && min(turned, got) <= most {
			t.Errorf("edits(%q, %q, %d) = %d, but %d turned round", a, b, most, got, turned)
		}
	})
}
