package platform

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// FileSystem is what a directory lies on.
type FileSystem struct {
	// Kind is smb for CIFS and SMB 2 and later, nfs for NFS, local for what has its disk or memory in this machine, other for the rest.
	Kind string
	// Mount is the mount that it belongs to; zero where that is unknown.
	Mount Mount
}

// Kinds of file systems.
const (
	SMB   = "smb"
	NFS   = "nfs"
	Local = "local"
	Other = "other"
)

// Shared says whether other machines may have the same files.
func (f FileSystem) Shared() bool { return f.Kind == SMB || f.Kind == NFS }

// LocksReach says whether a lock by fcntl(2), which stores take, keeps out processes of other machines: it is the server's. Where the mount's options are unknown it does not.
func (f FileSystem) LocksReach() bool {
	if f.Mount.Point == "" {
		return false
	}
	switch f.Kind {
	case SMB:
		_, local := f.Mount.Option("nobrl")
		return !local
	case NFS:
		_, local := f.Mount.Option("nolock")
		kinds, _ := f.Mount.Option("local_lock")
		return !local && kinds != "all" && kinds != "posix"
	}
	return false
}

// mountOf returns the mount that a path is in: the last one at the longest path above it.
func mountOf(all []Mount, path string) (found Mount) {
	for _, m := range all {
		above := m.Point == path || m.Point == "/" || strings.HasPrefix(path, m.Point+"/")
		if above && len(m.Point) >= len(found.Point) {
			found = m
		}
	}
	return found
}

// existing is the nearest directory above a path that is there, with links followed.
func existing(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	for {
		real, err := filepath.EvalSymlinks(path)
		if err == nil || !errors.Is(err, fs.ErrNotExist) || path == filepath.Dir(path) {
			return real, err
		}
		path = filepath.Dir(path)
	}
}

// ErrNoDirectorySync is returned by Probe where everything else works.
var ErrNoDirectorySync = errors.New("directories can't be synced")

// Probe tries in a directory what a store does with files: makes, writes, syncs, reads, renames, locks and deletes one. What owner and modes say tells
// little on shares. It leaves nothing behind.
func Probe(dir string) error {
	f, err := os.CreateTemp(dir, "helenus-probe-")
	if err != nil {
		return fmt.Errorf("make a file: %w", err)
	}
	name := f.Name()
	err = errors.Join(use(f), f.Close())
	if err == nil {
		err = reuse(name)
	}
	if remove := os.Remove(name); remove != nil && !errors.Is(remove, fs.ErrNotExist) {
		err = errors.Join(err, fmt.Errorf("delete a file: %w", remove))
	}
	if err != nil {
		return err
	}
	return syncDirectory(dir)
}

var probeText = []byte("a probe of Helenus\n")

func use(f *os.File) error {
	if _, err := f.Write(probeText); err != nil {
		return fmt.Errorf("write a file: %w", err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("sync a file: %w", err)
	}
	if err := lockFile(f); err != nil {
		return fmt.Errorf("lock a file: %w", err)
	}
	return nil
}

func reuse(name string) error {
	renamed := name + ".old"
	if err := os.Rename(name, renamed); err != nil {
		return fmt.Errorf("rename a file: %w", err)
	}
	text, err := os.ReadFile(renamed)
	if err == nil && !bytes.Equal(text, probeText) {
		err = fmt.Errorf("%q was written and %q read", probeText, text)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("read a file: %w", err), os.Remove(renamed))
	}
	if err := os.Remove(renamed); err != nil {
		return fmt.Errorf("delete a file: %w", err)
	}
	return nil
}

func syncDirectory(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) {
		err = ErrNoDirectorySync
	}
	return errors.Join(err, d.Close())
}
