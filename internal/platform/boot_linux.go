package platform

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// BootID is a random name of the machine's run since it was last started, the same in all its containers; empty where it is unknown.
func BootID() string {
	raw, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(raw))
}

// DeviceOf is the number that the kernel has for the file system of a directory. No other file system has it as long as this one is mounted or anything in it is
// open.
func DeviceOf(dir string) (uint64, error) {
	var s unix.Stat_t
	if err := unix.Stat(dir, &s); err != nil {
		return 0, err
	}
	return s.Dev, nil
}
