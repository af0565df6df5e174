package row

import (
	"fmt"

	"helenus/internal/key"
)

// Bounds are what a read for a client may meet on a replica before it is worth a warning, and before it ends; 0 or less: any number. Partitions that are
// asked for by name count apart.
type Bounds struct {
	TombstonesWarn, TombstonesFail int
	// Bytes of keys and rows.
	BytesWarn, BytesFail int64
}

// Excess is what a read has met that is too much, or much.
type Excess struct {
	Counts
	// Partition is the last one that was read, Clustering the row that was one too many; nil: none was.
	Partition  key.Partition
	Clustering []byte
	// Nodes is how many replicas met it; 0: this one.
	Nodes int
	// OfBytes tells bytes from tombstones, Ended an end from a warning.
	OfBytes, Ended bool
}

// Error tells operators what has ended a read.
func (e *Excess) Error() string {
	if e.OfBytes {
		return fmt.Sprintf("a read of %d bytes was ended (see local_read_size_fail_threshold)", e.Bytes)
	}
	return fmt.Sprintf("a read was ended after %d tombstones (see tombstone_failure_threshold)", e.Tombstones)
}

// Watch bounds a command and hears of what it meets.
type Watch struct {
	Bounds
	// Hear is told of what is much, and of what has ended the read, once for each partition that was asked for by name and once for a scan.
	Hear func(*Excess)
	// Track has the replicas' excesses told together, instead of this node's alone, and Aborted word the failure, once Hear has been told of all.
	Track   bool
	Aborted func() string
	// PageRows is how many live rows make a page, after which counting begins anew, for a reader that goes through several; 0: it does not.
	PageRows int
}
