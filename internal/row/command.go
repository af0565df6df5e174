package row

import (
	"helenus/internal/key"
	"helenus/internal/schema"
)

// Command says which stored rows a replica is to read: some partitions or a range of tokens, and in each the same slices.
type Command struct {
	Table *schema.Table
	// Partitions are read in this order. When nil, Tokens is scanned in token order.
	Partitions []key.Partition
	Tokens     key.TokenRange
	// Resume, when not nil, skips everything before a place: partitions in front of it (token scan only), and in that
	// partition all rows up to and including Resume.Clustering (in the order of reading).
	Resume *Position
	// Slices are disjoint ranges of clustering keys in ascending order; nil reads all rows of the partition.
	Slices []key.Range
	// Reversed reads each partition's rows from the last to the first.
	Reversed bool
	// StaticOnly reads no rows, only headers and static rows (SELECT DISTINCT).
	StaticOnly bool
	// Indexed, when not nil, leaves only rows (of partitions) for which all of these hold. A replica may deliver more: rows whose terms have changed
	// since, which the reader has to check.
	Indexed []IndexRange
	// Wanted is about how many live rows will be taken, 0 when nobody knows: a coordinator asks replicas for that many at a time.
	Wanted int
	// Watch bounds what a read for a client may meet; nil: nothing does. It does not travel.
	Watch *Watch
}

// IndexRange asks for rows with a term of an index in one of some ranges: ascending, disjoint. See package index. Of an index on vectors it asks for rows whose
// vectors are among those most like another.
type IndexRange struct {
	Index   *schema.Index
	Ranges  []key.Range
	Nearest *Nearest
}

// Nearest asks for the live rows whose vectors are most like one, in the range of tokens that a command has: about those, and as many as there are.
type Nearest struct {
	Vector []byte
	// Count is how many rows are wanted. A reader may get more.
	Count int
	// Now is the request's time, in seconds since 1970.
	Now int64
}

// Contains says whether a term is in one of the ranges.
func (q *IndexRange) Contains(term []byte) bool {
	for i := range q.Ranges {
		if q.Ranges[i].Contains(term) {
			return true
		}
	}
	return false
}

// Position is a place in a scan.
type Position struct {
	Partition key.Partition
	// Clustering is the encoded key of the last row delivered; nil when only the static row was.
	Clustering []byte
	// PartitionDone is true when no row of Partition is left to deliver.
	PartitionDone bool
}
