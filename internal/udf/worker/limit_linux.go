package worker

import (
	"os"

	"golang.org/x/sys/unix"
)

// limitProcess holds the process to a bound that one huge allocation can't pass before watch sees it: the kernel refuses the memory, and the
// process ends. Where the machine runs out of memory, this process is the first to go.
func limitProcess(bytesMax int64) {
	most := uint64(256<<20 + 4*bytesMax)
	// Best effort: watch is there as well.
	_ = unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: most, Max: most})
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0)
}
