package coordinator

import (
	"context"
	"errors"
	"slices"

	"helenus/internal/cassandra"
	"helenus/internal/key"
	"helenus/internal/planted"
	"helenus/internal/replica"
	"helenus/internal/row"
	"helenus/internal/schema"
	"helenus/internal/trace"
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

// Counter adds increments of one partition. A replica leads them: it adds to its own shards under the partition's lock and replicates the
// sums, so that whatever is sent twice counts once. This node leads when it is a replica; else the nearest one that lives does. Once an
// increment is on its way to a leader it is never given to another: without an answer its outcome is unknown.
func (c *Coordinator) Counter(increments []Increment, level cassandra.Consistency) error {
	first := &increments[0]
	c.trace.Add(trace.Requests, "Determining replicas for mutation")
	if err := CheckCounter(level, first.Table.Name); err != nil {
		return err
	}
	for attempt := 0; ; attempt++ {
		r, err := c.replicas(first.Table, first.Partition.Token)
		if err != nil {
			return err
		}
		leader, err := c.leader(&r, level)
		if err != nil {
			return err
		}
		if leader.local {
			err = c.lead(increments, level)
		} else {
			err = c.forward(leader, &r, increments, level)
		}
		var stale *replica.StaleError
		if errors.As(err, &stale) { // nothing was added
			if attempt == localAttempts || c.waitEpoch(context.Background(), stale.Epoch) != nil {
				return Unavailable(level, 1, 0)
			}
			continue
		}
		if planted.Is(planted.CounterAgain) && err != nil {
			for _, t := range r.readers() {
				if t != leader {
					return c.forward(t, &r, increments, level)
				}
			}
		}
		return err
	}
}

// leader returns the replica that leads increments, or why none can.
func (c *Coordinator) leader(r *replicas, level cassandra.Consistency) (*target, error) {
	set := r.all()
	quotas := c.writeQuotas(level, r, &set)
	live := c.liveOf(set)
	if need, alive := lacking(quotas, live); alive < need {
		return nil, Unavailable(level, need, alive)
	}
	var order []int
	for _, t := range r.readers() {
		if t.local {
			return t, nil
		}
		if i := set.number(t); live&(1<<i) != 0 {
			order = append(order, i)
		}
	}
	if order == nil {
		return nil, Unavailable(level, 1, 0)
	}
	c.nearest(set, order)
	return set[order[0]], nil
}

// lead adds to this node's shards and replicates them. It returns when the level is met, or with a *replica.StaleError when this node is no
// replica by what it knows: its shards may be gone, and new ones would count for all that they ever held.
func (c *Coordinator) lead(increments []Increment, level cassandra.Consistency) error {
	at := row.Mutation{Table: increments[0].Table, Partition: increments[0].Partition}
	var sums []row.Mutation
	var r replicas
	store := c.local.StoreID()
	if planted.Is(planted.SharedShard) {
		store = [16]byte{1}
	}
	if t := c.trace; t != nil {
		t.Addf(trace.Counters, "Reading %d counter values from the CF", counters(increments))
	}
	for attempt := 0; ; attempt++ {
		var err error
		if r, err = c.replicas(at.Table, at.Partition.Token); err != nil {
			return err
		}
		if !slices.ContainsFunc(r.readers(), func(t *target) bool { return t.local }) {
			return &replica.StaleError{Epoch: r.plan.Epoch}
		}
		err = c.local.Update(r.plan.Topology, at.Table, at, func(read func(*row.Command) row.Cursor) ([]row.Mutation, error) {
			out := at
			for i := range increments {
				if err := increments[i].addTo(&out, store, read); err != nil {
					return nil, err
				}
			}
			sums = []row.Mutation{out}
			return sums, nil
		})
		var stale *replica.StaleError
		if errors.As(err, &stale) && attempt < localAttempts { // nothing was added
			continue
		}
		if err != nil || r.onlySelf() {
			return err
		}
		break
	}
	w, err := c.prepareWrite(sums, level, cassandra.WriteCounter)
	if err != nil {
		return &cassandra.Error{
			Code: cassandra.CodeWriteTimeout, Message: err.Error(), Consistency: level, Received: 1, Required: int32(BlockFor(level, r.keyspace, c.options.Datacenter)), WriteType: cassandra.WriteCounter,
		}
	}
	w.hasHere()
	w.start(sums)
	return w.Wait()
}

// counters is how many counters are added to.
func counters(increments []Increment) (n int) {
	for i := range increments {
		n += len(increments[i].Columns)
	}
	return n
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
