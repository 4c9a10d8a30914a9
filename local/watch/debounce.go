package watch

import (
	"maps"
	"slices"
	"time"
)

// Saving one file is several events (editors write another file and rename it,
// or truncate and write), and a git checkout is thousands. A change is told
// when nothing has come for quiet, and while events keep coming, every patience.
const (
	quiet    = 60 * time.Millisecond
	patience = time.Second
)

// debouncer gathers paths until it is time to tell of them.
type debouncer struct {
	first, last time.Time // of the events that were not told yet
	paths       map[string]struct{}
}

// add notes an event.
func (d *debouncer) add(path string, now time.Time) {
	if len(d.paths) == 0 {
		d.first, d.paths = now, map[string]struct{}{}
	}
	d.last = now
	d.paths[path] = struct{}{}
}

// wait is how long it is until what was noted is to be told. It is false where
// nothing was.
func (d *debouncer) wait(now time.Time) (time.Duration, bool) {
	due := d.last.Add(quiet)
	if limit := d.first.Add(patience); limit.Before(due) {
		due = limit
	}
	return max(0, due.Sub(now)), len(d.paths) > 0
}

// take gives the paths, sorted, and begins anew.
func (d *debouncer) take() []string {
	paths := slices.Sorted(maps.Keys(d.paths))
	d.paths = nil
	return paths
}
