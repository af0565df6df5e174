package storage

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"helenus/internal/lease"
)

// Wipe deletes everything in a data directory, which must be one. The directory itself stays: something may be mounted there. It is refused while a process
// has it. Leases stay: their numbers must not go down.
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
	if holder, err := lease.Standing(dir); err != nil || holder != "" {
		return errors.Join(fmt.Errorf("the data directory %s is not emptied: %s has its lease", dir, holder), err, lock.Close())
	}
	entries, err := os.ReadDir(dir)
	if err == nil && len(entries) == 0 {
		return lock.Close()
	}
	errs := []error{err}
	for _, e := range entries {
		if e.Name() != "lost+found" && e.Name() != lease.FileName && !strings.HasPrefix(e.Name(), lease.FilePrefix) { // a file system's own, or a lease's
			errs = append(errs, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	if err := errors.Join(append(errs, lock.Close())...); err != nil {
		return fmt.Errorf("empty the data directory %s: %w", dir, err)
	}
	return nil
}
