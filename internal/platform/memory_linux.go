package platform

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// MemoryLimit returns the bytes of memory that this process may use: the control group's limit (version 2 or 1), else the machine's.
// limited tells which.
func MemoryLimit() (bytes int64, limited bool) {
	var info unix.Sysinfo_t
	machine := int64(1 << 30)
	if err := unix.Sysinfo(&info); err == nil {
		machine = int64(info.Totalram) * int64(info.Unit)
	}
	for _, file := range cgroupFiles() {
		raw, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		if n, err := strconv.ParseInt(strings.TrimSpace(string(raw)), 10, 64); err == nil && n > 0 && n < machine {
			return n, true
		}
	}
	return machine, false
}

// cgroupFiles are where a limit may stand: the process's own group first, then the root of what it sees, as in a container.
func cgroupFiles() []string {
	files := []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}
	raw, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return files
	}
	for _, line := range strings.Split(string(raw), "\n") {
		parts := strings.SplitN(line, ":", 3)
		if len(parts) != 3 {
			continue
		}
		if parts[0] == "0" {
			files = append([]string{filepath.Join("/sys/fs/cgroup", parts[2], "memory.max")}, files...)
		} else if strings.Contains(parts[1], "memory") {
			files = append([]string{filepath.Join("/sys/fs/cgroup/memory", parts[2], "memory.limit_in_bytes")}, files...)
		}
	}
	return files
}
