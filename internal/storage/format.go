package storage

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// FormatVersion is the layout of the data directory that this program writes.
//
//	1   keys helenus.keys.v1, rows helenus.row.v1
//	2   the same, and entries of indexes; a store becomes this with its first index
//	3   the same, and entries of indexes on vectors; a store becomes this with its first index on vectors
const FormatVersion = vectorsVersion

// A store has the oldest format that it can have, so that older programs read it as long as they understand all of it.
const (
	firstVersion   = 1
	indexesVersion = 2
	vectorsVersion = 3
)

const formatFile = "helenus-format"

// checkFormat refuses a directory of a newer layout and marks a new one. The file is written before any data, synced.
func checkFormat(fs vfs.FS, dir string) error {
	_, err := readFormat(fs, dir)
	return err
}

// readFormat is checkFormat, and returns the format.
func readFormat(fs vfs.FS, dir string) (int, error) {
	path := fs.PathJoin(dir, formatFile)
	f, err := fs.Open(path)
	if err != nil {
		if _, statErr := fs.Stat(path); statErr == nil {
			return 0, fmt.Errorf("read %s: %w", path, err)
		}
		return firstVersion, writeFirstFormat(fs, dir, path)
	}
	text, err := io.ReadAll(f)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", path, err)
	}
	if len(text) == 0 { // the power went between the file's name and its content
		return firstVersion, writeFormat(fs, dir, path, firstVersion)
	}
	version, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("%s holds %q instead of a version number; is %s a Helenus data directory?", path, text, dir)
	}
	if version > FormatVersion {
		return 0, fmt.Errorf("data directory %s has format %d, this Helenus reads up to %d: start a newer Helenus", dir, version, FormatVersion)
	}
	return version, nil
}

func writeFirstFormat(fs vfs.FS, dir, path string) error {
	entries, err := fs.List(dir)
	if err != nil {
		return fmt.Errorf("list %s: %w", dir, err)
	}
	for _, e := range entries {
		if e == "data" {
			if _, err := fs.Stat(fs.PathJoin(dir, e, "system")); err == nil {
				return fmt.Errorf("data directory %s holds data of Apache Cassandra, which Helenus does not read: give it an empty directory, and bring tables over with COPY of cqlsh", dir)
			}
		}
		if strings.HasPrefix(e, "MANIFEST") || e == "system" {
			return fmt.Errorf("data directory %s holds files but no %s: it is not Helenus's; choose another directory with --data", dir, formatFile)
		}
	}
	return writeFormat(fs, dir, path, firstVersion)
}

// raiseFormat marks the directory as one that only programs read which know a format, unless it is already.
func (s *Store) raiseFormat(version int) error {
	if s.format >= version {
		return nil
	}
	fs, dir := s.options.FS, s.options.Dir
	path := fs.PathJoin(dir, formatFile)
	next := path + ".next"
	if err := writeFormat(fs, dir, next, version); err != nil {
		return err
	}
	if err := fs.Rename(next, path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	s.format = version
	return syncDir(fs, dir)
}

func writeFormat(fs vfs.FS, dir, path string, version int) error {
	f, err := fs.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = f.Write([]byte(strconv.Itoa(version) + "\n"))
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return syncDir(fs, dir)
}

func syncDir(fs vfs.FS, dir string) error {
	d, err := fs.OpenDir(dir)
	if err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	if err := d.Sync(); err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	return d.Close()
}

const storeIDRecord = "store_id"

// loadID reads the store id or makes one.
func (s *Store) loadID() error {
	raw, err := s.Meta(storeIDRecord)
	if err != nil {
		return err
	}
	if raw == nil {
		raw = make([]byte, len(s.id))
		if _, err := io.ReadFull(s.options.Random, raw); err != nil {
			return fmt.Errorf("make a store id: %w", err)
		}
		if err := s.SetMeta(storeIDRecord, raw); err != nil {
			return err
		}
	}
	copy(s.id[:], raw)
	return nil
}
