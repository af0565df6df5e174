package platform

import (
	"bytes"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"testing"
)

// TestFiles guards exclusive creation, writing over in place, and reading around the kernel's cache.
func TestFiles(t *testing.T) {
	var f Files
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if _, err := f.Read(path, 10); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if err := f.Overwrite(path, []byte("x")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	long := bytes.Repeat([]byte("0123456789"), 1000)
	if err := f.Create(path, long); err != nil {
		t.Fatal(err)
	}
	if err := f.Create(path, []byte("second")); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	if err := f.Overwrite(path, []byte("abc")); err != nil {
		t.Error(err)
	}
	for _, max := range []int{7, 4096} {
		if raw, err := f.Read(path, max); err != nil || !bytes.Equal(raw, append([]byte("abc"), long[3:max]...)) {
			t.Errorf("%d: %q %v", max, raw, err)
		}
	}
	short := filepath.Join(dir, "short")
	if err := f.Create(short, []byte("few")); err != nil {
		t.Fatal(err)
	}
	for _, read := range []func(string, int) ([]byte, error){f.Read, readPlain} {
		if raw, err := read(short, 1024); err != nil || string(raw) != "few" {
			t.Errorf("%q %v", raw, err)
		}
	}
	if names, err := f.List(dir); err != nil || !slices.Equal(names, []string{"file", "short"}) {
		t.Errorf("%q %v", names, err)
	}
	if err := f.Remove(path); err != nil {
		t.Error(err)
	}
	if err := f.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
