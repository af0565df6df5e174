package row

import "bytes"

// shardBytes is the encoded size of a Shard.
const shardBytes = 40

// counter reads a counter column's body.
func (r *reader) counter(flags byte) (Deletion, []Shard) {
	d := NotDeleted
	if flags&flagComplexDN != 0 {
		d = r.deletion()
	}
	n := r.uvarint()
	if n > uint64(len(r.raw))/shardBytes {
		r.fail()
		return d, nil
	}
	all := make([]Shard, n)
	for i := range all {
		copy(all[i].Store[:], r.take(16))
		all[i].Clock, all[i].Value, all[i].Timestamp = r.int64(), r.int64(), r.int64()
	}
	return d, all
}

// survivors keeps, in place, the shards that a deletion does not shadow.
func survivors(shards []Shard, d Deletion) []Shard {
	kept := shards[:0]
	for i := range shards {
		if !d.Shadows(shards[i].Timestamp) {
			kept = append(kept, shards[i])
		}
	}
	return kept
}

// counter merges the shards of both sides: for each store the one with the higher clock. right is nil when only the left has any.
func (m *merger) counter(l, r *column, left, right *reader) {
	d, a := left.counter(l.flags)
	var b []Shard
	if right != nil {
		var other Deletion
		other, b = right.counter(r.flags)
		d = d.Max(other)
	}
	over := m.deleted.Max(d)
	if m.deleted.Shadows(d.Timestamp) {
		d = NotDeleted
	}
	merged := survivors(union(a, b), over)
	if len(merged) > 0 || !d.IsZero() {
		m.out.Counter(uint32(l.id), d, merged...)
	}
}

func union(a, b []Shard) []Shard {
	if len(b) == 0 {
		return a
	}
	merged := make([]Shard, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch order := bytes.Compare(a[0].Store[:], b[0].Store[:]); {
		case order < 0:
			merged, a = append(merged, a[0]), a[1:]
		case order > 0:
			merged, b = append(merged, b[0]), b[1:]
		default:
			merged = append(merged, later(a[0], b[0]))
			a, b = a[1:], b[1:]
		}
	}
	return append(append(merged, a...), b...)
}

// later is the shard with the higher clock; a clock never repeats with another value, so the rest only makes the order total.
func later(a, b Shard) Shard {
	if a.Clock != b.Clock {
		if a.Clock > b.Clock {
			return a
		}
		return b
	}
	if a.Timestamp > b.Timestamp || a.Timestamp == b.Timestamp && a.Value > b.Value {
		return a
	}
	return b
}

// Increment adds delta to a counter. It is a request, not a state: Resolve turns it into a shard before it may be merged.
func (b *Builder) Increment(column uint32, timestamp, delta int64) {
	b.Counter(column, NotDeleted, Shard{Value: delta, Timestamp: timestamp})
}

// isIncrement tells a request to add from a shard: no store has an id of zeros.
func (s *Shard) isIncrement() bool { return s.Store == [16]byte{} }

// Resolve appends a delta to dst in which every increment is replaced by store's own shard as it is afterwards. current is the
// row's merged state, nil for none, and covering what deletes it from outside; the caller keeps other writers off the row.
// What was deleted counts from zero again, under a clock that still goes up, so that no older shard can come back.
func Resolve(dst, delta, current []byte, covering Deletion, store [16]byte) ([]byte, error) {
	r := reader{raw: delta}
	h := r.head()
	var out Builder
	out.Reset(dst)
	if h.live.timestamp != NoTimestamp {
		out.liveness(h.live)
	}
	if !h.deleted.IsZero() {
		out.Delete(h.deleted)
	}
	c := column0(h)
	m := merger{out: &out, deleted: NotDeleted}
	for c.next(&r); c.id != noColumn; c.next(&r) {
		if c.flags&kindMask != kindCounter {
			m.one(&c, &r)
			continue
		}
		d, shards := r.counter(c.flags)
		for i := range shards {
			if !shards[i].isIncrement() {
				continue
			}
			own, err := ownShard(current, uint32(c.id), covering.Max(d), store)
			if err != nil {
				return dst, err
			}
			own.Clock = max(own.Clock+1, shards[i].Timestamp)
			own.Value += shards[i].Value
			own.Timestamp = shards[i].Timestamp
			shards[i] = own
		}
		out.Counter(uint32(c.id), d, shards...)
	}
	if r.bad {
		return dst, ErrCorrupt
	}
	return out.Finish(), nil
}

// ownShard is a store's shard in a row, or an empty one.
func ownShard(current []byte, column uint32, covering Deletion, store [16]byte) (Shard, error) {
	shards, err := Shards(current, column, covering)
	if err != nil {
		return Shard{}, err
	}
	for i := range shards {
		if shards[i].Store == store {
			return shards[i], nil
		}
	}
	return Shard{Store: store}, nil
}
