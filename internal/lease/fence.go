package lease

import (
	"os"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Fence returns files that can be changed only while the lease is held. A sync is acknowledged only if it was held at the end of it, too: what is acknowledged was on the server
// before a newcomer could read it.
func (l *Lease) Fence(files vfs.FS) vfs.FS { return &fence{files, l.Check} }

type fence struct {
	vfs.FS
	check func() error
}

// Unwrap returns the files below.
func (f *fence) Unwrap() vfs.FS { return f.FS }

// guarded opens a file to be written.
func (f *fence) guarded(open func() (vfs.File, error)) (vfs.File, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	file, err := open()
	if err != nil {
		return nil, err
	}
	return guardedFile{file, f.check}, nil
}

// Create makes a file.
func (f *fence) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return f.guarded(func() (vfs.File, error) { return f.FS.Create(name, category) })
}

// OpenReadWrite opens a file to be changed.
func (f *fence) OpenReadWrite(name string, category vfs.DiskWriteCategory, opts ...vfs.OpenOption) (vfs.File, error) {
	return f.guarded(func() (vfs.File, error) { return f.FS.OpenReadWrite(name, category, opts...) })
}

// ReuseForWrite renames a file to be written again.
func (f *fence) ReuseForWrite(oldname, newname string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return f.guarded(func() (vfs.File, error) { return f.FS.ReuseForWrite(oldname, newname, category) })
}

// OpenDir opens a directory to be synced.
func (f *fence) OpenDir(name string) (vfs.File, error) {
	return f.guarded(func() (vfs.File, error) { return f.FS.OpenDir(name) })
}

func (f *fence) guard(change func() error) error {
	if err := f.check(); err != nil {
		return err
	}
	return change()
}

// Link makes a hard link.
func (f *fence) Link(oldname, newname string) error {
	return f.guard(func() error { return f.FS.Link(oldname, newname) })
}

// Remove deletes a file or an empty directory.
func (f *fence) Remove(name string) error { return f.guard(func() error { return f.FS.Remove(name) }) }

// RemoveAll deletes a directory with all in it.
func (f *fence) RemoveAll(name string) error {
	return f.guard(func() error { return f.FS.RemoveAll(name) })
}

// Rename renames a file.
func (f *fence) Rename(oldname, newname string) error {
	return f.guard(func() error { return f.FS.Rename(oldname, newname) })
}

// MkdirAll makes a directory.
func (f *fence) MkdirAll(dir string, perm os.FileMode) error {
	return f.guard(func() error { return f.FS.MkdirAll(dir, perm) })
}

type guardedFile struct {
	vfs.File
	check func() error
}

// Write appends.
func (f guardedFile) Write(p []byte) (int, error) {
	if err := f.check(); err != nil {
		return 0, err
	}
	return f.File.Write(p)
}

// WriteAt changes a part.
func (f guardedFile) WriteAt(p []byte, at int64) (int, error) {
	if err := f.check(); err != nil {
		return 0, err
	}
	return f.File.WriteAt(p, at)
}

// Preallocate asks for space.
func (f guardedFile) Preallocate(offset, length int64) error {
	if err := f.check(); err != nil {
		return err
	}
	return f.File.Preallocate(offset, length)
}

func (f guardedFile) sync(sync func() error) error {
	if err := f.check(); err != nil {
		return err
	}
	if err := sync(); err != nil {
		return err
	}
	return f.check()
}

// Sync brings all to the disk.
func (f guardedFile) Sync() error { return f.sync(f.File.Sync) }

// SyncData brings the contents to the disk.
func (f guardedFile) SyncData() error { return f.sync(f.File.SyncData) }

// SyncTo brings a part of them to the disk, or begins to.
func (f guardedFile) SyncTo(length int64) (full bool, err error) {
	err = f.sync(func() (err error) {
		full, err = f.File.SyncTo(length)
		return err
	})
	return full, err
}
