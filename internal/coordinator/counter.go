package coordinator

import (
	"errors"

	"helenus/internal/cassandra"
	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// Increment adds to counters of one row.
type Increment struct {
	Table     *schema.Table
	Partition key.Partition
	// Static is true for static counters; else Clustering is the row's encoded key.
	Static     bool
	Clustering []byte
	// Columns ascending by id, with what to add to each.
	Columns   []uint32
	Deltas    []int64
	Timestamp int64 // microseconds
}

// Counter adds increments of one partition: this node leads them, so it adds to its own shards under the partition's lock and
// replicates the sums. The write is durable when it returns.
func (c *Coordinator) Counter(increments []Increment, level cassandra.Consistency) error {
	if err := CheckCounter(level); err != nil {
		return err
	}
	first := &increments[0]
	at := row.Mutation{Table: first.Table, Partition: first.Partition}
	if err := c.require(at.Table, at.Partition.Token, level); err != nil {
		return err
	}
	store := c.options.Local.StoreID()
	return c.options.Local.Update(at.Table, at, func(read func(*row.Command) row.Cursor) ([]row.Mutation, error) {
		out := at
		for i := range increments {
			if err := increments[i].addTo(&out, store, read); err != nil {
				return nil, err
			}
		}
		return []row.Mutation{out}, nil
	})
}

// addTo reads the row's own shards and writes them with the deltas added. Increments of one row in one request merge: the later has
// to see the earlier, so it takes over what that wrote.
func (n *Increment) addTo(out *row.Mutation, store [16]byte, read func(*row.Command) row.Cursor) error {
	stored, covering, err := n.current(read)
	if err != nil {
		return err
	}
	if earlier := n.written(out); earlier != nil {
		if stored == nil {
			stored = earlier
		} else if stored, err = row.Merge(nil, stored, earlier); err != nil {
			return err
		}
	}
	var b row.Builder
	b.Reset(nil)
	for i, column := range n.Columns {
		own, err := row.Count(stored, column, covering, store, n.Deltas[i], n.Timestamp)
		if err != nil {
			return err
		}
		b.Counter(column, row.NotDeleted, own)
	}
	delta := b.Finish()
	if n.Static {
		out.Static, err = mergeInto(out.Static, delta)
		return err
	}
	for i := range out.Rows {
		if string(out.Rows[i].Clustering) == string(n.Clustering) {
			out.Rows[i].Delta, err = mergeInto(out.Rows[i].Delta, delta)
			return err
		}
	}
	out.Rows = append(out.Rows, row.RowDelta{Clustering: n.Clustering, Delta: delta})
	return nil
}

func mergeInto(old, delta []byte) ([]byte, error) {
	if old == nil {
		return delta, nil
	}
	return row.Merge(nil, old, delta)
}

func (n *Increment) written(out *row.Mutation) []byte {
	if n.Static {
		return out.Static
	}
	for i := range out.Rows {
		if string(out.Rows[i].Clustering) == string(n.Clustering) {
			return out.Rows[i].Delta
		}
	}
	return nil
}

// current reads the row and what deletes it from outside.
func (n *Increment) current(read func(*row.Command) row.Cursor) (stored []byte, covering row.Deletion, err error) {
	cmd := &row.Command{Table: n.Table, Partitions: []key.Partition{n.Partition}, StaticOnly: n.Static}
	if !n.Static && len(n.Clustering) > 0 {
		cmd.Slices = []key.Range{key.Prefix(n.Clustering)}
	}
	cursor := read(cmd)
	covering = row.NotDeleted
	if cursor.NextPartition() {
		var h row.HeaderView
		if err := h.Reset(cursor.Header()); err != nil {
			return nil, covering, errors.Join(err, cursor.Close())
		}
		covering = h.Covering(n.Clustering)
		if n.Static {
			covering = h.Partition()
			stored = append(stored, cursor.Static()...)
		} else if cursor.NextRow() {
			stored = append(stored, cursor.Row()...)
		}
	}
	return stored, covering, errors.Join(cursor.Err(), cursor.Close())
}
