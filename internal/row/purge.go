package row

// Purge appends a merged row to dst without what nobody can need any more: cells shadowed by covering, expired cells, and
// tombstones made before gcBefore (seconds since 1970). It may only be called with the whole row, when no older version of
// it exists below. It returns dst unchanged when nothing is left.
func Purge(dst, encoded []byte, covering Deletion, now, gcBefore int64) ([]byte, error) {
	r := reader{raw: encoded}
	h := r.head()
	deleted := covering.Max(h.deleted)
	var out Builder
	out.Reset(dst)
	if l := h.live; l.timestamp != NoTimestamp && !deleted.Shadows(l.timestamp) && !(l.ttl != 0 && l.expiry <= min(now, gcBefore)) {
		out.liveness(l)
	}
	if !h.deleted.IsZero() && !covering.Shadows(h.deleted.Timestamp) && h.deleted.LocalTime >= gcBefore {
		out.Delete(h.deleted)
	}
	c := column0(h)
	for c.next(&r); c.id != noColumn; c.next(&r) {
		switch c.flags & kindMask {
		case kindCell:
			if v := r.cell(c.flags, c.live); v.kept(deleted, now, gcBefore) {
				out.cell(uint32(c.id), &v)
			}
		case kindComplex:
			purgeComplex(&out, &c, &r, deleted, now, gcBefore)
		case kindCounter:
			d, shards := r.counter(c.flags)
			over := deleted.Max(d)
			if d.LocalTime < gcBefore || deleted.Shadows(d.Timestamp) {
				d = NotDeleted
			}
			if shards = survivors(shards, over); !r.bad && (len(shards) > 0 || !d.IsZero()) {
				out.Counter(uint32(c.id), d, shards...)
			}
		default:
			r.fail()
		}
	}
	if r.bad {
		return dst, ErrCorrupt
	}
	if done := out.Finish(); !IsEmpty(done[len(dst):]) {
		return done, nil
	}
	return dst, nil
}

// kept says whether a cell must stay; an expired one turns into its own tombstone until it may be purged.
func (c *cell) kept(deleted Deletion, now, gcBefore int64) bool {
	if deleted.Shadows(c.timestamp) {
		return false
	}
	if c.ttl != 0 && c.expiry <= now {
		*c = cell{timestamp: c.timestamp, tombstone: true, localTime: c.expiry - c.ttl}
	}
	return !c.tombstone || c.localTime >= gcBefore
}

func purgeComplex(out *Builder, c *column, r *reader, deleted Deletion, now, gcBefore int64) {
	d, n := r.complexHead(c.flags)
	over := deleted.Max(d)
	if d.LocalTime < gcBefore || deleted.Shadows(d.Timestamp) {
		d = NotDeleted
	}
	at := len(out.dst)
	out.BeginComplex(uint32(c.id), d)
	e := elements{r: r, left: n, live: c.live}
	for e.next(); e.ok; e.next() {
		if e.cur.kept(over, now, gcBefore) {
			out.element(e.cur.path, &e.cur.cell)
		}
	}
	if out.elements == 0 && d.IsZero() {
		out.dst = out.dst[:at]
		return
	}
	out.EndComplex()
}

// PurgeHeader appends a header without the deletions made before gcBefore; dst unchanged when nothing is left.
func PurgeHeader(dst, encoded []byte, gcBefore int64) ([]byte, error) {
	var h HeaderView
	if err := h.Reset(encoded); err != nil {
		return dst, err
	}
	partition := h.Partition()
	if partition.LocalTime < gcBefore {
		partition = NotDeleted
	}
	kept := h.ranges[:0:0]
	for _, r := range h.ranges {
		if r.LocalTime >= gcBefore {
			kept = append(kept, r)
		}
	}
	if partition.IsZero() && len(kept) == 0 {
		return dst, nil
	}
	return appendHeader(dst, partition, kept), nil
}
