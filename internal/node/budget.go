package node

import "helenus/internal/platform"

// budget divides the memory that the node lives in.
type budget struct {
	process  int64  // Go's soft limit
	cache    int64  // Pebble's block cache
	memTable uint64 // one memtable; up to four exist
}

// budgets takes the memory given, or a container's limit, or a quarter of the machine's up to 2 GiB.
func budgets(memory int64) budget {
	if memory == 0 {
		limit, limited := platform.MemoryLimit()
		if memory = limit; !limited {
			memory = min(limit/4, 2<<30)
		}
	}
	return budget{
		process:  memory * 85 / 100,
		cache:    max(memory/4, 4<<20),
		memTable: uint64(min(max(memory/32, 1<<20), 32<<20)),
	}
}
