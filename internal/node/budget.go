package node

import (
	"runtime"
	"sync/atomic"
	"time"

	"helenus/internal/platform"
	"helenus/internal/transport"
)

// budget divides the memory that the node lives in. What is not divided here is for rows on their way: reads that gather them, writes before they are
// in a memtable.
type budget struct {
	process  int64  // Go's soft limit
	strained int64  // what Go may hold for a moment, until it has collected
	garbage  int    // percent of what is in use that may be garbage before it is collected, as GOGC
	cache    int64  // Pebble's block cache
	memTable uint64 // one memtable; up to four exist
	// centroids are the middles of clusters of vectors.
	centroids int
	// internode bounds the calls that run for other nodes and, apart, the messages that wait for other nodes to take them.
	internode   int64
	clients     int64 // requests of clients and the responses that they have not taken
	address     int64 // of that, those of one client address
	prepared    int   // statements that clients have prepared
	frame       int   // one request
	page        int   // one page of a result, however many rows were asked for
	result      int   // one result that is not paged
	gathered    int64 // results of all requests, while they grow
	piece       int   // what a replica is asked for at once
	heavy       int   // requests that gather rows or are read as text, at once
	connections int   // of clients
	function    int64 // one call of a user function
	functions   int64 // all calls under way
}

// systemBytes is what a process needs beside Go's memory at least: the program's own pages, sockets, the files that it works on.
const systemBytes = 16 << 20

// tightBytes is the memory below which a node spends more time on collecting garbage, so that it stays within it with the pages of its program.
const tightBytes = 96 << 20

// budgets takes the memory given, or a container's limit, or a quarter of the machine's up to 2 GiB; what it found out itself is at most most,
// if that is not 0.
func budgets(memory, most int64) budget {
	if memory == 0 {
		limit, limited := platform.MemoryLimit()
		if memory = limit; !limited {
			memory = min(limit/4, 2<<30)
		}
		if most > 0 {
			memory = min(memory, most)
		}
	}
	b := budget{
		process:     max(min(memory*85/100, memory-systemBytes), memory/2),
		garbage:     100,
		cache:       min(max(memory/4, 4<<20), max(memory/8, memory-(240<<20))),
		memTable:    uint64(min(max(memory/32, 1<<20), 32<<20)),
		centroids:   int(min(max(memory/32, 1<<20), 64<<20)),
		internode:   min(max(memory/16, 4<<20), 256<<20),
		prepared:    int(min(max(memory/32, 1<<20), 16<<20)),
		frame:       int(min(max(memory/32, 1<<20), 16<<20)),
		page:        int(min(max(memory/256, 128<<10), 16<<20)),
		result:      int(min(max(memory/16, 2<<20), 128<<20)),
		gathered:    max(memory/16, 2<<20),
		piece:       int(min(max(memory/256, 128<<10), 1<<20)),
		heavy:       int(min(max(memory/(8<<20), 8), 2048)),
		connections: int(min(max(memory/(128<<10), 128), 10_000)),
		function:    min(max(memory/32, 4<<20), 32<<20),
		functions:   max(memory/16, 8<<20),
	}
	if memory < tightBytes {
		b.garbage = 40
	}
	b.clients = b.process / 6
	b.address = max(b.clients/4, min(b.clients*3/4, 6<<20))
	b.strained = b.process + (memory-b.process)/4
	return b
}

// limits are those of clients. What the configuration asks for is taken as far as there is memory for it.
func (b *budget) limits(o *Options, strained func() bool) transport.Limits {
	l := transport.Limits{FrameBytes: b.frame, Connections: b.connections, InFlightBytes: b.clients, AddressBytes: b.address, Heavy: b.heavy, Strained: strained}
	if o.FrameBytes > 0 {
		l.FrameBytes = min(o.FrameBytes, b.frame)
	}
	if o.Connections > 0 {
		l.Connections = min(o.Connections, b.connections)
	}
	l.AddressConnections = l.Connections - l.Connections/8
	if o.AddressConnections > 0 {
		l.AddressConnections = min(o.AddressConnections, l.Connections)
	}
	return l
}

// strainedFor is how long a look at the memory holds.
const strainedFor = 2 * time.Millisecond

// strain says whether Go holds more memory than it should, though its collector works as hard as it may.
func (b *budget) strain(clock platform.Clock) func() bool {
	gauge := platform.NewMemoryGauge(clock, strainedFor)
	var collected atomic.Int64 // when collecting was asked for, by Clock.Monotonic
	return func() bool {
		if gauge.Bytes() <= b.strained {
			return false
		}
		// Refused requests make no garbage: nothing else would have the collector look for what can go.
		now, last := int64(clock.Monotonic()), collected.Load()
		if now-last > int64(collectEvery) && collected.CompareAndSwap(last, now) {
			go runtime.GC() // Go's limit has it give back by itself what is too much
		}
		return true
	}
}

// collectEvery is how often the collector is asked to run while memory is short, besides when it runs anyway.
const collectEvery = 500 * time.Millisecond
