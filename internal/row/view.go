package row

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// Cell is a live cell of a row.
type Cell struct {
	Column    uint32
	Timestamp int64 // microseconds
	TTL       int32 // seconds; 0: does not expire
	ExpiresAt int64 // seconds since 1970
	Value     []byte
	// Elements are set for a complex column; Value is nil then.
	Elements []Element
	// Complex tells a complex column, whose Elements may be aliased until the next Reset.
	Complex bool
}

// Element is a live element of a complex column, in ascending order of path bytes.
type Element struct {
	Path      []byte
	Timestamp int64
	TTL       int32
	ExpiresAt int64
	Value     []byte
}

// View tells what is alive in a row at a moment. It is reused from row to row; everything it hands out aliases the encoded
// row and is valid until the next Reset.
type View struct {
	// Claim, when not 0, is a column whose live cell alone makes the row be there: of a materialized view (schema.View). It stays from row to row.
	Claim uint32

	cells    []Cell
	elements []Element
	live     liveness
	alive    bool
}

// Reset reads an encoded row as it is at now (seconds since 1970), deleted from outside by covering.
func (v *View) Reset(encoded []byte, covering Deletion, now int64) error {
	v.cells, v.elements, v.alive = v.cells[:0], v.elements[:0], false
	v.live = liveness{timestamp: NoTimestamp}
	if len(encoded) == 0 {
		return nil
	}
	r := reader{raw: encoded}
	h := r.head()
	deleted := covering.Max(h.deleted)
	if h.live.timestamp != NoTimestamp && !deleted.Shadows(h.live.timestamp) && (h.live.ttl == 0 || h.live.expiry > now) {
		v.live, v.alive = h.live, true
	}
	c := column{live: h.live.timestamp}
	for c.next(&r); c.id != noColumn; c.next(&r) {
		switch c.flags & kindMask {
		case kindCell:
			if k := r.cell(c.flags, c.live); k.alive(deleted, now) {
				v.cells = append(v.cells, Cell{Column: uint32(c.id), Timestamp: k.timestamp, TTL: int32(k.ttl), ExpiresAt: k.expiry, Value: k.value})
			}
		case kindComplex:
			v.complex(&c, &r, deleted, now)
		case kindCounter:
			d, shards := r.counter(c.flags)
			if shards = survivors(shards, deleted.Max(d)); len(shards) > 0 {
				v.cells = append(v.cells, counterCell(uint32(c.id), shards))
			}
		default:
			r.fail()
		}
	}
	if r.bad {
		return ErrCorrupt
	}
	v.alive = v.alive || len(v.cells) > 0
	if v.Claim != 0 {
		if _, v.alive = v.Cell(v.Claim); !v.alive {
			v.cells = v.cells[:0]
		}
	}
	return nil
}

func (c *cell) alive(deleted Deletion, now int64) bool {
	return !c.tombstone && !deleted.Shadows(c.timestamp) && (c.ttl == 0 || c.expiry > now)
}

func (v *View) complex(c *column, r *reader, deleted Deletion, now int64) {
	d, n := r.complexHead(c.flags)
	deleted = deleted.Max(d)
	start := len(v.elements)
	e := elements{r: r, left: n, live: c.live}
	for e.next(); e.ok; e.next() {
		if e.cur.alive(deleted, now) {
			v.elements = append(v.elements, Element{e.cur.path, e.cur.timestamp, int32(e.cur.ttl), e.cur.expiry, e.cur.value})
		}
	}
	if len(v.elements) > start {
		v.cells = append(v.cells, Cell{Column: uint32(c.id), Elements: v.elements[start:len(v.elements):len(v.elements)], Complex: true})
	}
}

func counterCell(column uint32, shards []Shard) Cell {
	sum, last := int64(0), int64(NoTimestamp)
	for i := range shards {
		sum += shards[i].Value
		last = max(last, shards[i].Timestamp)
	}
	return Cell{Column: column, Timestamp: last, Value: binary.BigEndian.AppendUint64(nil, uint64(sum))}
}

// Live says whether the row exists: its liveness or a cell is alive.
func (v *View) Live() bool { return v.alive }

// LiveSince returns the timestamp of the row's liveness, if it is alive.
func (v *View) LiveSince() (timestamp int64, ok bool) {
	return v.live.timestamp, v.live.timestamp != NoTimestamp
}

// Oldest returns the lowest timestamp of the live cells and the liveness, if there are any.
func (v *View) Oldest() (timestamp int64, ok bool) {
	see := func(t int64) {
		if !ok || t < timestamp {
			timestamp, ok = t, true
		}
	}
	if v.live.timestamp != NoTimestamp {
		see(v.live.timestamp)
	}
	for _, c := range v.cells {
		if !c.Complex {
			see(c.Timestamp)
		}
		for _, e := range c.Elements {
			see(e.Timestamp)
		}
	}
	return timestamp, ok
}

// Equal says whether two rows have the same in them: cells, when they were written and when they expire.
func (v *View) Equal(o *View) bool {
	if v.alive != o.alive || !v.alive {
		return v.alive == o.alive
	}
	return v.live == o.live && slices.EqualFunc(v.cells, o.cells, func(a, b Cell) bool {
		return a.Column == b.Column && a.Complex == b.Complex && a.Timestamp == b.Timestamp && a.ExpiresAt == b.ExpiresAt && a.TTL == b.TTL && bytes.Equal(a.Value, b.Value) &&
			slices.EqualFunc(a.Elements, b.Elements, func(x, y Element) bool {
				return bytes.Equal(x.Path, y.Path) && x.Timestamp == y.Timestamp && x.ExpiresAt == y.ExpiresAt && x.TTL == y.TTL && bytes.Equal(x.Value, y.Value)
			})
	})
}

// Forget drops the cells of columns that are not known, as those of dropped columns: a row of nothing else does not exist.
func (v *View) Forget(known func(column uint32) bool) {
	v.cells = slices.DeleteFunc(v.cells, func(c Cell) bool { return !known(c.Column) })
	v.alive = v.live.timestamp != NoTimestamp || len(v.cells) > 0
}

// Cells returns the live cells in ascending order of column id.
func (v *View) Cells() []Cell { return v.cells }

// Cell returns a column's live cell.
func (v *View) Cell(column uint32) (*Cell, bool) {
	for i := range v.cells {
		if v.cells[i].Column == column {
			return &v.cells[i], true
		}
	}
	return nil, false
}

// Shards returns the shards of a counter column in an encoded row that deleted does not shadow, to add to one's own.
func Shards(encoded []byte, column uint32, covering Deletion) ([]Shard, error) {
	if len(encoded) == 0 {
		return nil, nil
	}
	r := reader{raw: encoded}
	h := r.head()
	deleted := covering.Max(h.deleted)
	c := column0(h)
	for c.next(&r); c.id != noColumn; c.next(&r) {
		switch c.flags & kindMask {
		case kindCell:
			r.cell(c.flags, c.live)
		case kindComplex:
			_, n := r.complexHead(c.flags)
			e := elements{r: &r, left: n, live: c.live}
			for e.next(); e.ok; e.next() {
			}
		case kindCounter:
			d, shards := r.counter(c.flags)
			if uint32(c.id) == column {
				return survivors(shards, deleted.Max(d)), nil
			}
		}
	}
	if r.bad {
		return nil, ErrCorrupt
	}
	return nil, nil
}

func column0(h head) column { return column{live: h.live.timestamp} }
