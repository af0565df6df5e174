package row

import (
	"fmt"
	"strings"
)

// Describe returns an encoded row delta as text, for tests and tools: what a column's id means is the caller's to know.
//
//	live 10 ttl 60 until 70 · deleted 9 · 3=0x01@10 · 4=x@10 · 5{deleted 9 0a=0x01@10 0b=x@10} · 6+=5@10
//
// A number after @ is a timestamp, x a tombstone.
func Describe(encoded []byte) string {
	r := reader{raw: encoded}
	h := r.head()
	var parts []string
	if h.live.timestamp != NoTimestamp {
		parts = append(parts, fmt.Sprintf("live %d%s", h.live.timestamp, describeTTL(h.live.ttl, h.live.expiry)))
	}
	if !h.deleted.IsZero() {
		parts = append(parts, fmt.Sprintf("deleted %d", h.deleted.Timestamp))
	}
	c := column0(h)
	for c.next(&r); c.id != noColumn; c.next(&r) {
		parts = append(parts, describeColumn(&c, &r))
	}
	if r.bad {
		parts = append(parts, "corrupt")
	}
	return strings.Join(parts, " · ")
}

func describeTTL(ttl, expiry int64) string {
	if ttl == 0 {
		return ""
	}
	return fmt.Sprintf(" ttl %d until %d", ttl, expiry)
}

func describeColumn(c *column, r *reader) string {
	switch c.flags & kindMask {
	case kindCell:
		k := r.cell(c.flags, c.live)
		return fmt.Sprintf("%d=%s", c.id, describeCell(&k))
	case kindComplex:
		d, n := r.complexHead(c.flags)
		var parts []string
		if !d.IsZero() {
			parts = append(parts, fmt.Sprintf("deleted %d", d.Timestamp))
		}
		e := elements{r: r, left: n, live: c.live}
		for e.next(); e.ok; e.next() {
			parts = append(parts, fmt.Sprintf("%x=%s", e.cur.path, describeCell(&e.cur.cell)))
		}
		return fmt.Sprintf("%d{%s}", c.id, strings.Join(parts, " "))
	}
	d, shards := r.counter(c.flags)
	s := fmt.Sprintf("%d+=", c.id)
	if !d.IsZero() {
		s += fmt.Sprintf("deleted %d", d.Timestamp)
	}
	for i := range shards {
		s += fmt.Sprintf("%d@%d", shards[i].Value, shards[i].Timestamp)
	}
	return s
}

func describeCell(c *cell) string {
	if c.tombstone {
		return fmt.Sprintf("x@%d", c.timestamp)
	}
	return fmt.Sprintf("0x%x@%d%s", c.value, c.timestamp, describeTTL(c.ttl, c.expiry))
}
