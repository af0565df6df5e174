package exec

import (
	"slices"
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
	"helenus/internal/protocol"
	"helenus/internal/schema"
)

// described is one row of a DESCRIBE; Statement is empty in lists.
type described struct{ Keyspace, Kind, Name, Statement string }

// describer collects what a DESCRIBE shows, in Cassandra's order.
// Source: Cassandra 5.0, DescribeStatement.
type describer struct {
	schema    *schema.Schema
	keyspace  string // the session's
	internals bool
	rows      []described
}

// execDescribe answers a server-side DESCRIBE. Pages are cut by rows; the paging state is the number of the next row.
func (x *execution) execDescribe(q *cql.Describe) error {
	if q.What == "cluster" {
		return x.describeCluster()
	}
	d := describer{schema: x.executor.options.Metadata.Schema(), keyspace: x.keyspace(), internals: q.Internals}
	list, err := d.run(q)
	if err != nil {
		return err
	}
	columns := []string{"keyspace_name", "type", "name", "create_statement"}
	if list {
		columns = columns[:3]
	}
	return x.describeRows(columns, d.rows)
}

// run fills in the rows; list is true for the forms that show names only.
func (d *describer) run(q *cql.Describe) (list bool, err error) {
	switch q.What {
	case "keyspaces", "tables", "types", "functions", "aggregates":
		return true, d.list(q.What)
	case "schema", "full schema":
		for _, k := range d.schema.Keyspaces() {
			if q.What == "full schema" || !schema.IsSystem(k.Name) {
				d.everything(k)
			}
		}
		return false, nil
	case "keyspace", "only keyspace":
		return false, d.describeKeyspace(q)
	case "any":
		return false, d.any(q.Name)
	}
	return false, d.object(q.What, q.Name)
}

func (d *describer) add(keyspace, kind, name, statement string) {
	d.rows = append(d.rows, described{cqltype.QuoteName(keyspace), kind, cqltype.QuoteName(name), statement})
}

// addElement adds what has a name with argument types, quoted already.
func (d *describer) addElement(keyspace, kind, element, statement string) {
	d.rows = append(d.rows, described{cqltype.QuoteName(keyspace), kind, element, statement})
}

// list shows the names of the session's keyspace, or of all.
func (d *describer) list(what string) error {
	all := d.schema.Keyspaces()
	if d.keyspace != "" && what != "keyspaces" {
		k, err := d.find(d.keyspace)
		if err != nil {
			return err
		}
		all = []*schema.Keyspace{k}
	}
	for _, k := range all {
		switch what {
		case "keyspaces":
			d.add(k.Name, "keyspace", k.Name, "")
		case "tables":
			for _, t := range k.SortedTables() {
				d.add(k.Name, "table", t.Name, "")
			}
		case "types":
			for _, t := range k.SortedTypes() {
				d.add(k.Name, "type", t.Name, "")
			}
		case "functions":
			for _, f := range k.SortedFunctions() {
				d.addElement(k.Name, "function", f.Element(), "")
			}
		case "aggregates":
			for _, a := range k.SortedAggregates() {
				d.addElement(k.Name, "aggregate", a.Element(), "")
			}
		}
	}
	return nil
}

func (d *describer) find(keyspace string) (*schema.Keyspace, error) {
	if k := d.schema.Keyspace(keyspace); k != nil {
		return k, nil
	}
	return nil, cassandra.Invalidf("'%s' not found in keyspaces", keyspace)
}

func (d *describer) everything(k *schema.Keyspace) {
	d.add(k.Name, "keyspace", k.Name, k.Describe())
	for _, t := range k.SortedTypes() {
		d.add(k.Name, "type", t.Name, schema.DescribeType(t))
	}
	for _, f := range k.SortedFunctions() {
		d.addElement(k.Name, "function", f.Element(), f.Describe())
	}
	for _, a := range k.SortedAggregates() {
		d.addElement(k.Name, "aggregate", a.Element(), a.Describe())
	}
	for _, t := range k.SortedTables() {
		d.table(t)
	}
}

func (d *describer) table(t *schema.Table) {
	d.add(t.Keyspace, "table", t.Name, t.Describe(d.internals))
	indexes := slices.Clone(t.Indexes)
	slices.SortStableFunc(indexes, func(a, b *schema.Index) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	for _, x := range indexes {
		d.index(x, t)
	}
	views := d.schema.Keyspace(t.Keyspace).ViewsOf(t.ID)
	slices.SortStableFunc(views, func(a, b *schema.Table) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	for _, v := range views {
		d.view(v)
	}
}

func (d *describer) view(t *schema.Table) {
	d.add(t.Keyspace, "materialized_view", t.Name, t.Describe(d.internals))
}

func (d *describer) index(x *schema.Index, t *schema.Table) {
	d.add(t.Keyspace, "index", x.Name, x.Describe(t))
}

func (d *describer) describeKeyspace(q *cql.Describe) error {
	name := q.Name.Name
	if name == "" {
		name = d.keyspace
	}
	if name == "" {
		return errNoCurrentKeyspace
	}
	k, err := d.find(name)
	if err != nil {
		return err
	}
	if q.What == "only keyspace" {
		d.add(k.Name, "keyspace", k.Name, k.Describe())
		return nil
	}
	d.everything(k)
	return nil
}

var errNoCurrentKeyspace = cassandra.Invalidf("No keyspace specified and no current keyspace")

// any shows a keyspace, or what has this name in the session's keyspace.
func (d *describer) any(n cql.Name) error {
	if n.Keyspace == "" {
		if k := d.schema.Keyspace(n.Name); k != nil {
			d.everything(k)
			return nil
		}
		if d.keyspace == "" {
			return cassandra.Invalidf("'%s' not found in keyspaces", n.Name)
		}
		n.Keyspace = d.keyspace
	}
	k, err := d.find(n.Keyspace)
	if err != nil {
		return err
	}
	if t := k.Tables[n.Name]; t != nil {
		if t.IsView() {
			d.view(t)
		} else {
			d.table(t)
		}
		return nil
	}
	if t := k.Types[n.Name]; t != nil {
		d.add(k.Name, "type", t.Name, schema.DescribeType(t))
		return nil
	}
	if x, t := k.FindIndex(n.Name); x != nil {
		d.index(x, t)
		return nil
	}
	return cassandra.Invalidf("'%s' not found in keyspace '%s'", n.Name, n.Keyspace)
}

// object shows one table, type, index or view, or all functions or aggregates of a name.
func (d *describer) object(what string, n cql.Name) error {
	if n.Keyspace == "" {
		n.Keyspace = d.keyspace
	}
	if n.Keyspace == "" {
		return errNoCurrentKeyspace
	}
	k, err := d.find(n.Keyspace)
	if err != nil {
		return err
	}
	switch what {
	case "table":
		if t := k.Tables[n.Name]; t != nil && !t.IsView() {
			d.table(t)
			return nil
		}
		return cassandra.Invalidf("Table '%s' not found in keyspace '%s'", n.Name, n.Keyspace)
	case "type":
		if t := k.Types[n.Name]; t != nil {
			d.add(k.Name, "type", t.Name, schema.DescribeType(t))
			return nil
		}
	case "index":
		if x, t := k.FindIndex(n.Name); x != nil {
			d.index(x, t)
			return nil
		}
	case "view":
		if t := k.Tables[n.Name]; t != nil && t.IsView() {
			d.view(t)
			return nil
		}
	case "function":
		for _, f := range k.SortedFunctions() {
			if f.Name == n.Name {
				d.addElement(k.Name, "function", f.Element(), f.Describe())
			}
		}
	case "aggregate":
		for _, a := range k.SortedAggregates() {
			if a.Name == n.Name {
				d.addElement(k.Name, "aggregate", a.Element(), a.Describe())
			}
		}
	}
	if len(d.rows) > 0 {
		return nil
	}
	return cassandra.Invalidf("%s '%s' not found in '%s'", objectText[what], n.Name, n.Keyspace)
}

var objectText = map[string]string{
	"type": "User defined type", "index": "Table for existing index", "view": "Materialized view", "function": "User defined function",
	"aggregate": "User defined aggregate",
}

// describeRows answers rows of texts.
func (x *execution) describeRows(columns []string, rows []described) error {
	start, err := x.describeStart(len(rows))
	if err != nil {
		return err
	}
	end := len(rows)
	var state []byte
	if size := int(x.params.PageSize); size > 0 && start+size < end {
		end = start + size
		state = describeState(end)
	}
	m := protocol.Metadata{PagingState: state}
	for _, name := range columns {
		m.Columns = append(m.Columns, protocol.Column{Keyspace: "system", Table: "describe", Name: name, Type: cqltype.Text})
	}
	body, countAt := protocol.AppendRowsHeader(x.resp.Body, &m)
	for _, r := range rows[start:end] {
		texts := [...]string{r.Keyspace, r.Kind, r.Name, r.Statement}
		for _, text := range texts[:len(columns)] {
			body = protocol.AppendBytes(body, []byte(text))
		}
	}
	protocol.PatchRowCount(body, countAt, end-start)
	x.resp.Body = body
	return nil
}
