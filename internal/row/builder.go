package row

import "encoding/binary"

// Builder writes an encoded row delta. Call Reset, then Liveness and Delete if wanted, then the columns in ascending order
// of their ids, elements in ascending order of their paths, then Finish. The zero value is ready for Reset.
type Builder struct {
	dst   []byte
	start int
	live  int64 // the liveness's timestamp
	// an open complex column: where its count is to be patched in
	complexAt int
	elements  int
}

// Reset begins a delta at the end of dst, which the Builder owns until Finish.
func (b *Builder) Reset(dst []byte) {
	b.dst, b.start, b.live = append(dst, 0), len(dst), NoTimestamp
}

// Liveness marks the row as inserted; ttl in seconds, 0 for none; now is seconds since 1970.
func (b *Builder) Liveness(timestamp int64, ttl int32, now int64) {
	b.liveness(liveness{timestamp, int64(ttl), expiryOf(ttl, now)})
}

func expiryOf(ttl int32, now int64) int64 {
	if ttl == 0 {
		return 0
	}
	return now + int64(ttl)
}

func (b *Builder) liveness(l liveness) {
	b.live = l.timestamp
	b.dst[b.start] |= flagLiveness
	b.int64(l.timestamp)
	if l.ttl != 0 {
		b.dst[b.start] |= flagExpires | flagPurgeable
		b.uvarint(l.ttl)
		b.uvarint(l.expiry)
	}
}

// Delete deletes the row as it was up to a timestamp.
func (b *Builder) Delete(d Deletion) {
	b.dst[b.start] |= flagDeletion | flagPurgeable
	b.deletion(d)
}

func (b *Builder) deletion(d Deletion) {
	b.int64(d.Timestamp)
	b.uvarint(d.LocalTime)
}

// Cell sets a column; ttl in seconds, 0 for none.
func (b *Builder) Cell(column uint32, timestamp int64, ttl int32, now int64, value []byte) {
	b.cell(column, &cell{timestamp: timestamp, ttl: int64(ttl), expiry: expiryOf(ttl, now), value: value})
}

// Tombstone deletes a column; localTime is seconds since 1970.
func (b *Builder) Tombstone(column uint32, timestamp, localTime int64) {
	b.cell(column, &cell{timestamp: timestamp, tombstone: true, localTime: localTime})
}

func (b *Builder) cell(column uint32, c *cell) {
	b.dst = binary.AppendUvarint(b.dst, uint64(column))
	b.dst = append(b.dst, kindCell|b.cellFlags(c))
	b.cellBody(c)
}

func (b *Builder) cellFlags(c *cell) byte {
	var flags byte
	if c.timestamp == b.live && b.live != NoTimestamp {
		flags |= cellSameTime
	}
	if c.tombstone {
		b.dst[b.start] |= flagPurgeable
		return flags | cellTombstone
	}
	if c.ttl != 0 {
		b.dst[b.start] |= flagPurgeable
		flags |= cellExpires
	}
	return flags
}

func (b *Builder) cellBody(c *cell) {
	if c.timestamp != b.live || b.live == NoTimestamp {
		b.int64(c.timestamp)
	}
	if c.tombstone {
		b.uvarint(c.localTime)
		return
	}
	if c.ttl != 0 {
		b.uvarint(c.ttl)
		b.uvarint(c.expiry)
	}
	b.dst = binary.AppendUvarint(b.dst, uint64(len(c.value)))
	b.dst = append(b.dst, c.value...)
}

// BeginComplex opens a column whose elements are cells of their own; d deletes what it held before (NotDeleted: nothing).
func (b *Builder) BeginComplex(column uint32, d Deletion) {
	b.dst = binary.AppendUvarint(b.dst, uint64(column))
	if d.IsZero() {
		b.dst = append(b.dst, kindComplex)
	} else {
		b.dst[b.start] |= flagPurgeable
		b.dst = append(b.dst, kindComplex|flagComplexDN)
		b.deletion(d)
	}
	b.complexAt, b.elements = len(b.dst), 0
}

// Element sets one element of the open column.
func (b *Builder) Element(path []byte, timestamp int64, ttl int32, now int64, value []byte) {
	b.element(path, &cell{timestamp: timestamp, ttl: int64(ttl), expiry: expiryOf(ttl, now), value: value})
}

// ElementTombstone deletes one element of the open column.
func (b *Builder) ElementTombstone(path []byte, timestamp, localTime int64) {
	b.element(path, &cell{timestamp: timestamp, tombstone: true, localTime: localTime})
}

func (b *Builder) element(path []byte, c *cell) {
	b.elements++
	b.dst = binary.AppendUvarint(b.dst, uint64(len(path)))
	b.dst = append(b.dst, path...)
	b.dst = append(b.dst, b.cellFlags(c))
	b.cellBody(c)
}

// EndComplex closes the open column.
func (b *Builder) EndComplex() {
	var count [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(count[:], uint64(b.elements))
	b.dst = append(b.dst, count[:n]...)
	copy(b.dst[b.complexAt+n:], b.dst[b.complexAt:len(b.dst)-n])
	copy(b.dst[b.complexAt:], count[:n])
}

// Shard is one store's part of a counter: its sum so far, the number of changes that made it, and when the last was made.
type Shard struct {
	Store     [16]byte
	Clock     int64
	Value     int64
	Timestamp int64 // microseconds
}

// Counter sets a counter's shards, ascending by store; d deletes what has a timestamp not above its own (NotDeleted: nothing).
func (b *Builder) Counter(column uint32, d Deletion, shards ...Shard) {
	b.dst = binary.AppendUvarint(b.dst, uint64(column))
	if d.IsZero() {
		b.dst = append(b.dst, kindCounter)
	} else {
		b.dst[b.start] |= flagPurgeable
		b.dst = append(b.dst, kindCounter|flagComplexDN)
		b.deletion(d)
	}
	b.uvarint(int64(len(shards)))
	for i := range shards {
		b.dst = append(b.dst, shards[i].Store[:]...)
		b.int64(shards[i].Clock)
		b.int64(shards[i].Value)
		b.int64(shards[i].Timestamp)
	}
}

// Finish returns dst with the delta at its end.
func (b *Builder) Finish() []byte { return b.dst }

// IsEmpty says whether the delta holds nothing.
func IsEmpty(delta []byte) bool { return len(delta) == 1 }

// Empty is a delta that holds nothing.
var Empty = []byte{0}

// MayPurge says whether Purge could ever leave something out of an encoded row.
func MayPurge(encoded []byte) bool { return len(encoded) > 0 && encoded[0]&flagPurgeable != 0 }

func (b *Builder) int64(v int64) { b.dst = binary.BigEndian.AppendUint64(b.dst, uint64(v)) }

func (b *Builder) uvarint(v int64) { b.dst = binary.AppendUvarint(b.dst, uint64(v)) }
