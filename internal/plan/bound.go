package plan

import (
	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// Bound is what modifications write, of one execution. It is reused; everything in it is valid until the next Reset, and as long as
// the request's frame is. After Bind it is ready for the coordinator.
type Bound struct {
	// Mutations are one for each partition.
	Mutations []row.Mutation
	// Increments are what counters grow by, in the order of the statements.
	Increments []Increment

	// together is true while the statements of a batch with conditions are bound.
	together bool

	writer cellWriter
	rows   []row.RowDelta // of bindRow
	values [][]byte
	// parts are beside Mutations: what their headers will hold.
	parts []headerPart
	index map[partID]int
}

// partID names a partition of a table.
type partID struct {
	table schema.DataID
	key   string
}

// headerPart is the deletion of a partition and of ranges in it, until seal encodes them.
type headerPart struct {
	deletion row.Deletion
	ranges   []row.RangeTombstone
}

func (h *headerPart) delete(d row.Deletion) { h.deletion = h.deletion.Max(d) }

// Increment adds to counters of one row.
type Increment struct {
	Table     *schema.Table
	Partition key.Partition
	// Static is true for static counters; else Clustering is the row's encoded key.
	Static     bool
	Clustering []byte
	// Columns are ascending; Deltas are what to add to each.
	Columns   []uint32
	Deltas    []int64
	Timestamp int64 // microseconds
}

// Reset makes b empty.
func (b *Bound) Reset() {
	clear(b.Mutations)
	clear(b.rows)
	clear(b.parts)
	b.Mutations, b.rows, b.parts = b.Mutations[:0], b.rows[:0], b.parts[:0]
	b.Increments, b.index = nil, nil
	b.writer.env, b.writer.current = nil, nil
	clear(b.writer.elements)
	clear(b.values)
}

// at returns the place of a partition's mutation, a new one unless there is one already.
func (b *Bound) at(table *schema.Table, p key.Partition) int {
	if b.index == nil {
		b.index = map[partID]int{}
		for i := range b.Mutations {
			b.index[partID{b.Mutations[i].Table.DataID, string(b.Mutations[i].Partition.Key)}] = i
		}
	}
	id := partID{table.DataID, string(p.Key)}
	i, ok := b.index[id]
	if !ok {
		i = len(b.Mutations)
		b.index[id] = i
		b.Mutations = append(b.Mutations, row.Mutation{Table: table, Partition: p})
	}
	for len(b.parts) < len(b.Mutations) {
		b.parts = append(b.parts, headerPart{deletion: row.NotDeleted})
	}
	return i
}

// mutation and part return what is to be written to a partition; valid until the next call.
func (b *Bound) mutation(table *schema.Table, p key.Partition) *row.Mutation {
	return &b.Mutations[b.at(table, p)]
}

func (b *Bound) part(table *schema.Table, p key.Partition) *headerPart {
	return &b.parts[b.at(table, p)]
}

// seal encodes the headers.
func (b *Bound) seal() {
	for i := range b.parts {
		if h := &b.parts[i]; !h.deletion.IsZero() || len(h.ranges) > 0 {
			b.Mutations[i].Header = row.AppendHeader(nil, h.deletion, h.ranges)
		}
	}
}

// wideDeletion is the deletion of a partition or of a range of rows by the statement under way. In a batch with conditions all statements have
// one timestamp, and what they write outlives what they delete, as in Cassandra.
// Source: Cassandra 5.0, PartitionUpdate.Builder.updateAllTimestamp.
func (b *Bound) wideDeletion() row.Deletion {
	if b.together {
		return b.writer.deletionAt(1)
	}
	return b.writer.deletionAt(0)
}
