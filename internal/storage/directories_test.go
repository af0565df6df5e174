package storage

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// unsyncable is a file system whose directories answer a sync with an error.
type unsyncable struct {
	vfs.FS
	err   error
	syncs atomic.Int64
}

func (u *unsyncable) OpenDir(name string) (vfs.File, error) {
	f, err := u.FS.OpenDir(name)
	return unsyncableDirectory{f, u}, err
}

type unsyncableDirectory struct {
	vfs.File
	of *unsyncable
}

func (d unsyncableDirectory) Sync() error {
	d.of.syncs.Add(1)
	return d.of.err
}

// TestDirectories opens a store where directories can't be synced: one line of the log says so. Any other failure is one.
func TestDirectories(t *testing.T) {
	files := &unsyncable{FS: vfs.NewMem(), err: syscall.EINVAL}
	var log bytes.Buffer
	for range 2 {
		log.Reset()
		s, err := Open(Options{Dir: "data", FS: files, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(s.SetMeta("a", []byte("b")), s.Flush(), s.Close()); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(log.String(), "syncs no directories"); n != 1 {
			t.Errorf("%d lines say so, after %d syncs:\n%s", n, files.syncs.Load(), &log)
		}
	}
	d, err := (&directories{FS: &unsyncable{FS: files.FS, err: syscall.EIO}, log: slog.Default()}).OpenDir("data")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Sync(); !errors.Is(err, syscall.EIO) {
		t.Error(err)
	}
}
