package storage

import (
	"io"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// TestNewStoreIsMadeAtOnce guards the first start of a node, which is mostly waiting for the disk.
func TestNewStoreIsMadeAtOnce(t *testing.T) {
	const syncsMax = 12
	var syncs atomic.Int64
	files := errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData {
			syncs.Add(1)
		}
		return nil
	}))
	for _, about := range []string{"new", "again"} {
		syncs.Store(0)
		s, err := Open(Options{Dir: "data", FS: files})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d syncs", about, syncs.Load())
		if n := syncs.Load(); n > syncsMax {
			t.Errorf("%s: %d syncs, at most %d are allowed", about, n, syncsMax)
		}
		if v := s.db.FormatMajorVersion(); v != pebble.FormatNewest {
			t.Errorf("%s: Pebble's format is %s", about, v)
		}
		if err := s.SetMeta("test/record", []byte("kept")); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// lockless is a file system without locks.
type lockless struct{ vfs.FS }

func (lockless) Lock(string) (io.Closer, error) { return nil, syscall.ENOLCK }

// TestWithoutLocks guards that a file system without locks is told from a directory that is in use.
func TestWithoutLocks(t *testing.T) {
	if _, err := Open(Options{Dir: "data", FS: lockless{vfs.NewMem()}}); err == nil || !strings.Contains(err.Error(), "named volume") || strings.Contains(err.Error(), "in use") {
		t.Error(err)
	}
}
