package plan

import (
	"errors"
	"slices"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
	"helenus/internal/key"
	"helenus/internal/protocol"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// Select is a planned SELECT.
type Select struct {
	prepared
	Table    *schema.Table
	Distinct bool
	JSON     bool
	Columns  []protocol.Column

	selectors  []selector
	jsonNames  [][]byte // of the selectors, as JSON keys
	aggregates []*aggregateSelector
	checks     []func(*Run) error // see CheckSelectors
	need       []bool
	slots      map[uint32]int
	where      *restrictions
	access     *access

	groups   int // leading primary key columns that GROUP BY names
	grouped  bool
	groupBy  []selector
	Reversed bool
	sort     []sortKey // ORDER BY over several partitions
	near     *nearest  // ORDER BY … ANN OF
	limit    Term
	perPart  Term
	// plain is set when every selector is a column: values go straight from the cells to the response, but to those who may not see them.
	plain      []int
	masked     bool // some column that is shown has a mask
	everything bool // SELECT *
	// allowFiltering is set where ALLOW FILTERING is there.
	allowFiltering bool
}

// sortKey orders rows in memory.
type sortKey struct {
	slot       int
	t          *cqltype.Type
	descending bool
}

// ResultColumns describe the rows that come back.
func (p *Select) ResultColumns() []protocol.Column { return p.Columns }

// IsAggregate says whether rows are folded: by an aggregate function or GROUP BY.
func (p *Select) IsAggregate() bool { return len(p.aggregates) > 0 || p.grouped }

// Grouped says whether GROUP BY is there.
func (p *Select) Grouped() bool { return p.grouped }

// Short says whether the statement reads at most one row by its whole key, so that it may run on a connection's reader.
func (p *Select) Short() bool {
	if p.Table.Virtual || p.Table.System || p.callsUser || !p.access.keyed || p.access.indexed || p.IsAggregate() || len(p.access.filters) > 0 {
		return false
	}
	for _, r := range p.where.partition {
		if !r.isEq() {
			return false
		}
	}
	for i := range p.where.clusters {
		if !p.where.eqClustering(i) {
			return false
		}
	}
	return p.where.token == nil
}

// InPartitions says whether the partition key has an IN; beside a token only one of a whole key counts.
// Source: Cassandra 5.0, TokenFilter.hasIN.
func (p *Select) InPartitions() bool {
	return p.where.inPartition() && (p.where.token == nil || !slices.Contains(p.where.partition, nil))
}

// RestrictsPartitions says whether WHERE says anything of the partition key or its token.
func (p *Select) RestrictsPartitions() bool {
	return p.where.token != nil || slices.ContainsFunc(p.where.partition, func(r *restriction) bool { return r != nil })
}

func prepareSelect(ctx *Context, b *binds, q *cql.Select) (*Select, error) {
	t, err := ctx.Table(q.Table)
	if err != nil {
		return nil, err
	}
	s := newScope(ctx, b, t)
	p := &Select{Table: t, Distinct: q.Distinct, JSON: q.JSON, everything: len(q.Selectors) == 0, allowFiltering: q.AllowFiltering}
	n := newSelection(s)
	failed := p.planSelectors(n, q)
	if err := firstLooks(t, q.Selectors, failed); err != nil {
		return nil, err
	}
	for _, o := range q.OrderBy {
		if t.Column(o.Column) == nil {
			return nil, t.UndefinedColumn(o.Column)
		}
	}
	if p.where, err = newRestrictions(s, q.Where, q.AllowFiltering || filtersImplicitly(t)); err != nil {
		return nil, err
	}
	if err := p.findNearest(s, q); err != nil {
		return nil, err
	}
	if p.near != nil {
		if err := p.checkNearest(); err != nil {
			return nil, err
		}
		p.where.filtering = true
	}
	if p.access, err = p.where.plan(onlyStatic(t, q.Selectors)); err != nil {
		return nil, err
	}
	for _, err := range failed {
		if err != nil {
			return nil, err
		}
	}
	p.nameColumns(q)
	if p.Distinct {
		if q.PerPartitionLimit != nil {
			return nil, cassandra.Invalidf("PER PARTITION LIMIT is not allowed with SELECT DISTINCT queries")
		}
		if err := p.checkDistinct(n, q); err != nil {
			return nil, err
		}
	}
	if err := p.planGroups(n, q); err != nil {
		return nil, err
	}
	if q.PerPartitionLimit != nil && len(n.aggregates) > 0 && !p.grouped {
		return nil, cassandra.Invalidf("PER PARTITION LIMIT is not allowed with aggregate queries.")
	}
	if err := p.planOrder(n, q); err != nil {
		return nil, err
	}
	p.Distinct = p.Distinct && len(t.Clustering) > 0 // a partition without clustering columns has one row
	if err := p.where.checkFiltering(p.access); err != nil {
		return nil, err
	}
	if err := p.planLimits(s, q); err != nil {
		return nil, err
	}
	for _, r := range p.access.filters {
		for _, c := range r.columns {
			n.want(c)
		}
	}
	p.need, p.slots, p.aggregates, p.checks = n.need, n.slots, n.aggregates, n.checks
	p.planPlain()
	p.prepared = b.done(t)
	p.masked, p.callsUser = n.masked, p.callsUser || n.callsUser
	return p, nil
}

func (p *Select) planLimits(s *Scope, q *cql.Select) (err error) {
	if q.Limit != nil {
		if p.limit, err = s.Term(q.Limit, Receiver{Name: "[limit]", Type: cqltype.Int}); err != nil {
			return err
		}
	}
	if q.PerPartitionLimit != nil {
		p.perPart, err = s.Term(q.PerPartitionLimit, Receiver{Name: "[per_partition_limit]", Type: cqltype.Int})
	}
	return err
}

// onlyStatic says whether selectors read static columns, perhaps some of the partition key, and nothing else.
// Source: Cassandra 5.0, SelectStatement.RawStatement.selectOnlyStaticColumns.
func onlyStatic(t *schema.Table, selectors []cql.Selector) bool {
	any := func(wanted func(*schema.Column) bool) bool {
		return slices.ContainsFunc(selectors, func(s cql.Selector) bool { return selects(s.Expr, t, wanted) })
	}
	return len(t.Static) > 0 && any(isStaticColumn) && !any(isRowColumn)
}

func isStaticColumn(c *schema.Column) bool { return c.Kind == schema.Static }

// isRowColumn says whether a column is one of rows, not of partitions.
func isRowColumn(c *schema.Column) bool {
	return c.Kind == schema.Regular || c.Kind == schema.Clustering
}

// planSelectors plans all selectors and returns an error for each, most of them nil.
func (p *Select) planSelectors(n *selection, q *cql.Select) []error {
	if len(q.Selectors) == 0 {
		for _, c := range p.Table.Columns() {
			s, err := n.show(c)
			if err != nil {
				return []error{err}
			}
			p.selectors = append(p.selectors, s)
		}
		return nil
	}
	failed := make([]error, len(q.Selectors))
	for i, x := range q.Selectors {
		var s selector
		s, failed[i] = n.plan(x.Expr, nil)
		p.selectors = append(p.selectors, s)
	}
	return failed
}

// firstLooks returns the error that is found before those of WHERE. Cassandra resolves columns and functions of a selector when it first
// looks at it. That is after WHERE, but for tables with static columns: there it looks for one, and then for something that is none.
func firstLooks(t *schema.Table, selectors []cql.Selector, failed []error) error {
	if len(t.Static) == 0 {
		return nil
	}
	look := func(wanted func(*schema.Column) bool) (bool, error) {
		for i, s := range selectors {
			var late lateError
			if failed[i] != nil && !errors.As(failed[i], &late) {
				return false, failed[i]
			}
			if selects(s.Expr, t, wanted) {
				return true, nil
			}
		}
		return false, nil
	}
	found, err := look(isStaticColumn)
	if found {
		_, err = look(isRowColumn)
	}
	return err
}

// nameColumns makes the result's columns.
func (p *Select) nameColumns(q *cql.Select) {
	for i, s := range p.selectors {
		name := s.name()
		if len(q.Selectors) > 0 && q.Selectors[i].Alias != "" {
			name = q.Selectors[i].Alias
		}
		p.Columns = append(p.Columns, protocol.Column{Keyspace: p.Table.Keyspace, Table: p.Table.Name, Name: name, Type: s.typ()})
	}
	if p.JSON {
		for _, c := range p.Columns {
			p.jsonNames = append(p.jsonNames, cqltype.AppendJSONName(nil, c.Name))
		}
		p.Columns = []protocol.Column{{Keyspace: p.Table.Keyspace, Table: p.Table.Name, Name: "[json]", Type: cqltype.Text}}
	}
}

func (p *Select) checkDistinct(n *selection, q *cql.Select) error {
	if err := p.where.distinctAllowed(); err != nil {
		return err
	}
	refused := func(c *schema.Column) error {
		if c.Kind == schema.PartitionKey || p.Table.ShownKind(c.Kind) == schema.Static {
			return nil
		}
		return cassandra.Invalidf("SELECT DISTINCT queries must only request partition key columns and/or static columns (not %s)", c.Name)
	}
	for _, s := range p.selectors {
		if c, ok := s.(*columnSelector); ok {
			if err := refused(c.column); err != nil {
				return err
			}
		}
	}
	for i, c := range p.Table.Columns() { // what functions read
		if !n.need[i] {
			continue
		}
		if err := refused(c); err != nil {
			return err
		}
	}
	if p.where.inPartition() {
		for _, o := range q.OrderBy { // these are read for the sorting
			if err := refused(p.Table.Column(o.Column)); err != nil {
				return err
			}
		}
	}
	for _, k := range p.Table.PartitionKey {
		if !n.need[n.slots[k.ID]] && !p.access.keyed {
			return cassandra.Invalidf("SELECT DISTINCT queries must request all the partition key columns (missing %s)", k.Name)
		}
	}
	return nil
}

// planGroups checks GROUP BY: the primary key's columns in order; those restricted to one value may be left out.
func (p *Select) planGroups(n *selection, q *cql.Select) error {
	if len(q.GroupBy) == 0 {
		return nil
	}
	p.grouped = true
	keys := slices.Concat(p.Table.PartitionKey, p.Table.Clustering)
	at := 0
	for gi, e := range q.GroupBy {
		var c *schema.Column
		switch x := e.(type) {
		case *cql.Column:
			if c = p.Table.Column(x.Name); c == nil {
				return p.Table.UndefinedColumn(x.Name)
			}
		case *cql.Binary:
			if named, ok := x.Left.(*cql.Column); ok {
				c = p.Table.Column(named.Name)
			}
			if c != nil && c.Kind != schema.Clustering {
				return cassandra.Invalidf("Group by functions are only supported on clustering columns, got %s", c.Name)
			}
			c = nil
		case *cql.Call:
			if gi != len(q.GroupBy)-1 {
				return cassandra.Invalidf("Functions are only supported on the last element of the GROUP BY clause")
			}
			for _, a := range x.Args {
				if named, ok := a.(*cql.Column); ok {
					c = p.Table.Column(named.Name)
				}
			}
			s, err := n.plan(x, nil)
			if err != nil {
				return err
			}
			p.groupBy = append(p.groupBy, s)
		}
		if c == nil || c.Kind == schema.Static || c.Kind == schema.Regular {
			name := SelectText(e)
			if c != nil {
				name = c.Name
			}
			return cassandra.Invalidf("Group by is currently only supported on the columns of the PRIMARY KEY, got %s", name)
		}
		for at < len(keys) && keys[at] != c {
			if !p.isFixed(keys[at]) {
				return cassandra.Invalidf("Group by currently only support groups of columns following their declared order in the PRIMARY KEY")
			}
			at++
		}
		if at == len(keys) {
			return cassandra.Invalidf("Group by currently only support groups of columns following their declared order in the PRIMARY KEY")
		}
		at++
		n.want(c)
	}
	if p.Distinct && at > len(p.Table.PartitionKey) {
		return cassandra.Invalidf("Grouping on clustering columns is not allowed for SELECT DISTINCT queries")
	}
	if at < len(p.Table.PartitionKey) {
		return cassandra.Invalidf("Group by is not supported on only a part of the partition key")
	}
	if p.groupBy != nil {
		at-- // the last column counts by its function
	}
	p.groups = at
	return nil
}

// isFixed says whether a key column is restricted to one value.
func (p *Select) isFixed(c *schema.Column) bool {
	if c.Kind == schema.PartitionKey {
		r := p.where.partition[c.Position]
		return r != nil && r.isEq()
	}
	return p.where.eqClustering(c.Position)
}

func (p *Select) planOrder(n *selection, q *cql.Select) error {
	if len(q.OrderBy) == 0 {
		return nil
	}
	if p.near != nil {
		p.near.slot = n.want(p.near.column)
		return nil
	}
	if p.access.indexed {
		return cassandra.Invalidf("ORDER BY with 2ndary indexes is not supported, except for ANN queries.")
	}
	if !p.access.keyed {
		return cassandra.Invalidf("ORDER BY is only supported when the partition key is restricted by an EQ or an IN.")
	}
	at := 0
	var reversed *bool
	for _, o := range orderings(q.OrderBy) {
		c := p.Table.Column(o.Column)
		if c.Kind != schema.Clustering {
			return cassandra.Invalidf("Order by is currently only supported on the clustered columns of the PRIMARY KEY, got %s", c.Name)
		}
		for at < c.Position {
			if !p.where.eqClustering(at) {
				return cassandra.Invalidf("Order by currently only supports the ordering of columns following their declared order in the PRIMARY KEY")
			}
			at++
		}
		if at != c.Position {
			return cassandra.Invalidf("Order by currently only supports the ordering of columns following their declared order in the PRIMARY KEY")
		}
		at++
		r := o.Descending != c.Descending
		if reversed != nil && *reversed != r {
			return cassandra.Invalidf("Unsupported order by relation")
		}
		reversed = &r
		p.sort = append(p.sort, sortKey{n.want(c), c.Type, o.Descending})
	}
	p.Reversed = *reversed
	if !p.where.inPartition() {
		p.sort = nil
	}
	return nil
}

// orderings are those of ORDER BY, one for each column: where it was named first, with the order that was named last.
// Source: Cassandra 5.0, SelectStatement.RawStatement.getColumnOrderings, which puts them into a map.
func orderings(all []cql.Ordering) []cql.Ordering {
	var out []cql.Ordering
	for _, o := range all {
		if i := slices.IndexFunc(out, func(x cql.Ordering) bool { return x.Column == o.Column }); i >= 0 {
			out[i] = o
		} else {
			out = append(out, o)
		}
	}
	return out
}

// Sorted says whether rows have to be sorted in memory.
func (p *Select) Sorted() bool { return p.sort != nil }

// planPlain notes the slots when all selectors are columns that need no folding.
func (p *Select) planPlain() {
	if p.IsAggregate() || p.JSON {
		return
	}
	plain := make([]int, 0, len(p.selectors))
	for _, s := range p.selectors {
		c, ok := s.(*columnSelector)
		if !ok {
			return
		}
		plain = append(plain, c.slot)
	}
	p.plain = plain
}

// Limit and PerPartitionLimit return the bound limits; 0 is none.
func (p *Select) Limit(env *Env) (int, error) { return limitValue(p.limit, env, "limit") }

func (p *Select) PerPartitionLimit(env *Env) (int, error) {
	return limitValue(p.perPart, env, "per partition limit")
}

func limitValue(t Term, env *Env, name string) (int, error) {
	if t == nil {
		return 0, nil
	}
	v, err := t.Eval(env)
	if err != nil {
		return 0, err
	}
	if IsUnset(v) {
		return 0, nil
	}
	if len(v) != 4 {
		return 0, cassandra.Invalidf("Invalid null value of %s", name)
	}
	n := int(cqltype.Int64(v))
	if n <= 0 {
		return 0, cassandra.Invalidf("LIMIT must be strictly positive") // of either clause, as in Cassandra
	}
	return n, nil
}

// Command fills in what to read. ok is false when nothing can match.
func (p *Select) Command(env *Env, cmd *row.Command) (ok bool, err error) {
	*cmd = row.Command{Table: p.Table, Reversed: p.Reversed}
	if p.access.keyed {
		if cmd.Partitions, err = p.where.partitions(env); err != nil {
			return false, err
		}
		if p.where.token != nil {
			if cmd.Partitions, err = p.where.withTokens(env, cmd.Partitions); err != nil {
				return false, err
			}
		}
		if len(cmd.Partitions) == 0 {
			return false, nil // what WHERE says of rows is not looked at, as in Cassandra
		}
	}
	if cmd.Slices, err = p.where.slices(env, p.access.sliced); err != nil || cmd.Slices != nil && len(cmd.Slices) == 0 {
		return false, err
	}
	if !p.access.keyed {
		if cmd.Tokens, ok, err = p.where.tokens(env); err != nil || !ok {
			return false, err
		}
	}
	if p.access.indexed {
		if cmd.Indexed, ok, err = p.access.indexRanges(p.Table, env); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

// CheckKeys refuses partition keys that can't be. Cassandra does so after it has evaluated all of WHERE.
func (p *Select) CheckKeys(cmd *row.Command) error {
	for i := range cmd.Partitions {
		switch n := len(cmd.Partitions[i].Key); {
		case n == 0:
			return errEmptyKey
		case n > key.PartitionKeyBytesMax:
			return cassandra.Invalidf("Key length of %d is longer than maximum of %d", n, key.PartitionKeyBytesMax)
		}
	}
	return nil
}

// ReadsStatics says whether partitions are read for their static columns where WHERE names rows by their whole keys, and none. They are for those
// that are asked for, and for all where no regular column is asked for.
// Source: Cassandra 5.0, SelectStatement.makeClusteringIndexFilter.
func (p *Select) ReadsStatics(cmd *row.Command) bool {
	if len(cmd.Partitions) == 0 || p.access.sliced < len(p.Table.Clustering) || slices.ContainsFunc(p.where.clusters, (*restriction).isSlice) {
		return false
	}
	needed := func(c *schema.Column) bool { return p.need[p.slots[c.ID]] }
	return slices.ContainsFunc(p.Table.Static, needed) || len(p.Table.Static) > 0 && !slices.ContainsFunc(p.Table.Regular, needed)
}

// Filter binds the checks that the key could not decide; nil when there is none.
func (p *Select) Filter(env *Env) (*Filter, error) {
	return p.access.bindFilter(p.where, env, p.slots)
}

// RestrictsRows says whether WHERE names clustering or regular columns: a partition with nothing but static columns is no row then.
func (p *Select) RestrictsRows() bool {
	if p.where.hasClustering() {
		return true
	}
	if slices.ContainsFunc(p.access.uses, func(u indexUse) bool { return u.index.Class == schema.SASIIndex }) {
		return true // Cassandra's SASI looks at rows only
	}
	for _, o := range p.where.others {
		if o.columns[0].Kind == schema.Regular {
			return true
		}
	}
	return false
}

// NewRow returns a row for the walk.
func (p *Select) NewRow() *Row { return newRow(p.Table, p.need) }
