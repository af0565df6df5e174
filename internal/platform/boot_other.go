//go:build !linux

package platform

import "errors"

// BootID is for Linux: elsewhere the run of the machine is unknown.
func BootID() string { return "" }

// DeviceOf is for Linux.
func DeviceOf(string) (uint64, error) { return 0, errors.ErrUnsupported }
