package row

// Counts counts what a read meets.
type Counts struct {
	// Now is when cells expire, in seconds since 1970.
	Now int64
	// Live rows, and cells, elements and rows that are deleted or have expired and are still there.
	Live, Tombstones int
}

// Row counts an encoded row that covering deletes from outside; counted is false for a static one, which is no row of its own.
func (n *Counts) Row(encoded []byte, covering Deletion, counted bool) error {
	if len(encoded) == 0 {
		return nil
	}
	r := reader{raw: encoded}
	h := r.head()
	deleted := covering.Max(h.deleted)
	live := h.live.timestamp != NoTimestamp && !deleted.Shadows(h.live.timestamp) && (h.live.ttl == 0 || h.live.expiry > n.Now)
	note := func(alive bool) {
		if alive {
			live = true
		} else {
			n.Tombstones++
		}
	}
	if !h.deleted.IsZero() {
		n.Tombstones++
	}
	c := column0(h)
	for c.next(&r); c.id != noColumn; c.next(&r) {
		switch c.flags & kindMask {
		case kindCell:
			k := r.cell(c.flags, c.live)
			note(k.alive(deleted, n.Now))
		case kindComplex:
			d, left := r.complexHead(c.flags)
			e := elements{r: &r, left: left, live: c.live}
			for e.next(); e.ok; e.next() {
				note(e.cur.alive(deleted.Max(d), n.Now))
			}
		case kindCounter:
			d, shards := r.counter(c.flags)
			note(len(survivors(shards, deleted.Max(d))) > 0)
		default:
			r.fail()
		}
	}
	if r.bad {
		return ErrCorrupt
	}
	if live && counted {
		n.Live++
	}
	return nil
}
