package row

import (
	"encoding/binary"
	"errors"
	"math"
)

// A row delta, and a merged row, is a string of bytes:
//
//	flags        1 byte: 1 liveness, 2 liveness expires, 4 row deletion, 8 something in it may be purged some day
//	liveness     timestamp 8; when it expires also ttl uvarint, expiry uvarint
//	deletion     timestamp 8, local deletion time uvarint
//	columns …    ascending by id, until the end
//
//	column       id uvarint, kind 1 byte (low two bits: 0 cell, 1 complex, 2 counter), then
//	  cell         see below, its flags are the kind byte's high bits
//	  complex      8: a deletion follows (timestamp 8, local deletion time uvarint); count uvarint; elements ascending by path:
//	               path (uvarint length, bytes), flags 1 byte, cell
//	  counter      8: a deletion follows; count uvarint; shards ascending by store: store 16, clock 8, value 8, timestamp 8
//
//	cell flags   16 tombstone, 32 expires, 64 has the liveness's timestamp (else 8 bytes follow)
//	cell         [timestamp 8] tombstone: local deletion time uvarint
//	             expires: ttl uvarint, expiry uvarint; then value: uvarint length, bytes
//
// Timestamps are microseconds, big-endian; local deletion times and expiries are seconds since 1970.
const (
	flagLiveness  = 1
	flagExpires   = 2
	flagDeletion  = 4
	flagPurgeable = 8
	kindMask      = 3
	kindCell      = 0
	kindComplex   = 1
	kindCounter   = 2
	flagComplexDN = 8
	cellTombstone = 16
	cellExpires   = 32
	cellSameTime  = 64
)

// NoTimestamp is the timestamp of nothing: before every write.
const NoTimestamp = math.MinInt64

// ErrCorrupt is returned for bytes that are no row.
var ErrCorrupt = errors.New("corrupt row")

// Deletion is a tombstone over a row, partition, range or collection: it shadows what has a timestamp not above its own.
type Deletion struct {
	Timestamp int64 // microseconds; NoTimestamp: no deletion
	LocalTime int64 // seconds since 1970 when it was made; decides when it may be purged
}

// NotDeleted is the absence of a deletion.
var NotDeleted = Deletion{Timestamp: NoTimestamp}

// IsZero says whether d deletes nothing.
func (d Deletion) IsZero() bool { return d.Timestamp == NoTimestamp }

// Shadows says whether d deletes what was written at timestamp.
func (d Deletion) Shadows(timestamp int64) bool { return timestamp <= d.Timestamp && !d.IsZero() }

// Max returns the deletion that shadows more.
func (d Deletion) Max(o Deletion) Deletion {
	if o.Timestamp > d.Timestamp || o.Timestamp == d.Timestamp && o.LocalTime > d.LocalTime {
		return o
	}
	return d
}

// liveness is the primary key's own cell, which INSERT writes.
type liveness struct {
	timestamp int64 // NoTimestamp: none
	ttl       int64
	expiry    int64
}

// supersedes is Cassandra's LivenessInfo.supersedes, made total.
func (l liveness) supersedes(o liveness) bool {
	if l.timestamp != o.timestamp {
		return l.timestamp > o.timestamp
	}
	if (l.ttl != 0) != (o.ttl != 0) {
		return l.ttl != 0
	}
	if l.expiry != o.expiry {
		return l.expiry > o.expiry
	}
	return l.ttl > o.ttl
}

// reader walks encoded bytes; it remembers failure instead of returning it at every step.
type reader struct {
	raw []byte
	bad bool
}

func (r *reader) fail() {
	r.bad = true
	r.raw = nil
}

func (r *reader) byte() byte {
	if len(r.raw) == 0 {
		r.fail()
		return 0
	}
	b := r.raw[0]
	r.raw = r.raw[1:]
	return b
}

func (r *reader) int64() int64 {
	if len(r.raw) < 8 {
		r.fail()
		return 0
	}
	v := int64(binary.BigEndian.Uint64(r.raw))
	r.raw = r.raw[8:]
	return v
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.raw)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.raw = r.raw[n:]
	return v
}

func (r *reader) bytes() []byte {
	n := r.uvarint()
	if n > uint64(len(r.raw)) {
		r.fail()
		return nil
	}
	b := r.raw[:n:n]
	r.raw = r.raw[n:]
	return b
}

func (r *reader) take(n int) []byte {
	if n > len(r.raw) {
		r.fail()
		return nil
	}
	b := r.raw[:n:n]
	r.raw = r.raw[n:]
	return b
}

func (r *reader) deletion() Deletion {
	return Deletion{Timestamp: r.int64(), LocalTime: int64(r.uvarint())}
}

// head is what comes before the columns.
type head struct {
	live    liveness
	deleted Deletion
}

func (r *reader) head() head {
	h := head{live: liveness{timestamp: NoTimestamp}, deleted: NotDeleted}
	flags := r.byte()
	if flags&flagLiveness != 0 {
		h.live.timestamp = r.int64()
		if flags&flagExpires != 0 {
			h.live.ttl, h.live.expiry = int64(r.uvarint()), int64(r.uvarint())
		}
	}
	if flags&flagDeletion != 0 {
		h.deleted = r.deletion()
	}
	return h
}

// cell is one decoded cell.
type cell struct {
	timestamp int64
	tombstone bool
	localTime int64 // of a tombstone
	ttl       int64 // 0: does not expire
	expiry    int64
	value     []byte
}

func (r *reader) cell(flags byte, live int64) cell {
	var c cell
	if flags&cellSameTime != 0 {
		c.timestamp = live
	} else {
		c.timestamp = r.int64()
	}
	if flags&cellTombstone != 0 {
		c.tombstone = true
		c.localTime = int64(r.uvarint())
		return c
	}
	if flags&cellExpires != 0 {
		c.ttl, c.expiry = int64(r.uvarint()), int64(r.uvarint())
	}
	c.value = r.bytes()
	return c
}
