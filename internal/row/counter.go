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

// Count returns store's own shard of a counter with delta added at timestamp (microseconds). stored is the row's merged state,
// nil for none, and covering what deletes it from outside; the caller keeps other writers off the row until the shard is
// written. What was deleted counts from zero again; the clock follows the time, so that it goes up even then and the shard from
// before the deletion can't win.
func Count(stored []byte, column uint32, covering Deletion, store [16]byte, delta, timestamp int64) (Shard, error) {
	shards, err := Shards(stored, column, covering)
	if err != nil {
		return Shard{}, err
	}
	own := Shard{Store: store, Timestamp: timestamp}
	for i := range shards {
		if shards[i].Store == store {
			own = shards[i]
		}
	}
	own.Value += delta
	own.Timestamp = max(own.Timestamp, timestamp)
	own.Clock = max(own.Clock+1, own.Timestamp)
	return own, nil
}
