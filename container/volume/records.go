package volume

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Record is what is known of a volume. The account's key is no part of it.
type Record struct {
	CreatedAt time.Time `json:"created_at"`
	Account   string    `json:"account"`
	Options   Options   `json:"options"`
}

// records is a directory with one file for each volume: a line of JSON, which the old driver reads, too.
type records struct{ dir string }

// openRecords makes the directory.
func openRecords(dir string) (records, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return records{}, fmt.Errorf("cannot initialize metadata driver: error creating %s: %w", dir, err)
	}
	return records{dir}, nil
}

func (r records) path(name string) string { return filepath.Join(r.dir, name) }

// get reads a volume's record; the error wraps fs.ErrNotExist where there is none.
func (r records) get(name string) (Record, error) {
	var record Record
	if err := checkName(name); err != nil {
		return record, fmt.Errorf("could not fetch metadata: %w", err)
	}
	raw, err := os.ReadFile(r.path(name))
	if err != nil {
		return record, fmt.Errorf("could not fetch metadata: cannot read metadata: %w", err)
	}
	if err := json.Unmarshal(raw, &record); err != nil {
		return record, fmt.Errorf("could not fetch metadata: %s is no record of a volume: %w", r.path(name), err)
	}
	return record, nil
}

// set writes a record so that either the old or the new one is there, whenever the machine stops.
func (r records) set(name string, record Record) error {
	raw, err := json.Marshal(record)
	if err != nil {
		return fmt.Errorf("cannot write metadata: %w", err)
	}
	if err := replaceFile(r.path(name), raw); err != nil {
		return fmt.Errorf("cannot write metadata: %w", err)
	}
	return nil
}

func (r records) remove(name string) error {
	if err := os.Remove(r.path(name)); err != nil {
		return fmt.Errorf("cannot delete metadata: %w", err)
	}
	return syncDirectory(r.dir)
}

// list returns the names of all volumes, sorted.
func (r records) list() ([]string, error) {
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		return nil, fmt.Errorf("failed to list managed volumes: %w", err)
	}
	names := []string{}
	for _, e := range entries {
		if e.Type().IsRegular() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

// sharing returns the volumes beside one that stand for the same share.
func (r records) sharing(name string, of Record) ([]string, error) {
	all, err := r.list()
	if err != nil {
		return nil, err
	}
	var others []string
	for _, other := range all {
		if other == name {
			continue
		}
		record, err := r.get(other)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err // it may be the share's
		}
		if record.Account == of.Account && record.Options.Share == of.Options.Share {
			others = append(others, other)
		}
	}
	return others, nil
}

// replaceFile puts content at a path, mode 0600, synced.
func replaceFile(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".tmp-") // 0600
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDirectory(filepath.Dir(path))
}

func syncDirectory(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
