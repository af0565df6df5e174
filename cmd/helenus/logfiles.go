package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// Names of the log's files, as Cassandra has them: what standard output gets, and that with the lines that only developers read.
const (
	systemLog = "system.log"
	debugLog  = "debug.log"
)

// logBytesMax bounds a file; a full one gets a number, 1 for the newest, and logKept of those stay.
const (
	logBytesMax = 20 << 20
	logKept     = 4
)

// logFiles are the files that the log is written to beside standard output. They are a help, never a condition: a directory that can't be written, or a
// disk that is full, loses lines and nothing else. The zero value writes nothing.
type logFiles struct{ system, debug *logFile }

// openLogFiles opens the files in a directory; empty: none.
func openLogFiles(dir string) (logFiles, error) {
	if dir == "" {
		return logFiles{}, nil
	}
	err := os.MkdirAll(dir, 0o755)
	if err != nil {
		return logFiles{}, err
	}
	var f logFiles
	if f.system, err = openLogFile(filepath.Join(dir, systemLog), logBytesMax); err != nil {
		return logFiles{}, err
	}
	if f.debug, err = openLogFile(filepath.Join(dir, debugLog), logBytesMax); err != nil {
		return logFiles{}, errors.Join(err, f.system.Close())
	}
	return f, nil
}

// Close closes them; lines that come after it are dropped.
func (f logFiles) Close() error {
	if f.system == nil {
		return nil
	}
	return errors.Join(f.system.Close(), f.debug.Close())
}

// logFile is a file that makes room for itself. It is safe for concurrent use.
type logFile struct {
	path string
	most int64

	mu   sync.Mutex
	file *os.File // guarded by mu; nil when it could not be opened again, or is closed
	size int64    // guarded by mu
}

func openLogFile(path string, most int64) (*logFile, error) {
	f := &logFile{path: path, most: most}
	return f, f.open()
}

// open goes on with the file that is there; f.mu is held, or nobody knows of f yet.
func (f *logFile) open() error {
	file, err := os.OpenFile(f.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return errors.Join(err, file.Close())
	}
	f.file, f.size = file, info.Size()
	return nil
}

// write writes a line.
func (f *logFile) write(line []byte) error {
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return nil
	}
	if f.size > 0 && f.size+int64(len(line)) > f.most {
		if err := f.rotate(); err != nil {
			return err
		}
	}
	n, err := f.file.Write(line)
	f.size += int64(n)
	return err
}

// rotate gives the file the number 1 and begins another; f.mu is held.
func (f *logFile) rotate() error {
	err := f.file.Close()
	f.file = nil
	for n := logKept - 1; n >= 0; n-- {
		from := f.path
		if n > 0 {
			from = numbered(f.path, n)
		}
		if renameErr := os.Rename(from, numbered(f.path, n+1)); renameErr != nil && !errors.Is(renameErr, fs.ErrNotExist) {
			err = errors.Join(err, renameErr, os.Truncate(f.path, 0)) // bounded all the same
			break
		}
	}
	return errors.Join(err, f.open())
}

func numbered(path string, n int) string { return fmt.Sprintf("%s.%d", path, n) }

// Close closes the file.
func (f *logFile) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return nil
	}
	err := f.file.Close()
	f.file = nil
	return err
}
