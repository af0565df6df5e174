package row

import (
	"bytes"
	"container/heap"
	"encoding/binary"
	"sort"

	"helenus/internal/key"
)

// RangeTombstone deletes the rows of a range of clustering keys.
type RangeTombstone struct {
	key.Range
	Deletion
}

// A partition's header is encoded as
//
//	flags       1 byte: 1 partition deletion
//	deletion    timestamp 8, local deletion time uvarint
//	ranges …    until the end, disjoint and ascending: flags 1 byte (1: has an end), start and end (uvarint length, bytes), deletion
const (
	headerDeletion = 1
	rangeHasEnd    = 1
)

// AppendHeader appends a header delta. ranges need not be disjoint or sorted.
func AppendHeader(dst []byte, partition Deletion, ranges []RangeTombstone) []byte {
	if len(ranges) > 1 {
		ranges = disjoint(ranges)
	}
	return appendHeader(dst, partition, ranges)
}

func appendHeader(dst []byte, partition Deletion, ranges []RangeTombstone) []byte {
	b := Builder{dst: append(dst, 0)}
	if !partition.IsZero() {
		b.dst[len(dst)] = headerDeletion
		b.deletion(partition)
	}
	for _, r := range ranges {
		if partition.Shadows(r.Timestamp) || r.IsEmpty() {
			continue
		}
		var flags byte
		if r.End != nil {
			flags = rangeHasEnd
		}
		b.dst = append(b.dst, flags)
		b.dst = binary.AppendUvarint(b.dst, uint64(len(r.Start)))
		b.dst = append(b.dst, r.Start...)
		if r.End != nil {
			b.dst = binary.AppendUvarint(b.dst, uint64(len(r.End)))
			b.dst = append(b.dst, r.End...)
		}
		b.deletion(r.Deletion)
	}
	return b.dst
}

// MergeHeader appends the merge of headers to dst: the latest partition deletion, and for every key the latest range
// tombstone. It is commutative, associative and idempotent. Many headers at once cost less than two by two.
func MergeHeader(dst []byte, headers ...[]byte) ([]byte, error) {
	partition := NotDeleted
	var all []RangeTombstone
	var h HeaderView
	for _, encoded := range headers {
		if err := h.Reset(encoded); err != nil {
			return dst, err
		}
		partition = partition.Max(h.Partition())
		all = append(all, h.ranges...)
	}
	return AppendHeader(dst, partition, all), nil
}

// disjoint cuts overlapping ranges at each other's bounds and keeps the later deletion of every piece. It takes time n log n.
func disjoint(ranges []RangeTombstone) []RangeTombstone {
	var open openRanges
	var out []RangeTombstone
	cuts := cutsOf(ranges)
	sort.Slice(ranges, func(i, j int) bool { return bytes.Compare(ranges[i].Start, ranges[j].Start) < 0 })
	next := 0
	for i := 0; i+1 < len(cuts); i++ {
		from, to := cuts[i], cuts[i+1]
		if to != nil && bytes.Equal(from, to) {
			continue
		}
		for next < len(ranges) && bytes.Compare(ranges[next].Start, from) <= 0 {
			heap.Push(&open, ranges[next])
			next++
		}
		for len(open) > 0 && open[0].End != nil && bytes.Compare(open[0].End, from) <= 0 {
			heap.Pop(&open)
		}
		if len(open) == 0 {
			continue
		}
		best := open[0].Deletion
		if n := len(out); n > 0 && out[n-1].Deletion == best && out[n-1].End != nil && bytes.Equal(out[n-1].End, from) {
			out[n-1].End = to
			continue
		}
		out = append(out, RangeTombstone{key.Range{Start: from, End: to}, best})
	}
	return out
}

// cutsOf returns the bounds of all ranges in ascending order; a nil at the end stands for no bound.
func cutsOf(ranges []RangeTombstone) [][]byte {
	cuts := make([][]byte, 0, 2*len(ranges)+1)
	unbounded := false
	for _, r := range ranges {
		cuts = append(cuts, r.Start)
		if r.End == nil {
			unbounded = true
		} else {
			cuts = append(cuts, r.End)
		}
	}
	sort.Slice(cuts, func(i, j int) bool { return bytes.Compare(cuts[i], cuts[j]) < 0 })
	if unbounded {
		cuts = append(cuts, nil)
	}
	return cuts
}

// openRanges is a heap of the ranges over a place, the latest deletion first; ranges that ended linger until they come first.
type openRanges []RangeTombstone

var _ heap.Interface = (*openRanges)(nil)

func (o openRanges) Len() int { return len(o) }

func (o openRanges) Less(i, j int) bool {
	a, b := o[i].Deletion, o[j].Deletion
	return a != b && a.Max(b) == a
}

func (o openRanges) Swap(i, j int) { o[i], o[j] = o[j], o[i] }

// Push is for package heap.
func (o *openRanges) Push(r any) { *o = append(*o, r.(RangeTombstone)) }

// Pop is for package heap.
func (o *openRanges) Pop() any {
	last := (*o)[len(*o)-1]
	*o = (*o)[:len(*o)-1]
	return last
}

// HeaderView reads an encoded header; it aliases the bytes it was Reset to. The zero value is a partition without deletions.
type HeaderView struct {
	partition Deletion
	ranges    []RangeTombstone
	present   bool
}

// Reset reads another header; nil is one without deletions.
func (h *HeaderView) Reset(encoded []byte) error {
	h.partition, h.ranges, h.present = NotDeleted, h.ranges[:0], len(encoded) > 0
	if !h.present {
		return nil
	}
	r := reader{raw: encoded}
	if r.byte()&headerDeletion != 0 {
		h.partition = r.deletion()
	}
	for len(r.raw) > 0 {
		var t RangeTombstone
		flags := r.byte()
		t.Start = r.bytes()
		if flags&rangeHasEnd != 0 {
			t.End = r.bytes()
		}
		t.Deletion = r.deletion()
		h.ranges = append(h.ranges, t)
	}
	if r.bad {
		return ErrCorrupt
	}
	return nil
}

// Partition returns the deletion of the whole partition.
func (h *HeaderView) Partition() Deletion {
	if !h.present {
		return NotDeleted
	}
	return h.partition
}

// Ranges returns the range tombstones, disjoint and ascending.
func (h *HeaderView) Ranges() []RangeTombstone { return h.ranges }

// Covering returns what deletes the row with an encoded clustering key from outside: the later of the partition's deletion
// and the range tombstone over it.
func (h *HeaderView) Covering(clustering []byte) Deletion {
	if !h.present {
		return NotDeleted
	}
	d := h.partition
	if len(h.ranges) == 0 {
		return d
	}
	i := sort.Search(len(h.ranges), func(i int) bool { return bytes.Compare(h.ranges[i].Start, clustering) > 0 }) - 1
	if i >= 0 && h.ranges[i].Contains(clustering) {
		d = d.Max(h.ranges[i].Deletion)
	}
	return d
}
