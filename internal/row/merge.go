package row

import (
	"bytes"
	"math"
)

// Merge appends the merge of two versions of a row to dst. It is commutative, associative and idempotent, so replicas and
// compactions may see deltas in any order and any number of times. dst must not overlap a or b.
func Merge(dst, a, b []byte) ([]byte, error) {
	left, right := reader{raw: a}, reader{raw: b}
	x, y := left.head(), right.head()
	deleted := x.deleted.Max(y.deleted)
	live := x.live
	if y.live.supersedes(x.live) {
		live = y.live
	}
	var out Builder
	out.Reset(dst)
	if live.timestamp != NoTimestamp && !deleted.Shadows(live.timestamp) {
		out.liveness(live)
	}
	if !deleted.IsZero() {
		out.Delete(deleted)
	}
	m := merger{out: &out, deleted: deleted}
	l, r := column{live: x.live.timestamp}, column{live: y.live.timestamp}
	l.next(&left)
	r.next(&right)
	for l.id != noColumn || r.id != noColumn {
		switch {
		case l.id < r.id:
			m.one(&l, &left)
			l.next(&left)
		case r.id < l.id:
			m.one(&r, &right)
			r.next(&right)
		default:
			m.two(&l, &r, &left, &right)
			l.next(&left)
			r.next(&right)
		}
	}
	if left.bad || right.bad {
		return dst, ErrCorrupt
	}
	return out.Finish(), nil
}

const noColumn = math.MaxUint64

// column is the head of one encoded column; its body is still in the reader.
type column struct {
	id    uint64
	flags byte
	live  int64
}

func (c *column) next(r *reader) {
	if len(r.raw) == 0 {
		c.id = noColumn
		return
	}
	c.id = r.uvarint()
	c.flags = r.byte()
	if r.bad {
		c.id = noColumn
	}
}

// merger writes merged columns, leaving out what the row deletion shadows.
type merger struct {
	out     *Builder
	deleted Deletion
}

// one copies a column that only one side has.
func (m *merger) one(c *column, r *reader) {
	switch c.flags & kindMask {
	case kindCell:
		if v := r.cell(c.flags, c.live); !m.deleted.Shadows(v.timestamp) && !r.bad {
			m.out.cell(uint32(c.id), &v)
		}
	case kindComplex:
		m.complex(c, c, r, nil)
	case kindCounter:
		m.counter(c, c, r, nil)
	default:
		r.fail()
	}
}

func (m *merger) two(l, r *column, left, right *reader) {
	switch kl, kr := l.flags&kindMask, r.flags&kindMask; {
	case kl == kindCell && kr == kindCell:
		a, b := left.cell(l.flags, l.live), right.cell(r.flags, r.live)
		if !wins(&a, &b) {
			a = b
		}
		if !m.deleted.Shadows(a.timestamp) && !left.bad && !right.bad {
			m.out.cell(uint32(l.id), &a)
		}
	case kl == kindComplex && kr == kindComplex:
		m.complex(l, r, left, right)
	case kl == kindCounter && kr == kindCounter:
		m.counter(l, r, left, right)
	default:
		left.fail()
	}
}

// wins says whether a is the result of reconciling a and b: the later timestamp; at a tie a tombstone over a value, an expiring
// cell over one that stays, the later expiry, then the larger value.
// Source: Cassandra 5.0, Cells.reconcile.
func wins(a, b *cell) bool {
	if a.timestamp != b.timestamp {
		return a.timestamp > b.timestamp
	}
	if a.tombstone != b.tombstone {
		return a.tombstone
	}
	if a.tombstone {
		return a.localTime >= b.localTime
	}
	if (a.ttl != 0) != (b.ttl != 0) {
		return a.ttl != 0
	}
	if a.expiry != b.expiry {
		return a.expiry > b.expiry
	}
	if c := bytes.Compare(a.value, b.value); c != 0 {
		return c > 0
	}
	return a.ttl >= b.ttl
}

// element is one decoded element of a complex column.
type element struct {
	path []byte
	cell
}

// elements reads a complex column's elements one at a time.
type elements struct {
	r    *reader
	left uint64
	live int64
	cur  element
	ok   bool
}

func (e *elements) next() {
	e.ok = e.r != nil && e.left > 0 && !e.r.bad
	if !e.ok {
		return
	}
	e.left--
	e.cur.path = e.r.bytes()
	flags := e.r.byte()
	e.cur.cell = e.r.cell(flags, e.live)
	e.ok = !e.r.bad
}

func (r *reader) complexHead(flags byte) (Deletion, uint64) {
	d := NotDeleted
	if flags&flagComplexDN != 0 {
		d = r.deletion()
	}
	return d, r.uvarint()
}

// complex merges the elements of a column of both sides; right is nil when only the left has it.
func (m *merger) complex(l, r *column, left, right *reader) {
	deleted, n := left.complexHead(l.flags)
	x := elements{r: left, left: n, live: l.live}
	y := elements{r: right, live: r.live}
	if right != nil {
		var d Deletion
		d, y.left = right.complexHead(r.flags)
		deleted = deleted.Max(d)
	}
	if m.deleted.Shadows(deleted.Timestamp) {
		deleted = NotDeleted
	}
	m.out.BeginComplex(uint32(l.id), deleted)
	over := m.deleted.Max(deleted)
	put := func(e *element) {
		if !over.Shadows(e.timestamp) {
			m.out.element(e.path, &e.cell)
		}
	}
	x.next()
	y.next()
	for x.ok || y.ok {
		order := 0
		switch {
		case !y.ok:
			order = -1
		case !x.ok:
			order = 1
		default:
			order = bytes.Compare(x.cur.path, y.cur.path)
		}
		switch {
		case order < 0:
			put(&x.cur)
			x.next()
		case order > 0:
			put(&y.cur)
			y.next()
		default:
			if wins(&x.cur.cell, &y.cur.cell) {
				put(&x.cur)
			} else {
				put(&y.cur)
			}
			x.next()
			y.next()
		}
	}
	m.out.EndComplex()
}
