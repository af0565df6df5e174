package storage

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestWipe guards that a wiped directory is a new one, and that neither one in use nor one of something else is touched.
func TestWipe(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	first := s.ID()
	if err := os.Mkdir(filepath.Join(dir, "lost+found"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Wipe(dir); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("wiping a directory in use: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Wipe(dir); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 || left[0].Name() != "lost+found" {
		t.Errorf("left are %v, %v", left, err)
	}
	if s, err = Open(Options{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.ID() == first {
		t.Error("the store is the old one")
	}
}

// TestLockWait guards that a second process waits for the first to end, as long as it may and no longer.
func TestLockWait(t *testing.T) {
	dir := t.TempDir()
	first, err := Open(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Dir: dir, LockWait: 300 * time.Millisecond}); err == nil || !strings.Contains(err.Error(), "it still was after 300ms") {
		t.Errorf("a directory that stays in use: %v", err)
	}
	closed := make(chan error, 1)
	time.AfterFunc(300*time.Millisecond, func() { closed <- first.Close() })
	second, err := Open(Options{Dir: dir, LockWait: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}
