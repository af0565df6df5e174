package row

// Projection says what becomes of a column in Project.
type Projection uint8

const (
	// Omit leaves the column out.
	Omit Projection = iota
	// Keep takes it as it is.
	Keep
	// Hollow takes its cells without their values and TTLs: when they were written and until when they live.
	Hollow
)

// Project appends to dst what an encoded row, or a change of one, holds of some columns. over is a deletion from outside that becomes the row's
// own. live says whether the row's liveness is kept. What Project makes of two changes merges to what it makes of their merge.
func Project(dst, encoded []byte, over Deletion, live bool, of func(column uint32) Projection) ([]byte, error) {
	if len(encoded) == 0 {
		encoded = Empty
	}
	r := reader{raw: encoded}
	h := r.head()
	deleted := over.Max(h.deleted)
	var out Builder
	out.Reset(dst)
	if live && h.live.timestamp != NoTimestamp && !deleted.Shadows(h.live.timestamp) {
		out.liveness(h.live)
	}
	if !deleted.IsZero() {
		out.Delete(deleted)
	}
	c := column0(h)
	for c.next(&r); c.id != noColumn; c.next(&r) {
		how := of(uint32(c.id))
		switch c.flags & kindMask {
		case kindCell:
			v := r.cell(c.flags, c.live)
			if how != Omit && !deleted.Shadows(v.timestamp) && !r.bad {
				v.hollow(how)
				out.cell(uint32(c.id), &v)
			}
		case kindComplex:
			projectComplex(&out, &c, &r, deleted, how)
		case kindCounter:
			r.counter(c.flags) // tables of counters have no views
		default:
			r.fail()
		}
	}
	if r.bad {
		return dst, ErrCorrupt
	}
	return out.Finish(), nil
}

// hollow drops a cell's value, and its TTL: of cells with one time and one expiry the greater value wins, with its TTL, which hollow ones could not tell.
func (c *cell) hollow(how Projection) {
	if how != Hollow {
		return
	}
	c.value = nil
	if c.ttl > 0 {
		c.ttl = 1
	}
}

func projectComplex(out *Builder, c *column, r *reader, deleted Deletion, how Projection) {
	d, n := r.complexHead(c.flags)
	if deleted.Shadows(d.Timestamp) {
		d = NotDeleted
	}
	over := deleted.Max(d)
	e := elements{r: r, left: n, live: c.live}
	if how == Omit {
		for e.next(); e.ok; e.next() {
		}
		return
	}
	at := len(out.dst)
	out.BeginComplex(uint32(c.id), d)
	for e.next(); e.ok; e.next() {
		if !over.Shadows(e.cur.timestamp) {
			e.cur.hollow(how)
			out.element(e.cur.path, &e.cur.cell)
		}
	}
	if out.elements == 0 && d.IsZero() {
		out.dst = out.dst[:at]
		return
	}
	out.EndComplex()
}

// Held is a cell of a row as it is stored, whether it lives or not.
type Held struct {
	Timestamp int64 // microseconds
	Tombstone bool
	LocalTime int64 // of a tombstone: seconds since 1970
	TTL       int32 // seconds; 0: does not expire
	ExpiresAt int64 // seconds since 1970
	Value     []byte
}

// Find returns the cell that an encoded row holds of a column of single cells. Its value aliases the row.
func Find(encoded []byte, column uint32) (h Held, found bool, err error) {
	if len(encoded) == 0 {
		return h, false, nil
	}
	r := reader{raw: encoded}
	c := column0(r.head())
	for c.next(&r); c.id != noColumn; c.next(&r) {
		switch c.flags & kindMask {
		case kindCell:
			if v := r.cell(c.flags, c.live); uint32(c.id) == column {
				h = Held{v.timestamp, v.tombstone, v.localTime, int32(v.ttl), v.expiry, v.value}
				found = true
			}
		case kindComplex:
			_, n := r.complexHead(c.flags)
			e := elements{r: &r, left: n, live: c.live}
			for e.next(); e.ok; e.next() {
			}
		case kindCounter:
			r.counter(c.flags)
		default:
			r.fail()
		}
	}
	if r.bad {
		return h, false, ErrCorrupt
	}
	return h, found, nil
}

// MayPurgeClaimed says whether PurgeClaimed could ever leave something out of an encoded row.
func MayPurgeClaimed(encoded []byte, claim uint32) bool {
	if MayPurge(encoded) {
		return true
	}
	if claim == 0 {
		return false
	}
	_, found, err := Find(encoded, claim)
	return !found || err != nil
}

// RowDeletion returns the deletion that an encoded row holds of itself.
func RowDeletion(encoded []byte) Deletion {
	if len(encoded) == 0 {
		return NotDeleted
	}
	r := reader{raw: encoded}
	return r.head().deleted
}
