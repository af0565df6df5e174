package platform

import (
	"errors"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// readDirect reads around the kernel's cache, where the file system can.
func readDirect(path string, max int) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_DIRECT, 0)
	if errors.Is(err, unix.EINVAL) {
		return readPlain(path, max)
	}
	if err != nil {
		return nil, err
	}
	page := alignedPage()
	n, err := unix.Pread(int(f.Fd()), page, 0)
	switch close := f.Close(); {
	case errors.Is(err, unix.EINVAL):
		return readPlain(path, max)
	case err != nil:
		return nil, &os.PathError{Op: "read", Path: path, Err: err}
	case close != nil:
		return nil, close
	}
	return page[:min(n, max)], nil
}

// alignedPage is memory for a direct read, which begins where a page of memory may.
func alignedPage() []byte {
	room := make([]byte, 2*pageBytes)
	skip := pageBytes - int(uintptr(unsafe.Pointer(&room[0]))%pageBytes)
	return room[skip : skip+pageBytes]
}
