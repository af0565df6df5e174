package platform

import (
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// MemoryLimit returns the bytes of memory that this process may use: the lowest limit of its control group and those above it (version 2 or 1), else
// the machine's. limited tells which.
func MemoryLimit() (bytes int64, limited bool) {
	var info unix.Sysinfo_t
	machine := int64(1 << 30)
	if err := unix.Sysinfo(&info); err == nil {
		machine = int64(info.Totalram) * int64(info.Unit)
	}
	if n := groupLimit(os.DirFS("/")); n > 0 && n < machine {
		return n, true
	}
	return machine, false
}

const (
	groupsV2 = "sys/fs/cgroup"
	groupsV1 = "sys/fs/cgroup/memory"
)

// groupLimit returns the lowest limit that can be seen, or 0. A process in a container may see its own group as the root of all, or its path as the
// host knows it, which leads nowhere: each group is looked for from its path up to the root. What a group of version 1 inherits stands in its statistics.
func groupLimit(files fs.FS) int64 {
	own := map[string]string{groupsV2: "/", groupsV1: "/"}
	if raw, err := fs.ReadFile(files, "proc/self/cgroup"); err == nil {
		for line := range strings.Lines(string(raw)) {
			parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
			switch {
			case len(parts) != 3:
			case parts[0] == "0":
				own[groupsV2] = parts[2]
			case strings.Contains(","+parts[1]+",", ",memory,"):
				own[groupsV1] = parts[2]
			}
		}
	}
	lowest := int64(0)
	note := func(text string) {
		if n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64); err == nil && n > 0 && (lowest == 0 || n < lowest) {
			lowest = n
		}
	}
	for root, group := range own {
		for at := path.Clean("/" + group); ; at = path.Dir(at) {
			for _, name := range []string{"memory.max", "memory.high", "memory.limit_in_bytes"} {
				if raw, err := fs.ReadFile(files, path.Join(root, at, name)); err == nil {
					note(string(raw))
				}
			}
			if raw, err := fs.ReadFile(files, path.Join(root, at, "memory.stat")); err == nil {
				for line := range strings.Lines(string(raw)) {
					if n, ok := strings.CutPrefix(line, "hierarchical_memory_limit "); ok {
						note(n)
					}
				}
			}
			if at == "/" {
				break
			}
		}
	}
	return lowest
}
