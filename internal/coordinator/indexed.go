package coordinator

import (
	"bytes"
	"errors"
	"slices"

	"helenus/internal/cassandra"
	"helenus/internal/key"
	"helenus/internal/replica"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// A read by indexes asks replicas for the rows that are what is asked for on each (replica/indexed.go). When all that the level needs answer
// alike, that is the answer. Else the keys of all their rows are read by name at the level, as any read is, and the reader checks what comes:
// a replica that has a row as it was does not bring it back.
//
// No row is missed: its newest cell in the column of an index was acknowledged by enough replicas that one of those asked has it, and finds the
// row by it. That holds of one index at a time, since the newest cells of two columns may be on two replicas, and so may a static cell and a row
// of its partition. So where several replicas are asked, only one of the query's indexes is used that is not on the primary key, and a static
// column's without those on clustering columns: then partitions that pages hold are read whole. The rest of the query is checked where the
// rows come together.
//
// Of the nearest vectors each replica sends those that are nearest there, so what no replica finds is missed: that is what approximate means. But a row
// comes as all replicas that are asked have it together, never with a vector that one of them alone still has. And each says which score no row that it left out
// is above: a row that none named is as one of them has it, so it is below the highest of these. Where too few of the rows that were named are there, or they
// are elsewhere and below it, the reader asks for more (exec).

// indexedAlone returns the command less the indexes that may not be used together at the reader's level.
func (r *reader) indexedAlone() (*row.Command, error) {
	k := r.c.placements().state.Schema.Keyspace(r.cmd.Table.Keyspace)
	if k == nil {
		return nil, cassandra.Invalidf("keyspace %s does not exist", r.cmd.Table.Keyspace)
	}
	if BlockFor(r.level, k, r.c.options.Datacenter) == 1 {
		return r.cmd, nil
	}
	alone := *r.cmd
	alone.Indexed = nil
	var chosen *schema.Index // the one that is not on the primary key: rows come first
	for _, q := range r.cmd.Indexed {
		if kind := q.Index.Column.Kind; chosen == nil && (kind == schema.Regular || kind == schema.Static) {
			chosen = q.Index
		}
	}
	for _, q := range r.cmd.Indexed {
		switch q.Index.Column.Kind {
		case schema.Regular, schema.Static:
			if q.Index != chosen {
				continue
			}
		case schema.Clustering:
			if chosen != nil && chosen.Column.Kind == schema.Static {
				continue
			}
		}
		alone.Indexed = append(alone.Indexed, q)
	}
	if len(alone.Indexed) < len(r.cmd.Indexed) {
		alone.Wanted = 0 // replicas don't know how many of their rows will do
	}
	return &alone, nil
}

// isNearest says whether a command asks for the nearest vectors.
func isNearest(cmd *row.Command) bool { return len(cmd.Indexed) == 1 && cmd.Indexed[0].Nearest != nil }

// withoutIndex returns the command for all rows, from which its reader finds the nearest as well: where an index on vectors is not built, or a replica's
// version knows of none.
func withoutIndex(cmd *row.Command) *row.Command {
	all := *cmd
	all.Indexed = nil
	return &all
}

// lacksIndex says whether a read failed since a replica does not have the index.
func lacksIndex(err error) bool {
	var e *cassandra.Error
	return errors.As(err, &e) && slices.ContainsFunc(e.Failures, func(f cassandra.Failure) bool { return f.Reason == cassandra.FailureIndexNotAvailable })
}

// unindexed is the error of a read on this node alone by an index that is not built.
func (r *reader) unindexed(error) error {
	token := r.cmd.Tokens.First
	if r.cmd.Partitions != nil {
		token = r.cmd.Partitions[0].Token
	}
	e := &cassandra.Error{Code: cassandra.CodeReadFailure, Consistency: r.level, Required: 1}
	var why reasons
	of, err := r.c.replicas(r.cmd.Table, token)
	if err != nil {
		return err
	}
	var set targetSet
	set.bits(of.readers())
	for i, t := range set {
		if t.local {
			why.note(i, cassandra.FailureIndexNotAvailable)
			why.describe(e, 1<<i, set)
		}
	}
	return e
}

// keysTogether bounds the rows that are asked for to get fewer, when the rows of several partitions are read at once: each partition's slices
// are those of all.
const keysTogether = 64

// readKeys reads by name the rows that any of the pages holds, at the round's level.
func (x *round) readKeys(pages []*replica.Page) (*replica.Page, error) {
	keys, end, err := replica.Keys(x.request, pages)
	if err != nil {
		return nil, err
	}
	out := &end
	for _, p := range pages {
		if p.Cut && (!out.Cut || p.Least > out.Least) {
			out.Cut, out.Least = true, p.Least
		}
	}
	if hasStatic(x.request.Command.Indexed) {
		if len(keys) == 0 {
			return out, nil
		}
		return x.readPartition(keys[0].Partition)
	}
	for len(keys) > 0 {
		n := together(keys)
		page, err := x.readNamed(keys[:n])
		if err != nil {
			return nil, err
		}
		if out.Raw, err = replica.AppendNamed(out.Raw, page, keys[:n]); err != nil {
			return nil, err
		}
		keys = keys[n:]
	}
	return out, nil
}

func hasStatic(query []row.IndexRange) bool {
	for _, q := range query {
		if q.Index.Column.Kind == schema.Static {
			return true
		}
	}
	return false
}

// readPartition reads a partition, or a piece of it, whichever of its rows the pages hold.
func (x *round) readPartition(p key.Partition) (*replica.Page, error) {
	cmd := *x.r.cmd
	cmd.Indexed, cmd.Resume = nil, nil
	cmd.Partitions = []key.Partition{p}
	if at := x.request.Command.Resume; at != nil && string(at.Partition.Key) == string(p.Key) {
		cmd.Resume = at
	}
	request := *x.request
	request.Command, request.Digest = cmd, false
	by := *x.r
	by.cmd = &cmd
	page, err := by.page(x.of, &request)
	if err == nil && !page.More {
		page.More, page.Last = true, row.Position{Partition: p, PartitionDone: true}
	}
	return page, err
}

// together is how many of the first keys one read asks for: whole partitions.
func together(keys []replica.RowKey) int {
	partitions, rows, n := 0, map[string]bool{}, 0
	for n < len(keys) {
		end := n + 1
		for end < len(keys) && string(keys[end].Partition.Key) == string(keys[n].Partition.Key) {
			end++
		}
		for _, k := range keys[n:end] {
			if k.Clustering != nil {
				rows[string(k.Clustering)] = true
			}
		}
		partitions++
		if n > 0 && partitions*len(rows) > max(keysTogether, 4*end) {
			return n
		}
		n = end
	}
	return n
}

// readNamed reads rows by name from the round's replicas.
func (x *round) readNamed(keys []replica.RowKey) (*replica.Page, error) {
	cmd := *x.r.cmd
	cmd.Indexed, cmd.Resume, cmd.Wanted = nil, nil, 0
	cmd.Partitions, cmd.Slices = []key.Partition{}, []key.Range{}
	clusterings := map[string]bool{}
	for _, k := range keys {
		if n := len(cmd.Partitions); n == 0 || string(cmd.Partitions[n-1].Key) != string(k.Partition.Key) {
			cmd.Partitions = append(cmd.Partitions, k.Partition)
		}
		if k.Clustering != nil && !clusterings[string(k.Clustering)] {
			clusterings[string(k.Clustering)] = true
			cmd.Slices = append(cmd.Slices, key.Range{Start: k.Clustering, End: append(append([]byte{}, k.Clustering...), 0)})
		}
	}
	slices.SortFunc(cmd.Slices, func(a, b key.Range) int { return bytes.Compare(a.Start, b.Start) })
	if len(cmd.Slices) == 0 {
		cmd.Slices, cmd.StaticOnly = nil, true
	}
	request := *x.request
	request.Command, request.Rows, request.Digest = cmd, 0, false
	request.Bytes = 1 << 30 // as many rows as the pages named
	by := *x.r
	by.cmd = &cmd
	return by.page(x.of, &request)
}
