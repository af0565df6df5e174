package volume

import "syscall"

// Errors of the kernel's, as the driver gets them.
const (
	errInvalid    = syscall.EINVAL
	errBusy       = syscall.EBUSY
	errAccess     = syscall.EACCES
	errNone       = syscall.ENOENT
	errNoDevice   = syscall.ENODEV
	errHostDown   = syscall.EHOSTDOWN
	errNotAllowed = syscall.EPERM
)
