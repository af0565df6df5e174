package storage

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Wipe deletes everything in a data directory, which must be one. The directory itself stays: something may be mounted there. It is refused while a process
// has it.
func Wipe(dir string) error {
	o := Options{Dir: dir}
	o.setDefaults()
	if err := checkFormat(o.FS, dir); err != nil {
		return err
	}
	lock, err := lockDirectory(o.FS, dir)
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err == nil && len(entries) == 0 {
		return lock.Close()
	}
	errs := []error{err}
	for _, e := range entries {
		if e.Name() != "lost+found" { // a file system's own
			errs = append(errs, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	if err := errors.Join(append(errs, lock.Close())...); err != nil {
		return fmt.Errorf("empty the data directory %s: %w", dir, err)
	}
	return nil
}
