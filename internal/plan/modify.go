package plan

import (
	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// ModifyKind tells an INSERT from an UPDATE from a DELETE.
type ModifyKind uint8

const (
	Insert ModifyKind = iota
	Update
	Delete
)

func (k ModifyKind) String() string { return [...]string{"INSERT", "UPDATE", "DELETE"}[k] }

// Modify is a prepared INSERT, UPDATE or DELETE.
type Modify struct {
	prepared
	Table *schema.Table
	Kind  ModifyKind

	where *modifyWhere
	// partition and clustering are set when every key column has one value: the way of nearly all modifications.
	partition, clustering []Term
	timestamp, ttl        Term
	regular, static       columnWrites
	// json is the document of INSERT JSON; then where, regular and static are nil.
	json *jsonInsert

	// claims are the columns whose values are part of a view's key.
	claims []uint32

	// IfNotExists, IfExists and conditions make the statement a lightweight transaction.
	ifNotExists, ifExists bool
	conditions            []condition
	// maskers hide columns in the answer of a statement with conditions, by their ids; nil: there is nothing to hide.
	maskers map[uint32]*masker
}

// IsCounter says whether the statement adds to counters; Bound.Increments then holds what.
func (m *Modify) IsCounter() bool { return m.Table.IsCounter() }

// HasCustomTimestamp says whether the statement has USING TIMESTAMP.
func (m *Modify) HasCustomTimestamp() bool { return m.timestamp != nil }

// Bind evaluates the statement into b, beside what earlier statements of a batch wrote there. The rows that its assignments read, or its conditions, come from current, which may be nil
// when Reads is false.
func (m *Modify) Bind(env *Env, current *Current, b *Bound) error {
	m, err := m.resolved(env)
	if err != nil {
		return err
	}
	if m.isOneRow() && len(b.Mutations) == 0 {
		err = m.bindRow(env, b)
	} else if err = m.bindAll(env, current, b); err == nil {
		b.seal()
	}
	if err != nil || len(m.Table.Indexes) == 0 && len(m.claims) == 0 {
		return err
	}
	if err := m.checkClaims(b); err != nil {
		return err
	}
	for i := range b.Mutations {
		if err := CheckIndexed(&b.Mutations[i], env.Guard); err != nil {
			return err
		}
	}
	return nil
}

// isOneRow says whether bindRow can do it.
func (m *Modify) isOneRow() bool {
	return m.partition != nil && m.clustering != nil && m.Kind != Delete && m.static == nil && !m.Reads() && !m.IsCounter()
}

// bindRow is the hot path: one row, its key given by values.
//
// Budget: no allocation but for growth of env.Scratch, which holds key and delta, and for terms that are no marker or constant.
func (m *Modify) bindRow(env *Env, b *Bound) error {
	dst := env.Scratch
	values := b.values[:0]
	for i, t := range m.partition {
		v, err := keyValue(env, m.Table.PartitionKey[i], t)
		if err != nil {
			return err
		}
		values = append(values, v)
	}
	b.values = values
	at := len(dst)
	dst, err := appendPartitionKey(dst, values)
	if err != nil {
		return err
	}
	partition := dst[at:len(dst):len(dst)]
	at = len(dst)
	for i, t := range m.clustering {
		c := m.Table.Clustering[i]
		v, err := keyValue(env, c, t)
		if err != nil {
			return err
		}
		if len(v) > key.PartitionKeyBytesMax {
			return errKeyLength(len(v))
		}
		dst = key.AppendClustering(dst, c.Type, c.Descending, v)
	}
	clustering := dst[at:len(dst):len(dst)]
	w := &b.writer
	if err := m.begin(w, env); err != nil {
		return err
	}
	if err := m.checkCompact(clustering); err != nil {
		return err
	}
	at = len(dst)
	w.Builder.Reset(dst)
	if m.Kind == Insert && !m.Table.NeedsValues() {
		w.Liveness(w.timestamp, w.ttl, w.now)
	}
	if err := w.columns(m.regular); err != nil {
		return err
	}
	dst = w.Finish()
	env.Scratch = dst
	if row.IsEmpty(dst[at:]) {
		return nil
	}
	b.rows = append(b.rows[:0], row.RowDelta{Clustering: clustering, Delta: dst[at:len(dst):len(dst)]})
	b.Mutations = append(b.Mutations, row.Mutation{Table: m.Table, Partition: key.NewPartition(partition), Rows: b.rows})
	return nil
}

// Short says whether an execution is brief: it writes one partition without reading.
func (m *Modify) Short() bool {
	return m.partition != nil && !m.Table.Virtual && !m.callsUser && !m.Reads() && !m.IsConditional() && !m.IsCounter()
}

// begin sets the moment of the statement's cells.
func (m *Modify) begin(w *cellWriter, env *Env) error {
	w.env, w.now, w.current = env, env.Now, nil
	var err error
	if w.timestamp, err = m.writeTimestamp(env); err != nil {
		return err
	}
	w.ttl, err = m.timeToLive(env)
	return err
}

// Reads says whether the statement needs rows as they are: for a list's elements by index or value.
func (m *Modify) Reads() bool { return m.regular.reads() || m.static.reads() }

// finish is what INSERT, UPDATE and DELETE have in common when all their parts are there.
func (m *Modify) finish(s *Scope, using *cql.Using) error {
	var err error
	if using.Timestamp != nil {
		if m.timestamp, err = s.Term(using.Timestamp, Receiver{Name: "[timestamp]", Type: cqltype.Bigint}); err != nil {
			return err
		}
	}
	if using.TTL != nil {
		if m.ttl, err = s.Term(using.TTL, Receiver{Name: "[ttl]", Type: cqltype.Int}); err != nil {
			return err
		}
	}
	switch {
	case m.IsConditional() && m.IsCounter():
		return cassandra.Invalidf("Conditional updates are not supported on counter tables")
	case m.IsConditional() && m.timestamp != nil:
		return cassandra.Invalidf("Cannot provide custom timestamp for conditional updates")
	case m.IsCounter() && m.timestamp != nil:
		return cassandra.Invalidf("Cannot provide custom timestamp for counter updates")
	case m.IsCounter() && m.ttl != nil:
		return cassandra.Invalidf("Cannot provide custom TTL for counter updates")
	}
	if m.IsConditional() {
		if m.maskers, err = s.maskers(); err != nil {
			return err
		}
	}
	if m.where != nil {
		m.partition = equalities(m.Table.PartitionKey, m.where.partition)
		m.clustering = equalities(m.Table.Clustering, m.where.clustering)
	}
	return nil
}

// addColumn files an assignment under its column's kind.
func (m *Modify) addColumn(c *schema.Column, a assignment) {
	if c.Kind == schema.Static {
		m.static.add(c, a)
	} else {
		m.regular.add(c, a)
	}
}

// staticOnly says whether the statement concerns static columns alone, so that it needs no clustering columns.
// Source: Cassandra 5.0, ModificationStatement.appliesOnlyToStaticColumns.
func (m *Modify) staticOnly() bool {
	if m.changesRegular() {
		return false
	}
	static := m.static != nil
	for _, c := range m.conditions {
		if c.column.Kind != schema.Static {
			return false
		}
		static = true
	}
	return static
}

// changesRegular says whether regular columns are concerned; a DELETE without columns concerns all.
func (m *Modify) changesRegular() bool {
	return m.regular != nil || m.Kind == Delete && m.static == nil
}
