package stacks_test

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"annex/stacks"
)

// hashedName is a name that carries a hash of the content, as web.NewSite
// knows them.
var hashedName = regexp.MustCompile(`\.([0-9a-f]{8})\.`)

// TestHashedNamesAreOfTheirContent keeps a browser from showing what a file was
// a year ago: it never asks again for one whose name carries a hash.
func TestHashedNamesAreOfTheirContent(t *testing.T) {
	for _, stage := range stacks.Stages() {
		found := 0
		err := filepath.WalkDir(stage.SiteFolder, func(file string, entry fs.DirEntry, err error) error {
			name := hashedName.FindStringSubmatch(filepath.Base(file))
			if err != nil || entry.IsDir() || name == nil {
				return err
			}
			found++
			content, err := os.ReadFile(file) //nolint:gosec // a file of the site
			if err != nil {
				return err
			}
			sum := sha256.Sum256(content)
			if want := hex.EncodeToString(sum[:])[:8]; name[1] != want {
				t.Errorf("%s: its content's hash is %s: rename it, and what names it", file, want)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if found == 0 {
			t.Errorf("%s of stage %s has no file whose name carries a hash", stage.SiteFolder, stage.Name)
		}
	}
}

// address is url("/…") of a style sheet.
var address = regexp.MustCompile(`url\("(/[^"]+)"\)`)

func TestStyleSheetsNameFilesThatAreThere(t *testing.T) {
	sheets, err := filepath.Glob("site/css/*.css")
	if err != nil || len(sheets) == 0 {
		t.Fatal(sheets, err)
	}
	for _, sheet := range sheets {
		text, err := os.ReadFile(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for _, named := range address.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(path.Join("site", strings.TrimPrefix(named[1], "/"))); err != nil {
				t.Errorf("%s: %v", sheet, err)
			}
		}
	}
}
