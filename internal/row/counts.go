package row

// Counts counts what a read meets.
type Counts struct {
	// Now is when cells expire, GCBefore the age from which on tombstones are not counted, since they are about to go; both in seconds since 1970.
	Now, GCBefore int64
	// Live rows, and the tombstones of cells, elements and rows, expired ones among them. What a later deletion covers is not there any more. A row
	// that is deleted counts once.
	Live, Tombstones int
	// Bytes of keys and rows that were read.
	Bytes int64
}

// Row counts an encoded row that covering deletes from outside; counted is false for a static one, which is no row of its own.
// Source: Cassandra 5.0, ReadCommand.withMetricsRecording.
func (n *Counts) Row(encoded []byte, covering Deletion, counted bool) error {
	if len(encoded) == 0 {
		return nil
	}
	r := reader{raw: encoded}
	h := r.head()
	deleted := covering.Max(h.deleted)
	before := n.Tombstones
	live, gone := false, !covering.Shadows(h.deleted.Timestamp) && n.keeps(h.deleted)
	if h.live.timestamp != NoTimestamp && !deleted.Shadows(h.live.timestamp) {
		live = h.live.ttl == 0 || h.live.expiry > n.Now
		gone = gone || !live && h.live.expiry >= n.GCBefore
	}
	note := func(k *cell, deleted Deletion) {
		switch {
		case k.alive(deleted, n.Now):
			live = true
		case k.kept(deleted, n.Now, n.GCBefore):
			n.Tombstones++
		}
	}
	c := column0(h)
	for c.next(&r); c.id != noColumn; c.next(&r) {
		switch c.flags & kindMask {
		case kindCell:
			k := r.cell(c.flags, c.live)
			note(&k, deleted)
		case kindComplex:
			d, left := r.complexHead(c.flags)
			gone = gone || !deleted.Shadows(d.Timestamp) && n.keeps(d)
			e := elements{r: &r, left: left, live: c.live}
			for e.next(); e.ok; e.next() {
				note(&e.cur.cell, deleted.Max(d))
			}
		case kindCounter:
			d, shards := r.counter(c.flags)
			if len(survivors(shards, deleted.Max(d))) > 0 {
				live = true
			} else if !deleted.Shadows(d.Timestamp) && n.keeps(d) {
				n.Tombstones++
			}
		default:
			r.fail()
		}
	}
	if r.bad {
		return ErrCorrupt
	}
	switch {
	case live && counted:
		n.Live++
	case !live && gone && n.Tombstones == before:
		n.Tombstones++
	}
	return nil
}

// keeps says whether a deletion is there and not old enough to go.
func (n *Counts) keeps(d Deletion) bool { return !d.IsZero() && d.LocalTime >= n.GCBefore }
