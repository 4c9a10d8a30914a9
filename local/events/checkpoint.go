package events

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// checkpoint is how far a mapping has come in its stream.
type checkpoint struct {
	Mapping string // its ID
	Source  string // of which the sequence numbers are

	// Done is, for each of the mapping's lanes, the sequence number up to which
	// its records are done.
	Done []string
}

// low is the sequence number up to which the records of all lanes are done.
func (c checkpoint) low() string {
	return slices.MinFunc(c.Done, compare)
}

// over is the same progress with another number of lanes: records that some
// have done come again, which a stream's reader has to expect.
func (c checkpoint) over(lanes int) checkpoint {
	if len(c.Done) != lanes {
		c.Done = slices.Repeat([]string{c.low()}, lanes)
	}
	return c
}

// checkpoints keeps those of the mappings in a folder, a file each.
type checkpoints struct{ folder string }

func (c checkpoints) file(m *Mapping) string {
	sum := sha256.Sum256([]byte(m.ID))
	return filepath.Join(c.folder, hex.EncodeToString(sum[:8])+".json")
}

// load finds the checkpoint of a mapping. One of another source is none: the
// mapping begins anew there.
func (c checkpoints) load(m *Mapping) (checkpoint, bool, error) {
	data, err := os.ReadFile(c.file(m))
	if errors.Is(err, fs.ErrNotExist) {
		return checkpoint{}, false, nil
	}
	var kept checkpoint
	if err == nil {
		err = json.Unmarshal(data, &kept)
	}
	if err == nil && len(kept.Done) == 0 {
		err = errors.New("it holds no sequence number")
	}
	if err != nil {
		return checkpoint{}, false, fmt.Errorf("how far %s was read is in %s: %w: without that file it is read from its starting position", m.Name, c.file(m), err)
	}
	return kept, kept.Mapping == m.ID && kept.Source == m.Source, nil
}

// save keeps a checkpoint, so that whatever ends the process or fills the disk
// there is this one or the one before.
func (c checkpoints) save(m *Mapping, p checkpoint) error {
	p.Mapping, p.Source = m.ID, m.Source
	data, err := json.Marshal(p)
	if err == nil {
		err = os.MkdirAll(c.folder, 0o750)
	}
	if err == nil {
		err = replace(c.file(m), data)
	}
	if err != nil {
		return fmt.Errorf("keep how far %s was read: %w: what was done since then comes again after a restart", m.Name, err)
	}
	return nil
}

// replace writes a file as a whole. What is left of an attempt that was killed,
// the next one overwrites: each mapping's file has one writer at a time.
func replace(file string, data []byte) error {
	next, err := os.Create(file + ".part") //nolint:gosec // in the data folder
	if err != nil {
		return err
	}
	_, err = next.Write(data)
	if err == nil {
		err = next.Sync()
	}
	if err = errors.Join(err, next.Close()); err == nil {
		err = os.Rename(next.Name(), file)
	}
	if err != nil {
		_ = os.Remove(next.Name()) // it is of no use
	}
	return err
}
