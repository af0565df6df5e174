package system

import (
	"bytes"
	"encoding/binary"
	"slices"

	"helenus/internal/cqltype"
	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// Read returns a cursor over what a command asks of a system table, made now: later changes don't show in it. Without secrets, the hashes of
// passwords are left out.
func (t *Tables) Read(cmd *row.Command, secrets bool) row.Cursor {
	c := &cursor{partitions: t.gather(cmd, secrets), reversed: cmd.Reversed, byKey: cmd.Table.Virtual, at: -1}
	if r := cmd.Resume; r != nil {
		c.resume(r, cmd.Partitions == nil)
	}
	return c
}

// partition is one partition with its encoded rows in ascending order.
type partition struct {
	key.Partition
	rows []row.RowDelta
}

// gather makes the table's rows and keeps those that the command asks for.
func (t *Tables) gather(cmd *row.Command, secrets bool) []partition {
	produce := contents[cmd.Table.Keyspace+"."+cmd.Table.Name]
	if produce == nil {
		return nil
	}
	w := writer{table: cmd.Table, timestamp: t.started.UnixMicro()}
	if cmd.Table.Virtual {
		w.timestamp = t.options.Clock.Now().UnixMilli() // as Cassandra's are, where all others count microseconds
	}
	found := map[string]*partition{}
	produce(t, func(f fields) {
		if !secrets {
			delete(f, secretColumn)
		}
		p := key.NewPartition(w.partitionKey(f))
		if !wanted(cmd, p) {
			return
		}
		clustering := w.clustering(f)
		if cmd.Slices != nil && !slices.ContainsFunc(cmd.Slices, func(r key.Range) bool { return r.Contains(clustering) }) {
			return
		}
		held := found[string(p.Key)]
		if held == nil {
			held = &partition{Partition: p}
			found[string(p.Key)] = held
		}
		held.rows = append(held.rows, row.RowDelta{Clustering: clustering, Delta: w.row(f)})
	})
	all := sorted(found, cmd.Table.Virtual)
	if cmd.Partitions == nil {
		return all
	}
	ordered := all[:0:0]
	for _, p := range cmd.Partitions {
		if held := found[string(p.Key)]; held != nil {
			ordered = append(ordered, *held)
		}
	}
	return ordered
}

func wanted(cmd *row.Command, p key.Partition) bool {
	if cmd.Partitions == nil {
		return cmd.Tokens.First <= p.Token && p.Token <= cmd.Tokens.Last
	}
	return slices.ContainsFunc(cmd.Partitions, func(o key.Partition) bool { return bytes.Equal(o.Key, p.Key) })
}

// sorted puts partitions in token order, those of a virtual table in the order of their keys, and their rows in clustering order.
func sorted(found map[string]*partition, byKey bool) []partition {
	all := make([]partition, 0, len(found))
	for _, p := range found {
		slices.SortFunc(p.rows, func(a, b row.RowDelta) int { return bytes.Compare(a.Clustering, b.Clustering) })
		all = append(all, *p)
	}
	slices.SortFunc(all, func(a, b partition) int { return comparePartitions(a.Partition, b.Partition, byKey) })
	return all
}

func comparePartitions(a, b key.Partition, byKey bool) int {
	switch {
	case byKey:
	case a.Token < b.Token:
		return -1
	case a.Token > b.Token:
		return 1
	}
	return bytes.Compare(a.Key, b.Key)
}

// writer encodes rows of a table.
type writer struct {
	table     *schema.Table
	timestamp int64 // microseconds
	ttl       int32 // seconds; 0: rows stay
	builder   row.Builder
}

// now is when rows are written, in seconds since 1970.
func (w *writer) now() int64 { return w.timestamp / 1e6 }

func (w *writer) partitionKey(f fields) []byte {
	components := make([][]byte, len(w.table.PartitionKey))
	for i, c := range w.table.PartitionKey {
		components[i] = f[c.Name]
	}
	return key.AppendPartition(nil, components...)
}

func (w *writer) clustering(f fields) []byte {
	var dst []byte
	for _, c := range w.table.Clustering {
		dst = key.AppendClustering(dst, c.Type, c.Descending, f[c.Name])
	}
	return dst
}

func (w *writer) row(f fields) []byte {
	columns := slices.Clone(w.table.Regular)
	slices.SortFunc(columns, func(a, b *schema.Column) int { return int(a.ID) - int(b.ID) })
	b := &w.builder
	b.Reset(nil)
	b.Liveness(w.timestamp, w.ttl, w.now())
	for _, c := range columns {
		value := f[c.Name]
		switch {
		case value == nil:
		case c.Type.IsMultiCell():
			w.complex(c, value)
		default:
			b.Cell(c.ID, w.timestamp, w.ttl, w.now(), value)
		}
	}
	return b.Finish()
}

// complex writes a collection's elements as cells: a set's value is its path, a map's key is, a list's path is a number.
func (w *writer) complex(c *schema.Column, value []byte) {
	elems, err := c.Type.Elements(value)
	if err != nil || len(elems) == 0 {
		return // an empty collection is null
	}
	type element struct{ path, value []byte }
	var all []element
	for i := 0; i < len(elems); i++ {
		switch c.Type.Kind {
		case cqltype.KindSet:
			all = append(all, element{elems[i], nil})
		case cqltype.KindMap:
			all = append(all, element{elems[i], elems[i+1]})
			i++
		default:
			all = append(all, element{binary.BigEndian.AppendUint64(make([]byte, 8), uint64(i)), elems[i]})
		}
	}
	slices.SortFunc(all, func(a, b element) int { return bytes.Compare(a.path, b.path) })
	w.builder.BeginComplex(c.ID, row.NotDeleted)
	for _, e := range all {
		w.builder.Element(e.path, w.timestamp, w.ttl, w.now(), e.value)
	}
	w.builder.EndComplex()
}
