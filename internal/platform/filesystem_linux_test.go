package platform

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestProbe wants nothing left behind, and the step that fails named.
func TestProbe(t *testing.T) {
	dir := t.TempDir()
	if err := Probe(dir); err != nil && !errors.Is(err, ErrNoDirectorySync) {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v %v", left, err)
	}
	if err := Probe(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if err := Probe("/proc/self"); err == nil {
		t.Error("a file was made under /proc")
	}
}

// TestFileSystemOf finds what a directory is on, before it is made, too.
func TestFileSystemOf(t *testing.T) {
	for dir, want := range map[string]string{"/proc/self": Other, "/proc/none/below": Other, "/dev/shm/none/below": Local} {
		if f, err := FileSystemOf(dir); err != nil || f.Kind != want {
			t.Errorf("%s: %+v %v", dir, f, err)
		}
	}
	all := []Mount{{Point: "/", Source: "root"}, {Point: "/a", Source: "lower"}, {Point: "/a", Source: "upper"}, {Point: "/a/b", Source: "below"}}
	for path, want := range map[string]string{"/": "root", "/ab": "root", "/a": "upper", "/a/c/d": "upper", "/a/b/c": "below"} {
		if got := mountOf(all, path).Source; got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}
