package row

import "math"

// Purge appends a merged row to dst without what nobody can need any more: cells shadowed by covering, expired cells, and
// tombstones made before gcBefore (seconds since 1970). It may only be called with the whole row, when no older version of
// it exists below. It returns dst unchanged when nothing is left.
func Purge(dst, encoded []byte, covering Deletion, now, gcBefore int64) ([]byte, error) {
	return PurgeClaimed(dst, encoded, covering, now, gcBefore, 0)
}

// PurgeClaimed is Purge for a row that is there as long as a cell of a column lives (View.Claim; 0: any cell does). Once this cell can go, so can all that was
// written before gcBefore: nobody sees it, and it comes again with a new claim.
func PurgeClaimed(dst, encoded []byte, covering Deletion, now, gcBefore int64, claim uint32) ([]byte, error) {
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
	unclaimed := int64(NoTimestamp)
	if claim != 0 {
		held, err := isClaimed(encoded, claim, deleted, now, gcBefore)
		if err != nil {
			return dst, err
		}
		if !held && gcBefore > 0 {
			unclaimed = min(gcBefore, math.MaxInt64/1_000_000) * 1_000_000
		}
	}
	c := column0(h)
	for c.next(&r); c.id != noColumn; c.next(&r) {
		switch c.flags & kindMask {
		case kindCell:
			if v := r.cell(c.flags, c.live); v.kept(deleted, now, gcBefore) && (v.tombstone || v.timestamp >= unclaimed) {
				out.cell(uint32(c.id), &v)
			}
		case kindComplex:
			purgeComplex(&out, &c, &r, deleted, now, gcBefore, unclaimed)
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

// isClaimed says whether the cell of a claim is kept, alive or as a tombstone.
func isClaimed(encoded []byte, claim uint32, deleted Deletion, now, gcBefore int64) (bool, error) {
	h, found, err := Find(encoded, claim)
	if err != nil || !found {
		return false, err
	}
	c := cell{timestamp: h.Timestamp, tombstone: h.Tombstone, localTime: h.LocalTime, ttl: int64(h.TTL), expiry: h.ExpiresAt}
	return c.kept(deleted, now, gcBefore), nil
}

// purgeComplex purges a column of many cells; those that live and were written before unclaimed, in microseconds, go as well.
func purgeComplex(out *Builder, c *column, r *reader, deleted Deletion, now, gcBefore, unclaimed int64) {
	d, n := r.complexHead(c.flags)
	over := deleted.Max(d)
	if d.LocalTime < gcBefore || deleted.Shadows(d.Timestamp) {
		d = NotDeleted
	}
	at := len(out.dst)
	out.BeginComplex(uint32(c.id), d)
	e := elements{r: r, left: n, live: c.live}
	for e.next(); e.ok; e.next() {
		if e.cur.kept(over, now, gcBefore) && (e.cur.tombstone || e.cur.timestamp >= unclaimed) {
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
