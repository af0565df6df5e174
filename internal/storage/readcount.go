package storage

import (
	"bytes"

	"helenus/internal/row"
)

// What a read meets is counted as it goes by: a row that nothing was ever deleted in, which is most, is alive at a glance.

// countPartition takes in what a partition's header deletes, and its static row.
func (c *cursor) countPartition() {
	if !c.counted || c.err != nil {
		return
	}
	if c.covered = len(c.header) > 0; c.covered {
		if c.err = c.covers.Reset(c.header); c.err != nil {
			return
		}
		c.countedRanges = 0
	}
	if row.MayPurge(c.static) {
		c.look(c.static, c.covering(nil), false)
	}
	c.counts.Bytes += int64(len(c.partition.Key) + len(c.static))
	c.watched.check(c, nil)
}

func (c *cursor) covering(clustering []byte) row.Deletion {
	switch {
	case !c.covered:
		return row.NotDeleted
	case clustering == nil:
		return c.covers.Partition()
	}
	return c.covers.Covering(clustering)
}

// countRow counts the current row.
func (c *cursor) countRow() bool {
	c.counts.Bytes += int64(len(c.clustering) + len(c.row))
	if !c.covered && !row.MayPurge(c.row) {
		c.counts.Live++
	} else {
		c.countRanges(c.clustering)
		if c.err != nil {
			return false
		}
		c.look(c.row, c.covering(c.clustering), true)
	}
	c.watched.check(c, c.clustering)
	return c.err == nil
}

// look counts what a row holds.
func (c *cursor) look(encoded []byte, covering row.Deletion, counted bool) {
	c.moment()
	c.err = c.counts.Row(encoded, covering, counted)
}

func (c *cursor) moment() {
	if c.counts.Now == 0 {
		c.counts.Now = c.store.options.Runtime.Now().Unix()
		c.counts.GCBefore = c.counts.Now - int64(c.cmd.Table.Options.GCGraceSeconds)
	}
}

// countRanges counts the range tombstones that the read has come to, up to a row or, with nil, to the end of the partition: each has two ends, and two
// that touch share one.
func (c *cursor) countRanges(to []byte) {
	if !c.counted || !c.covered || c.err != nil || to == nil && !c.done {
		return
	}
	c.moment()
	ranges := c.covers.Ranges()
	for ; c.countedRanges < len(ranges); c.countedRanges++ {
		i := c.countedRanges
		if c.cmd.Reversed {
			i = len(ranges) - 1 - i
		}
		t := &ranges[i]
		switch {
		case to == nil:
		case c.cmd.Reversed && t.End != nil && bytes.Compare(t.End, to) <= 0, !c.cmd.Reversed && bytes.Compare(t.Start, to) > 0:
			return
		}
		if t.LocalTime < c.counts.GCBefore || !c.reaches(t) {
			continue
		}
		c.counts.Tombstones += 2
		if before := i - 1; !c.cmd.Reversed && before >= 0 && bytes.Equal(ranges[before].End, t.Start) {
			c.counts.Tombstones--
		} else if after := i + 1; c.cmd.Reversed && after < len(ranges) && bytes.Equal(t.End, ranges[after].Start) {
			c.counts.Tombstones--
		}
		c.watched.check(c, to)
	}
}

// reaches says whether the command reaches rows that a range tombstone deletes.
func (c *cursor) reaches(t *row.RangeTombstone) bool {
	if r := c.resume; r != nil && r.Clustering != nil {
		if c.cmd.Reversed && bytes.Compare(t.Start, r.Clustering) >= 0 || !c.cmd.Reversed && t.End != nil && bytes.Compare(t.End, r.Clustering) <= 0 {
			return false
		}
	}
	if len(c.cmd.Slices) == 0 {
		return !c.cmd.StaticOnly
	}
	for _, s := range c.cmd.Slices {
		if (t.End == nil || bytes.Compare(s.Start, t.End) < 0) && (s.End == nil || bytes.Compare(t.Start, s.End) < 0) {
			return true
		}
	}
	return false
}

// count notes a read that is over.
func (c *cursor) count() {
	t := c.store.TableStats(c.cmd.Table.DataID)
	took := c.store.options.Runtime.Monotonic() - c.began
	if c.scans {
		t.Scans.Observe(took)
	} else {
		t.Reads.Observe(took)
	}
	t.Rows.Observe(c.counts.Live)
	t.Tombstones.Observe(c.counts.Tombstones)
	c.watched.settle(c)
}

// watched holds the counts of a read against its bounds.
type watched struct {
	watch *row.Watch // nil: nothing bounds it
	since row.Counts // where counting began
	ended bool
}

func (w *watched) begin(watch *row.Watch) { *w = watched{watch: watch} }

// excess is what was counted since counting began.
func (w *watched) excess(c *cursor) row.Excess {
	e := row.Excess{Counts: c.counts, Partition: c.partition}
	e.Live -= w.since.Live
	e.Tombstones -= w.since.Tombstones
	e.Bytes -= w.since.Bytes
	return e
}

// check ends a read that has met too much. A row that is one too many is named.
func (w *watched) check(c *cursor, clustering []byte) {
	if w.watch == nil || c.err != nil {
		return
	}
	tombstones, size := c.counts.Tombstones-w.since.Tombstones, c.counts.Bytes-w.since.Bytes
	b := &w.watch.Bounds
	switch {
	case b.TombstonesFail > 0 && tombstones > b.TombstonesFail, b.BytesFail > 0 && size > b.BytesFail:
		e := w.excess(c)
		if !w.watch.Track { // where track is kept, an end takes the place of a warning
			w.settle(c)
		}
		e.Ended, e.OfBytes = true, b.TombstonesFail <= 0 || tombstones <= b.TombstonesFail
		e.Partition.Key, e.Clustering = bytes.Clone(e.Partition.Key), bytes.Clone(clustering)
		w.ended = true
		w.watch.Hear(&e)
		c.err = &e
	case w.watch.PageRows > 0 && c.counts.Live-w.since.Live >= w.watch.PageRows:
		w.settle(c)
		w.since = c.counts
	}
}

// settle tells of much since counting began, and begins it anew.
func (w *watched) settle(c *cursor) {
	if w.watch == nil || w.ended {
		return
	}
	b := &w.watch.Bounds
	e := w.excess(c)
	if b.TombstonesWarn > 0 && e.Tombstones > b.TombstonesWarn {
		w.watch.Hear(&e)
	}
	if b.BytesWarn > 0 && e.Bytes > b.BytesWarn {
		e.OfBytes = true
		w.watch.Hear(&e)
	}
	w.since = c.counts
}
