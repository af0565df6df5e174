package storage

import "helenus/internal/row"

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
	}
	if row.MayPurge(c.static) {
		c.look(c.static, c.covering(nil), false)
	}
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
	if !c.covered && !row.MayPurge(c.row) {
		c.counts.Live++
		return true
	}
	c.look(c.row, c.covering(c.clustering), true)
	return c.err == nil
}

// look counts what a row holds.
func (c *cursor) look(encoded []byte, covering row.Deletion, counted bool) {
	if c.counts.Now == 0 {
		c.counts.Now = c.store.options.Runtime.Now().Unix()
	}
	c.err = c.counts.Row(encoded, covering, counted)
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
}
