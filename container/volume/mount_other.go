//go:build !linux

package volume

import (
	"errors"
	"net"
	"syscall"

	"helenus/internal/platform"
)

// system mounts nothing: volumes of Docker's engine are Linux's.
type system struct{}

var _ kernel = system{}

var errNotLinux = errors.New("only Linux mounts shares for containers")

func (system) Mount(string, string, string) error { return errNotLinux }

func (system) Unmount(string, bool) error { return errNotLinux }

func (system) Mounts() ([]platform.Mount, error) { return nil, errNotLinux }

func (system) Answers(string) error { return errNotLinux }

func keyRefused(syscall.Errno) bool { return false }

func release() string { return "not Linux" }

func openSocket(string, int) (net.Listener, error) { return nil, errNotLinux }
