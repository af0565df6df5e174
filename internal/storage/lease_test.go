package storage

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"helenus/internal/lease"
	"helenus/internal/row"
)

// localLocks are files on a share whose locks stay on the host.
type localLocks struct{ vfs.FS }

func (localLocks) Lock(string) (io.Closer, error) { return io.NopCloser(nil), nil }

func leased(dir, host string) Options {
	return Options{Dir: dir, FS: localLocks{vfs.Default}, Lease: &lease.Options{Host: host, Boot: host, Device: 1, Every: 50 * time.Millisecond, Valid: 20 * time.Second, Silent: 30 * time.Second}}
}

// openAt opens a store in a directory of the test's.
func openAt(t *testing.T, o Options) *Store {
	t.Helper()
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestLease guards that a store is opened by one process, that a lost lease ends its writes before they are acknowledged, and that emptying the directory keeps the leases' numbers.
func TestLease(t *testing.T) {
	dir := t.TempDir()
	one := leased(dir, "one")
	lost, fatal := make(chan error, 1), make(chan error, 10)
	one.Lease.OnLost = func(err error) { lost <- err }
	one.OnFatal = func(err error) {
		select {
		case fatal <- err:
		default:
		}
	}
	first := openAt(t, one)
	first.Describe("a node")
	put(t, first, 1, "a", 1, "kept")
	var held *lease.HeldError
	if s, err := Open(leased(dir, "two")); !errors.As(err, &held) || s != nil {
		t.Fatalf("a second store: %v", err)
	}
	if err := Wipe(dir); err == nil || !strings.Contains(err.Error(), "on host one") {
		t.Errorf("emptied: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, formatFile)); err != nil {
		t.Fatal(err)
	}
	waiting := leased(dir, "two")
	var cancel context.CancelFunc
	waiting.Waiting, cancel = context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	waiting.LockWait = time.Hour
	if _, err := Open(waiting); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("told to end while it waits: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, lease.FilePrefix+"2"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var is *lease.LostError
	if err := <-lost; !errors.As(err, &is) {
		t.Error(err)
	}
	c, err := first.Apply([]row.Mutation{{Table: table, Partition: partition(2), Rows: []row.RowDelta{{Delta: delta(1, "x")}}}})
	if err == nil {
		err = c.Wait()
	}
	if !errors.As(err, &is) {
		t.Errorf("a write after the loss: %v", err)
	}
	if err := <-fatal; !errors.As(err, &is) {
		t.Errorf("OnFatal was told %v", err)
	}
	_ = first.Close() // its log could not be synced
}

// TestLeaseGivenBack guards that a store that was closed is opened elsewhere at once, with what was written, and that Wipe leaves the lease.
func TestLeaseGivenBack(t *testing.T) {
	dir := t.TempDir()
	for i, host := range []string{"one", "two", "one"} {
		began := time.Now()
		s := openAt(t, leased(dir, host))
		if took := time.Since(began); took > 25*time.Second {
			t.Errorf("it was waited for: %s", took)
		}
		if i == 0 {
			put(t, s, 1, "a", 1, "kept")
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := Wipe(dir); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 || left[0].Name() != lease.FileName || left[1].Name() != lease.FilePrefix+"3" {
		t.Errorf("left are %v, %v", left, err)
	}
	s := openAt(t, leased(dir, "two"))
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
