package stacks

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"annex/stacks/pathpattern"
)

// pattern has the characters that CloudFront takes ("Path pattern" in
// Cache behavior settings), after the slash that it would let one leave out.
var pattern = regexp.MustCompile(`^/[A-Za-z0-9_.*$/~"'@:+&?-]*$`)

const (
	maxPattern = 255 // characters
	// maxPaths is what CloudFront's quota of 75 cache behaviors leaves beside the
	// APIs' and the site's own. Where AWS has raised it for a distribution, raise
	// this.
	maxPaths = 73
)

// validatePaths checks that each path of the site leads somewhere: to the
// APIs, which come first, to the container, or to the site's own files.
func (s Stage) validatePaths(m *mistakes) {
	const field = "Container.Paths"
	paths := s.Container.Paths
	m.check(len(paths) > 0, field, "", `at least one path pattern, like "/shop/*"`)
	m.check(len(paths) <= maxPaths, field, strconv.Itoa(len(paths)), fmt.Sprintf("no more than %d patterns", maxPaths))
	apis := "/" + s.APIPrefix + "/*"
	files := s.siteFiles(m)
	leaveFiles(m, "APIPrefix", s.APIPrefix, apis, files)
	for i, path := range paths {
		m.check(pattern.MatchString(path), field, path, `a CloudFront path pattern, like "/shop/*"`)
		m.check(len(path) <= maxPattern, field, path, fmt.Sprintf("no more than %d characters", maxPattern))
		below, all := strings.CutSuffix(path, "/*")
		m.check(i > 0 || all && !strings.ContainsAny(below, "*?"), field, path,
			`a path that ends in "/*" first, for the page looks for the products below it`)
		if !pattern.MatchString(path) {
			continue
		}
		m.check(!pathpattern.Covers(apis, path), field, path, "a pattern of other paths than "+apis+", which are the APIs' before they are the container's")
		for _, earlier := range paths[:i] {
			if pathpattern.Covers(earlier, path) {
				m.check(false, field, path, fmt.Sprintf("it before %q or not at all: that matches every path that it does", earlier))
				break
			}
		}
		leaveFiles(m, field, path, path, files)
	}
}

// leaveFiles checks that a pattern takes no path that a file of the site has.
func leaveFiles(m *mistakes, field, value, pattern string, files []string) {
	for _, file := range files {
		if pathpattern.Covers(pattern, file) {
			m.check(false, field, value, "a pattern that leaves the site its own "+file)
			return
		}
	}
}

// siteFiles are the paths at which the site's files are, and the site itself.
func (s Stage) siteFiles(m *mistakes) []string {
	files := []string{"/", "/config.json"} // the second is made by NewSite
	if !filepath.IsLocal(s.SiteFolder) {
		m.check(false, "SiteFolder", s.SiteFolder, `a folder below the repository's, like "site"`)
		return files
	}
	err := fs.WalkDir(os.DirFS(s.SiteFolder), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files = append(files, "/"+path)
		if folder, ok := strings.CutSuffix(path, "/index.html"); ok {
			files = append(files, "/"+folder, "/"+folder+"/")
		}
		return nil
	})
	_, noIndex := os.Stat(filepath.Join(s.SiteFolder, "index.html"))
	m.check(err == nil && noIndex == nil, "SiteFolder", s.SiteFolder, "a folder of the repository with an index.html")
	return files
}
