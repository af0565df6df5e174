package storage

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Snapshots are checkpoints of the whole store below its directory: hard links where the file system has them. To go back to one, start a node
// with it as data directory.
const snapshotDir = "snapshots"

// Snapshot is one that was made.
type Snapshot struct {
	Tag   string
	Bytes int64 // of its files, most of which the store may share
	Made  time.Time
}

var snapshotTag = regexp.MustCompile(`^[A-Za-z0-9._-]{1,200}$`)

func (s *Store) snapshotPath(tag string) (string, error) {
	if !snapshotTag.MatchString(tag) || tag == "." || tag == ".." {
		return "", fmt.Errorf("%q can't be a snapshot's name: letters, digits, dots, dashes and underscores", tag)
	}
	return filepath.Join(s.options.Dir, snapshotDir, tag), nil
}

// MakeSnapshot makes a snapshot.
func (s *Store) MakeSnapshot(tag string) error {
	defer s.dies()
	path, err := s.snapshotPath(tag)
	if err != nil {
		return err
	}
	fs := s.options.FS
	if _, err := fs.Stat(path); err == nil {
		return fmt.Errorf("snapshot %s already exists", tag)
	}
	if err := fs.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make a snapshot: %w", err)
	}
	if err := s.db.Checkpoint(path, pebble.WithFlushedWAL()); err != nil {
		return fmt.Errorf("make a snapshot: %w", errors.Join(err, fs.RemoveAll(path)))
	}
	if err := vfs.Copy(fs, filepath.Join(s.options.Dir, formatFile), filepath.Join(path, formatFile)); err != nil {
		return fmt.Errorf("make a snapshot: %w", errors.Join(err, fs.RemoveAll(path)))
	}
	return nil
}

// Snapshots returns those that there are.
func (s *Store) Snapshots() ([]Snapshot, error) {
	fs, dir := s.options.FS, filepath.Join(s.options.Dir, snapshotDir)
	tags, err := fs.List(dir)
	if err != nil {
		return nil, nil //nolint:nilerr // there is none yet
	}
	var all []Snapshot
	for _, tag := range tags {
		one := Snapshot{Tag: tag}
		files, err := fs.List(filepath.Join(dir, tag))
		if err != nil {
			return nil, fmt.Errorf("list snapshots: %w", err)
		}
		for _, f := range files {
			info, err := fs.Stat(filepath.Join(dir, tag, f))
			if err != nil {
				return nil, fmt.Errorf("list snapshots: %w", err)
			}
			one.Bytes += info.Size()
			if info.ModTime().After(one.Made) {
				one.Made = info.ModTime()
			}
		}
		all = append(all, one)
	}
	return all, nil
}

// DropSnapshot deletes a snapshot.
func (s *Store) DropSnapshot(tag string) error {
	path, err := s.snapshotPath(tag)
	if err != nil {
		return err
	}
	if _, err := s.options.FS.Stat(path); err != nil {
		return fmt.Errorf("there is no snapshot %s", tag)
	}
	if err := s.options.FS.RemoveAll(path); err != nil {
		return fmt.Errorf("delete a snapshot: %w", err)
	}
	return nil
}
