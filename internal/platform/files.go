package platform

import (
	"errors"
	"io"
	"os"
)

// Files are the machine's small files that several processes, perhaps of several hosts, look at. Each call opens the file anew, so that what another host has written
// to a share is seen.
type Files struct{}

// List returns the names in a directory.
func (Files) List(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

// Read returns the beginning of a file, at most max bytes, and 4096. It asks the server where the file is on one: what this machine remembers of it does not count.
func (Files) Read(path string, max int) ([]byte, error) { return readDirect(path, min(max, pageBytes)) }

// pageBytes is what direct reads are a multiple of.
const pageBytes = 4096

func readPlain(path string, max int) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(io.LimitReader(f, int64(max)))
	return raw, errors.Join(err, f.Close())
}

// Create makes a file with content, synced. The error is fs.ErrExist where there is one: of several processes that create it one succeeds, on shares as well.
func (Files) Create(path string, content []byte) error {
	return write(path, os.O_CREATE|os.O_EXCL, content)
}

// Overwrite writes content over the beginning of a file that is there, synced. It neither makes nor renames a file: over one that another process has open SMB
// does not rename.
func (Files) Overwrite(path string, content []byte) error { return write(path, 0, content) }

// Remove deletes a file.
func (Files) Remove(path string) error { return os.Remove(path) }

func write(path string, flags int, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|flags, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(content, 0)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
