//go:build !windows

package platform

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// RaiseDescriptors lets this process open as many files as the hard limit allows, and returns that number.
func RaiseDescriptors() (limit uint64, err error) {
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &r); err != nil {
		return 0, fmt.Errorf("read the limit of open files: %w", err)
	}
	if r.Cur >= r.Max {
		return uint64(r.Cur), nil
	}
	raised := unix.Rlimit{Cur: r.Max, Max: r.Max}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &raised); err != nil {
		return uint64(r.Cur), fmt.Errorf("raise the limit of open files from %d to %d: %w", r.Cur, r.Max, err)
	}
	return uint64(r.Max), nil
}
