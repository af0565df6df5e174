package lease

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// changes are all ways in which a store changes files.
func changes(files vfs.FS, open vfs.File) map[string]func() error {
	made := func(f vfs.File, err error) error {
		if err != nil {
			return err
		}
		return f.Close()
	}
	return map[string]func() error{
		"Create":        func() error { return made(files.Create("data/new", vfs.WriteCategoryUnspecified)) },
		"OpenReadWrite": func() error { return made(files.OpenReadWrite("data/new", vfs.WriteCategoryUnspecified)) },
		"ReuseForWrite": func() error { return made(files.ReuseForWrite("data/old", "data/new", vfs.WriteCategoryUnspecified)) },
		"Link":          func() error { return files.Link("data/old", "data/linked") },
		"Remove":        func() error { return files.Remove("data/old") },
		"RemoveAll":     func() error { return files.RemoveAll("data/old") },
		"Rename":        func() error { return files.Rename("data/old", "data/renamed") },
		"MkdirAll":      func() error { return files.MkdirAll("data/below", 0o700) },
		"OpenDir":       func() error { return made(files.OpenDir("data")) },
		"Write":         func() error { _, err := open.Write([]byte("x")); return err },
		"WriteAt":       func() error { _, err := open.WriteAt([]byte("x"), 0); return err },
		"Preallocate":   func() error { return open.Preallocate(0, 1) },
		"Sync":          func() error { return open.Sync() },
		"SyncData":      func() error { return open.SyncData() },
		"SyncTo":        func() error { _, err := open.SyncTo(1); return err },
	}
}

// TestFence guards that nothing is changed once the lease is lost, and what was there can be read.
func TestFence(t *testing.T) {
	var denied error
	memory := vfs.NewMem()
	files := &fence{memory, func() error { return denied }}
	if err := files.MkdirAll("data", 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"data/old", "data/open"} {
		f, err := files.Create(name, vfs.WriteCategoryUnspecified)
		if err == nil {
			_, err = f.Write([]byte("kept"))
		}
		if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	open, err := files.OpenReadWrite("data/open", vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	denied = &LostError{"data", "a test"}
	for name, change := range changes(files, open) {
		if err := change(); !errors.Is(err, denied) {
			t.Errorf("%s: %v", name, err)
		}
	}
	names, err := files.List("data")
	if err != nil || len(names) != 2 {
		t.Errorf("%q %v", names, err)
	}
	read, err := files.Open("data/old")
	if err != nil {
		t.Fatal(err)
	}
	text := make([]byte, 4)
	if _, err := read.ReadAt(text, 0); err != nil || string(text) != "kept" {
		t.Errorf("%q %v", text, err)
	}
	if err := errors.Join(read.Close(), open.Close()); err != nil {
		t.Error(err)
	}
}

// slow takes a while to sync.
type slow struct{ vfs.FS }

func (s slow) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := s.FS.Create(name, category)
	return slowFile{f}, err
}

type slowFile struct{ vfs.File }

func (f slowFile) Sync() error {
	time.Sleep(valid + silent)
	return f.File.Sync()
}

// TestLateSync guards that a sync which comes back after the lease was lost is not acknowledged, even if it succeeds, and that one of a holder that was cut off alone is.
func TestLateSync(t *testing.T) {
	for _, taken := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			s := newShare()
			a, b := &host{share: s, name: "a"}, &host{share: s, name: "b"}
			o := a.options(t)
			o.OnLost = func(err error) {
				if !taken {
					t.Error(err)
				}
			}
			l, _ := take(t, o)
			f, err := l.Fence(slow{vfs.NewMem()}).Create("file", vfs.WriteCategoryUnspecified)
			if err != nil {
				t.Fatal(err)
			}
			a.setCut(true)
			time.AfterFunc(valid+silent+time.Minute, func() { a.setCut(false) })
			if taken {
				time.AfterFunc(0, func() { take(t, b.options(t)) })
			}
			var lost *LostError
			if err := f.Sync(); errors.As(err, &lost) != taken || !taken && err != nil {
				t.Errorf("taken %t: %v", taken, err)
			}
		})
	}
}
