package uuid

import (
	"regexp"
	"testing"
)

func TestEachIsAnotherOfVersion4(t *testing.T) {
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]bool{}
	for range 100 {
		id := New()
		if !form.MatchString(id) || seen[id] {
			t.Errorf("%s is none, or is not the first", id)
		}
		seen[id] = true
	}
}
