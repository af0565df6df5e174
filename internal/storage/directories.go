package storage

import (
	"errors"
	"log/slog"
	"sync"
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// directories are files on a system that may sync no directories, as some shares between a machine and its guests. EINVAL says so; there is nothing
// that a program could do about it, and contents are synced all the same.
type directories struct {
	vfs.FS
	log  *slog.Logger
	once sync.Once // for saying so
}

// Unwrap returns the file system below.
func (d *directories) Unwrap() vfs.FS { return d.FS }

// OpenDir opens a directory to be synced.
func (d *directories) OpenDir(name string) (vfs.File, error) {
	f, err := d.FS.OpenDir(name)
	if err != nil {
		return nil, err
	}
	return directory{f, d, name}, nil
}

type directory struct {
	vfs.File
	of   *directories
	name string
}

// Sync syncs the directory where the file system can.
func (d directory) Sync() error {
	err := d.File.Sync()
	if errors.Is(err, syscall.EINVAL) {
		d.of.once.Do(func() {
			d.of.log.Warn("this file system syncs no directories; that is left out", "directory", d.name, "error", err)
		})
		return nil
	}
	return err
}
