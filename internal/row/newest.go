package row

// Newest returns the highest timestamp of anything in a row, tombstones included; NoTimestamp when there is none.
func Newest(encoded []byte) (int64, error) {
	r := reader{raw: encoded}
	h := r.head()
	newest := max(h.live.timestamp, h.deleted.Timestamp)
	c := column0(h)
	for c.next(&r); c.id != noColumn; c.next(&r) {
		switch c.flags & kindMask {
		case kindCell:
			newest = max(newest, r.cell(c.flags, c.live).timestamp)
		case kindComplex:
			d, n := r.complexHead(c.flags)
			newest = max(newest, d.Timestamp)
			e := elements{r: &r, left: n, live: c.live}
			for e.next(); e.ok; e.next() {
				newest = max(newest, e.cur.timestamp)
			}
		case kindCounter:
			d, shards := r.counter(c.flags)
			newest = max(newest, d.Timestamp)
			for _, s := range shards {
				newest = max(newest, s.Timestamp)
			}
		default:
			r.fail()
		}
	}
	if r.bad {
		return NoTimestamp, ErrCorrupt
	}
	return newest, nil
}

// Newest returns the highest timestamp of a header's deletions; NoTimestamp when there are none.
func (h *HeaderView) Newest() int64 {
	newest := h.Partition().Timestamp
	for _, r := range h.ranges {
		newest = max(newest, r.Timestamp)
	}
	return newest
}
