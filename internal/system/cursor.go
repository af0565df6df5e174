package system

import (
	"bytes"

	"helenus/internal/key"
	"helenus/internal/row"
)

// cursor walks rows in memory.
type cursor struct {
	partitions []partition
	reversed   bool
	byKey      bool // partitions are in the order of their keys, not tokens
	at         int  // the partition; -1 before the first
	next       int  // rows of it delivered
	skip       int  // rows of the first partition that are skipped
}

var _ row.Cursor = (*cursor)(nil)

// resume drops what lies before a place; in a scan by token, also whole partitions.
func (c *cursor) resume(r *row.Position, scan bool) {
	for scan && len(c.partitions) > 0 {
		order := comparePartitions(c.partitions[0].Partition, r.Partition, c.byKey)
		if order > 0 || order == 0 && !r.PartitionDone {
			break
		}
		c.partitions = c.partitions[1:]
	}
	if !scan {
		c.resumeListed(r)
	}
	if len(c.partitions) == 0 || !bytes.Equal(c.partitions[0].Key, r.Partition.Key) || r.Clustering == nil {
		return
	}
	for _, d := range c.rowsInOrder(c.partitions[0].rows) {
		if order := bytes.Compare(d.Clustering, r.Clustering); c.reversed && order < 0 || !c.reversed && order > 0 {
			return
		}
		c.skip++
	}
}

// resumeListed leaves out the partitions of a list up to the one of the place.
func (c *cursor) resumeListed(r *row.Position) {
	for i, p := range c.partitions {
		if !bytes.Equal(p.Key, r.Partition.Key) {
			continue
		}
		if r.PartitionDone {
			i++
		}
		c.partitions = c.partitions[i:]
		return
	}
}

func (c *cursor) rowsInOrder(rows []row.RowDelta) []row.RowDelta {
	if !c.reversed {
		return rows
	}
	out := make([]row.RowDelta, len(rows))
	for i, r := range rows {
		out[len(rows)-1-i] = r
	}
	return out
}

// NextPartition moves to the next partition.
func (c *cursor) NextPartition() bool {
	if c.at+1 >= len(c.partitions) {
		return false
	}
	c.at++
	c.partitions[c.at].rows = c.rowsInOrder(c.partitions[c.at].rows)
	c.next = 0
	if c.at == 0 {
		c.next = c.skip
	}
	return true
}

func (c *cursor) Partition() key.Partition { return c.partitions[c.at].Partition }
func (c *cursor) Header() []byte           { return nil }
func (c *cursor) Static() []byte           { return nil }

// NextRow moves to the next row.
func (c *cursor) NextRow() bool {
	if c.next >= len(c.partitions[c.at].rows) {
		return false
	}
	c.next++
	return true
}

func (c *cursor) Clustering() []byte { return c.partitions[c.at].rows[c.next-1].Clustering }
func (c *cursor) Row() []byte        { return c.partitions[c.at].rows[c.next-1].Delta }
func (c *cursor) Err() error         { return nil }
func (c *cursor) Close() error       { return nil }
