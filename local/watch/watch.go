// Package watch tells of changes to the files below a folder, in new folders
// too, some milliseconds after the last of them. Only local's main may import
// it.
package watch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Tree watches a folder and all below it.
type Tree struct {
	root    string // without symbolic links
	ignored func(path string) bool
	watcher *fsnotify.Watcher
	changes chan []string
}

// Everything is told in place of paths when there were more events than the
// system keeps.
const Everything = "."

// Open begins to watch the folder. What is ignored is not looked into: it is
// asked for paths below the root, with slashes. Run must be called then.
func Open(root string, ignored func(path string) bool) (*Tree, error) {
	root, err := filepath.EvalSymlinks(root)
	if err != nil {
		return nil, fmt.Errorf("watching for changes: %w", err)
	}
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watching for changes: %w", err)
	}
	t := &Tree{root: root, ignored: ignored, watcher: watcher, changes: make(chan []string)}
	if err := t.add(root, map[string]bool{}, nil); err != nil {
		return nil, errors.Join(fmt.Errorf("watching for changes: %w", err), watcher.Close())
	}
	return t, nil
}

// Changes tells the paths that changed below the root, with slashes: of files,
// and of folders that came or went. It is closed when Run ends.
func (t *Tree) Changes() <-chan []string { return t.changes }

// Run watches until the context ends. What could not be watched is said.
func (t *Tree) Run(ctx context.Context, say func(error)) {
	defer close(t.changes)
	defer t.watcher.Close() //nolint:errcheck // nothing depends on it any more
	var pending debouncer
	var told []string
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		// Told once it is time; what comes until somebody listens is added.
		var changes chan []string
		if wait, any := pending.wait(time.Now()); any {
			if wait == 0 {
				told = append(told, pending.take()...)
			} else {
				timer.Reset(wait)
			}
		}
		if len(told) > 0 {
			changes = t.changes
		}
		select {
		case <-ctx.Done():
			return
		case changes <- told:
			told = nil
		case <-timer.C:
		case event := <-t.watcher.Events:
			t.note(event, &pending, say)
		case err := <-t.watcher.Errors:
			if errors.Is(err, fsnotify.ErrEventOverflow) {
				pending.add(Everything, time.Now())
			} else {
				say(fmt.Errorf("watching for changes: %w", err))
			}
		}
	}
}

// note notes an event. A folder that is new may have files already, of which
// nothing tells.
func (t *Tree) note(event fsnotify.Event, pending *debouncer, say func(error)) {
	if event.Op == fsnotify.Chmod {
		return // no content
	}
	note := func(path string) {
		if name, ok := t.name(path); ok {
			pending.add(name, time.Now())
		}
	}
	note(event.Name)
	if event.Has(fsnotify.Create) {
		if err := t.add(event.Name, map[string]bool{}, note); err != nil {
			say(fmt.Errorf("watching for changes: %w", err))
		}
	}
}

// name is a path below the root, with slashes. It is false for what is ignored.
func (t *Tree) name(path string) (string, bool) {
	name, err := filepath.Rel(t.root, path)
	name = filepath.ToSlash(name)
	return name, err == nil && (name == Everything || !t.ignored(name))
}

// add watches a folder, and those in it and behind its links, of which each is
// watched once. Found is called for what is in them; nil is not.
func (t *Tree) add(folder string, seen map[string]bool, found func(path string)) error {
	if _, ok := t.name(folder); !ok {
		return nil
	}
	info, err := os.Stat(folder)
	if err != nil || !info.IsDir() {
		return nil // gone again, or a file
	}
	real, err := filepath.EvalSymlinks(folder)
	if err != nil || seen[real] {
		return nil
	}
	seen[real] = true
	// Watched before it is read: what comes in between is told twice, not never.
	switch err := t.watcher.Add(folder); {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("the folder %s: %w", folder, err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil // gone again
	}
	for _, entry := range entries {
		path := filepath.Join(folder, entry.Name())
		if found != nil {
			found(path)
		}
		if entry.IsDir() || entry.Type()&os.ModeSymlink != 0 {
			if err := t.add(path, seen, found); err != nil {
				return err
			}
		}
	}
	return nil
}
