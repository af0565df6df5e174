package plan

import (
	"bytes"
	"cmp"
	"slices"

	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
	"helenus/internal/key"
	"helenus/internal/protocol"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// Transaction is a lightweight transaction: one conditional statement, or a batch with at least one, on one partition.
type Transaction struct {
	Table     *schema.Table
	Partition key.Partition

	statements []transactionStatement
	batch      bool
	// rows are the encoded clustering keys that conditions, or lists by index, need.
	rows [][]byte
	// namesRow is true when a condition is about a row.
	namesRow bool
	// regular is true when any statement is about rows, static when a conditional one writes static columns: then all such columns are read.
	// Source: Cassandra 5.0, CQL3CasRequest.columnsToRead and BatchStatement.
	regular, static bool
	// kinds are the conditions' by the rows that they are about.
	kinds map[string]conditionKind
}

type transactionStatement struct {
	modify *Modify
	env    *Env
	// clustering is the row that the conditions are about; static: none.
	clustering []byte
	static     bool
}

// BatchItem is one statement of a batch with its own values.
type BatchItem struct {
	Modify *Modify
	Env    *Env
}

// BindBatch binds statements of which none is conditional, one behind the other. What fails with the partition keys of any of them comes first, as
// Cassandra looks at all keys before it looks at what is written.
func BindBatch(items []BatchItem, current *Current, b *Bound) error {
	b.Reset()
	for i, item := range items {
		if err := item.Modify.Bind(item.Env, current, b); err != nil {
			for _, later := range items[i:] {
				if err := later.Modify.checkPartitions(later.Env); err != nil {
					return err
				}
			}
			return err
		}
	}
	return nil
}

// NewTransaction evaluates the keys of statements of which some are conditional.
func NewTransaction(items []BatchItem, batch bool) (*Transaction, error) {
	t := &Transaction{Table: items[0].Modify.Table, batch: batch}
	for i, item := range items {
		if err := t.add(item, i == 0); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *Transaction) add(item BatchItem, first bool) error {
	m, err := item.Modify.resolved(item.Env)
	if err != nil {
		return err
	}
	verb := "updates"
	if m.Kind == Delete {
		verb = "deletions"
	}
	partitions, err := m.where.partitions(item.Env)
	if err != nil {
		return err
	}
	if hasIn(m.where.partition) {
		if t.batch {
			return cassandra.Invalidf("Batch with conditions cannot span multiple partitions (you cannot use IN on the partition key)")
		}
		return cassandra.Invalidf("IN on the partition key is not supported with conditional %s", verb)
	}
	if first {
		t.Partition = partitions[0]
	} else if !bytes.Equal(t.Partition.Key, partitions[0].Key) {
		return cassandra.Invalidf("Batch with conditions cannot span multiple partitions")
	}
	if hasIn(m.where.clustering) {
		return cassandra.Invalidf("IN on the clustering key columns is not supported with conditional %s", verb)
	}
	rows, err := m.where.namedRows(item.Env)
	if err != nil {
		return err
	}
	if m.where.isRange() {
		if _, err := m.where.ranges(item.Env); err != nil {
			return err
		}
	}
	for i := range m.conditions {
		if m.conditions[i].element == nil {
			continue
		}
		if _, err := m.conditions[i].elementKey(item.Env); err != nil {
			return err
		}
	}
	if m.timestamp != nil { // of a statement without conditions: what is written has the transaction's timestamp all the same, as in Cassandra
		plain := *m
		plain.timestamp, m = nil, &plain
	}
	s := transactionStatement{modify: m, env: item.Env, static: len(t.Table.Clustering) > 0 && len(rows) == 0}
	if len(t.Table.Clustering) == 0 {
		rows = [][]byte{{}}
	}
	if err := t.mixes(&s, rows); err != nil {
		return err
	}
	t.regular = t.regular || len(t.Table.Clustering) == 0 || len(m.where.clustering) > 0
	t.static = t.static || m.IsConditional() && m.static != nil
	if !s.static {
		s.clustering = rows[0]
		t.namesRow = t.namesRow || m.needsRow()
		if m.needsRow() || m.Reads() {
			t.rows = append(t.rows, s.clustering)
		}
	}
	t.statements = append(t.statements, s)
	return nil
}

// conditionKind is what IF asks of a row: that columns have values, that it is there or that it is not.
type conditionKind uint8

const (
	ifColumns conditionKind = iota + 1
	ifExists
	ifNotExists
)

// mixes refuses conditions of different kinds on one row. What is asked of static columns is asked of the static row.
// Source: Cassandra 5.0, CQL3CasRequest.addExistsCondition and addConditions.
func (t *Transaction) mixes(s *transactionStatement, rows [][]byte) error {
	m := s.modify
	const static = "s"
	at := static
	if !s.static {
		at = "r" + string(rows[0])
	}
	if t.kinds == nil {
		t.kinds = map[string]conditionKind{}
	}
	if kind := m.existsKind(); kind != 0 {
		before := t.kinds[at]
		t.kinds[at] = kind
		switch {
		case before == 0 || before == kind:
			return nil
		case before == ifColumns && kind == ifExists:
			return cassandra.Invalidf("Cannot mix IF conditions and IF EXISTS for the same row")
		case before == ifColumns:
			return cassandra.Invalidf("Cannot mix IF conditions and IF NOT EXISTS for the same row")
		}
		return cassandra.Invalidf("Cannot mix IF EXISTS and IF NOT EXISTS conditions for the same row")
	}
	for _, c := range m.conditions {
		of := at
		if c.isStatic() {
			of = static
		}
		if before := t.kinds[of]; before != 0 && before != ifColumns {
			return cassandra.Invalidf("Cannot mix IF conditions and IF NOT EXISTS for the same row")
		}
		t.kinds[of] = ifColumns
	}
	return nil
}

func (m *Modify) existsKind() conditionKind {
	switch {
	case m.ifExists:
		return ifExists
	case m.ifNotExists:
		return ifNotExists
	}
	return 0
}

func (c condition) isStatic() bool { return c.column.Kind == schema.Static }

// needsRow says whether a condition is about the statement's row, not about static columns alone.
func (m *Modify) needsRow() bool {
	return m.ifExists || m.ifNotExists || slices.ContainsFunc(m.conditions, func(c condition) bool { return !c.isStatic() })
}

// Command is what to read before Decide. When no condition names a row, the first tells whether there is anything, and is shown.
func (t *Transaction) Command() (*row.Command, Rows) {
	cmd := CurrentCommand(t.Table, []key.Partition{t.Partition}, t.rows)
	if len(t.rows) > 0 {
		return cmd, AllRows
	}
	cmd.StaticOnly = false
	if t.regular {
		return cmd, FirstRow
	}
	return cmd, FirstInserted
}

// Decide says whether all conditions hold: those on static columns are looked at first, then rows in their order, up to the first that does not
// hold, so that what is wrong behind it is no error.
// Source: Cassandra 5.0, CQL3CasRequest.appliesTo.
func (t *Transaction) Decide(current *Current) (bool, error) {
	static := current.static(t.Partition)
	for i := range t.statements {
		if ok, err := t.statements[i].holds(static, static, true); !ok {
			return false, err
		}
	}
	ordered := make([]*transactionStatement, 0, len(t.statements))
	for i := range t.statements {
		if s := &t.statements[i]; !s.static {
			ordered = append(ordered, s)
		}
	}
	slices.SortStableFunc(ordered, func(a, b *transactionStatement) int { return bytes.Compare(a.clustering, b.clustering) })
	for _, s := range ordered {
		if ok, err := s.holds(current.row(t.Partition, s.clustering), static, false); !ok {
			return false, err
		}
	}
	return true, nil
}

// holds looks at the conditions on static columns, or at the others; this is the row, or the static row of a statement that names none.
func (s *transactionStatement) holds(this, static *row.View, statics bool) (bool, error) {
	if s.modify.ifNotExists || s.modify.ifExists {
		return statics != s.static || (this != nil) == s.modify.ifExists, nil
	}
	// a condition that is false spares the others of its row, whatever is wrong with them
	applied, failed := true, error(nil)
	for i := range s.modify.conditions {
		c := &s.modify.conditions[i]
		if c.isStatic() != statics {
			continue
		}
		of := this
		if statics {
			of = static
		}
		ok, err := c.holds(s.env, of)
		if err != nil {
			failed = cmp.Or(failed, err)
			continue
		}
		applied = applied && ok
	}
	if !applied {
		return false, nil
	}
	return failed == nil, failed
}

// Bind evaluates the statements into b, once Decide said yes.
func (t *Transaction) Bind(current *Current, b *Bound) error {
	b.together = t.batch
	defer func() { b.together = false }()
	for i := range t.statements {
		if err := t.statements[i].modify.Bind(t.statements[i].env, current, b); err != nil {
			return err
		}
	}
	return nil
}

// Result is what the client is told: [applied] and, when it is false, the rows that stood in the way; masked hides what has a mask.
func (t *Transaction) Result(applied bool, current *Current, masked bool) (columns []protocol.Column, rows [][][]byte, err error) {
	columns = []protocol.Column{{Keyspace: t.Table.Keyspace, Table: t.Table.Name, Name: "[applied]", Type: cqltype.Boolean}}
	if applied {
		return columns, [][][]byte{{{1}}}, nil
	}
	var stored [][]byte
	for i := range t.statements {
		s := &t.statements[i]
		if s.modify.needsRow() && !s.static && current.row(t.Partition, s.clustering) != nil && !containsBytes(stored, s.clustering) {
			stored = append(stored, s.clustering)
		}
	}
	slices.SortFunc(stored, bytes.Compare)
	if first, v := current.first(t.Partition); v != nil && !t.namesRow {
		stored = append(stored, first)
	}
	if stored == nil {
		if !t.showsStatic(current) {
			return columns, [][][]byte{{{0}}}, nil
		}
		stored = [][]byte{nil}
	}
	shown := t.shown()
	for _, c := range shown {
		columns = append(columns, protocol.Column{Keyspace: t.Table.Keyspace, Table: t.Table.Name, Name: c.Name, Type: c.Type})
	}
	for _, clustering := range stored {
		r, err := t.show(shown, clustering, current.row(t.Partition, clustering), current)
		if err != nil {
			return nil, nil, err
		}
		if masked {
			if err := t.hide(shown, r[1:]); err != nil {
				return nil, nil, err
			}
		}
		rows = append(rows, r)
	}
	return columns, rows, nil
}

// hide masks the values of a row.
func (t *Transaction) hide(columns []*schema.Column, values [][]byte) error {
	maskers, env := map[uint32]*masker(nil), t.statements[0].env
	for i := range t.statements {
		if m := t.statements[i].modify.maskers; m != nil {
			maskers = m
		}
	}
	for i, c := range columns {
		m := maskers[c.ID]
		if m == nil {
			continue
		}
		var err error
		if values[i], err = m.hide(env.functionContext(), values[i]); err != nil {
			return err
		}
	}
	return nil
}

// reads says whether a column's values are read: the others show as null.
func (t *Transaction) reads(c *schema.Column) bool {
	if c.Kind == schema.Static && t.static || c.Kind != schema.Static && t.regular {
		return true
	}
	return slices.ContainsFunc(t.statements, func(s transactionStatement) bool {
		return slices.ContainsFunc(s.modify.conditions, func(n condition) bool { return n.column == c })
	})
}

// showsStatic says whether any of the static columns that are read has a value.
func (t *Transaction) showsStatic(current *Current) bool {
	static := current.static(t.Partition)
	return slices.ContainsFunc(t.Table.Static, func(c *schema.Column) bool { return t.reads(c) && columnValue(static, c) != nil })
}

// shown are the columns of the conditions, of each statement the regular ones first, after the key in a batch; all columns for IF (NOT) EXISTS.
func (t *Transaction) shown() []*schema.Column {
	var all []*schema.Column
	if t.batch {
		all = append(append(all, t.Table.PartitionKey...), t.Table.Clustering...)
	}
	for i := range t.statements {
		m := t.statements[i].modify
		if m.ifExists || m.ifNotExists {
			return t.Table.Columns()
		}
		for _, statics := range [...]bool{false, true} {
			for j := range m.conditions {
				if c := m.conditions[j].column; m.conditions[j].isStatic() == statics && !slices.Contains(all, c) {
					all = append(all, c)
				}
			}
		}
	}
	return all
}

func containsBytes(all [][]byte, b []byte) bool {
	return slices.ContainsFunc(all, func(x []byte) bool { return bytes.Equal(x, b) })
}

// show returns a stored row as a result row; clustering is nil where there is no row.
func (t *Transaction) show(columns []*schema.Column, clustering []byte, v *row.View, current *Current) ([][]byte, error) {
	r := [][]byte{{0}}
	parts, err := key.SplitPartition(nil, t.Partition.Key, len(t.Table.PartitionKey))
	if err != nil {
		return nil, err
	}
	for _, c := range columns {
		var value []byte
		switch c.Kind {
		case schema.PartitionKey:
			value = parts[c.Position]
		case schema.Clustering:
			if value, err = clusteringValue(t.Table, clustering, c.Position); err != nil {
				return nil, err
			}
		case schema.Static:
			if t.reads(c) {
				value = columnValue(current.static(t.Partition), c)
			}
		default:
			if t.reads(c) {
				value = columnValue(v, c)
			}
		}
		r = append(r, value)
	}
	return r, nil
}

func clusteringValue(table *schema.Table, encoded []byte, position int) (value []byte, err error) {
	if encoded == nil {
		return nil, nil
	}
	for _, c := range table.Clustering[:position+1] {
		if value, encoded, err = key.DecodeClustering(c.Type, c.Descending, encoded); err != nil {
			return nil, err
		}
	}
	return value, nil
}

// columnValue is a column of a row as it is, or nil.
func columnValue(v *row.View, c *schema.Column) []byte {
	if v == nil {
		return nil
	}
	cell, ok := v.Cell(c.ID)
	if !ok {
		return nil
	}
	if cell.Complex {
		return collect(c.Type, cell)
	}
	return cell.Value
}
