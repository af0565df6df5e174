package system

import (
	"net/netip"
	"time"

	"github.com/google/uuid"

	"helenus/internal/schema"
	"helenus/internal/stats"
)

// Views are what the node counts and is at, for system_views. A nil function means that there is nothing to tell.
type Views struct {
	// Table returns the counts of a table that has been used, nil for another; Files what a stored table takes on the disk, in bytes, and the
	// largest file with rows of it.
	Table func(*schema.Table) *TableCounts
	Files func(*schema.Table) (bytes, largest int64, err error)
	// Monotonic is now, for rates.
	Monotonic func() time.Duration
	Pools     func() []Pool
	Caches    func() []Cache
	Running   func() []Query
	Hints     func() []PendingHints
	Snapshots func() ([]Snapshot, error)
	Streams   func() []Stream
	Repairs   func() []Repair
	Tasks     func() []Task
	Traffic   func() []PeerTraffic
	Logs      func() []LogLine
	// ForgetLogs drops those lines.
	ForgetLogs func()
	// Batches are the partitions of batches by kind: counter, logged, unlogged.
	Batches func() map[string]*stats.Sizes
	// Checks are of addresses that roles log in from.
	Checks func() *stats.Histogram
}

// TableCounts are of one table at this node: as a coordinator of all requests for it, and as a replica.
type TableCounts struct {
	CoordinatorReads, CoordinatorScans, CoordinatorWrites *stats.Histogram
	LocalReads, LocalScans, LocalWrites                   *stats.Histogram
	Rows, Tombstones                                      *stats.Sizes
}

// Pool is work of one kind.
type Pool struct {
	Name                            string
	Active, Limit, Pending          int
	Blocked, EverBlocked, Completed int64
}

// Cache is one that answers requests from memory. Of the counts, those of the last minutes are told as rates.
type Cache struct {
	Name                     string
	Capacity, Bytes          int64
	Entries                  int
	Hits, Requests           int64
	HitsPerSecond, PerSecond float64
}

// Query is a request that runs.
type Query struct {
	Thread          string
	Queued, Running time.Duration
	Task            string
}

// PendingHints are the hints for one node.
type PendingHints struct {
	Host                     uuid.UUID
	Address                  netip.AddrPort
	Datacenter, Rack, Status string
	Files                    int
	Oldest, Newest           time.Time
}

// Snapshot is one of the whole store.
type Snapshot struct {
	Name  string
	Made  time.Time
	Bytes int64
}

// Stream is a range movement that this node takes part in.
type Stream struct {
	ID                 uuid.UUID
	Operation          string
	Peers              []string
	Received           int64 // bytes
	Ranges, RangesDone int
	Began, Updated     time.Time
}

// Repair is a command of nodetool repair.
type Repair struct {
	ID                          uuid.UUID
	Number                      int
	Keyspace                    string
	Tables, Datacenters, Ranges []string
	Primary, Subrange           bool
	Began, Updated              time.Time
	Done                        bool
	// Failure says why it failed; Text what it came to otherwise.
	Failure, Text string
}

// Task is work of the storage engine on a table.
type Task struct {
	ID              uuid.UUID
	Keyspace, Table string
	Kind, Unit      string
	Files           int
	Done, Total     int64
	Directory       string
}

// PeerTraffic are the messages between this node and another.
type PeerTraffic struct {
	Address                                                                                                                               netip.AddrPort
	Datacenter, Rack                                                                                                                      string
	Received, ReceivedBytes, Processed, ProcessedBytes, Expired, ExpiredBytes, Failed, FailedBytes, Scheduled, ScheduledBytes, UsingBytes int64
	Corrupt                                                                                                                               int64
	Sent, SentBytes, SentExpired, SentExpiredBytes, Overloaded, OverloadedBytes, Pending, PendingBytes, SentFailed, SentFailedBytes       int64
	Connections, Attempts, Successes                                                                                                      int64
}

// LogLine is a line of the node's log.
type LogLine struct {
	At                     time.Time
	Level, Logger, Message string
}
