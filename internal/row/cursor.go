package row

import "helenus/internal/key"

// Cursor walks partitions in order and the rows in each. Byte slices that it hands out are valid until the next call of
// NextPartition, NextRow or Close. Rows come merged but not resolved: deleted and expired ones included, so that a View
// decides what is alive (and a coordinator can merge replicas).
//
//	for c.NextPartition() {
//		… c.Partition(), c.Header(), c.Static() …
//		for c.NextRow() {
//			… c.Clustering(), c.Row() …
//		}
//	}
//	if err := c.Err(); err != nil { … }
type Cursor interface {
	// NextPartition moves to the next partition that has anything stored; rows not walked yet are skipped.
	NextPartition() bool
	Partition() key.Partition
	// Header returns the encoded header, or nil when the partition has no deletion and no range tombstone.
	Header() []byte
	// Static returns the encoded static row, or nil.
	Static() []byte
	NextRow() bool
	Clustering() []byte
	Row() []byte
	// Err returns the error that ended the walk early; a damaged block is an error, never an absence.
	Err() error
	Close() error
}

// NearestCursor is a cursor that may be of a read of the nearest vectors.
type NearestCursor interface {
	Cursor
	// Cut says, at the end of the walk, whether rows were left out, since others were nearer, and the score that none of those left out is above.
	Cut() (least float32, cut bool)
}

// Cut is that of a cursor; nothing is left out by one of another read.
func Cut(c Cursor) (least float32, cut bool) {
	if n, ok := c.(NearestCursor); ok {
		return n.Cut()
	}
	return 0, false
}
