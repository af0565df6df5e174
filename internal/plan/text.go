package plan

import (
	"fmt"
	"strings"

	"helenus/internal/cqltype"
	"helenus/internal/key"
	"helenus/internal/schema"
)

// Text is a read as Cassandra words it in warnings and in its log: what is asked of replicas, not what the client wrote. at is the partition that it is
// of, for one that names partitions. A value that can't be had is a question mark.
// Source: Cassandra 5.0, ReadCommand.toCQLString.
func (p *Select) Text(env *Env, at key.Partition, pageSize, limit int) string {
	t := p.Table
	var b strings.Builder
	fmt.Fprintf(&b, "SELECT %s FROM %s.%s", p.columnsText(), cqltype.QuoteName(t.Keyspace), cqltype.QuoteName(t.Name))
	var where []string
	if p.access.keyed {
		values, err := key.SplitPartition(nil, at.Key, len(t.PartitionKey))
		for i, c := range t.PartitionKey {
			value := "?"
			if err == nil && i < len(values) {
				value = c.Type.Format(values[i])
			}
			where = append(where, cqltype.QuoteName(c.Name)+" = "+value)
		}
	} else if p.where.token != nil {
		where = append(where, textOf(p.where.token, env, "token("+names(t.PartitionKey)+")")...)
	}
	for i, r := range p.where.clusters {
		if r != nil && (i == 0 || p.where.clusters[i-1] != r) {
			where = append(where, textOf(r, env, "")...)
		}
	}
	for _, r := range p.where.others {
		where = append(where, textOf(r, env, "")...)
	}
	if len(where) > 0 {
		b.WriteString(" WHERE " + strings.Join(where, " AND "))
	}
	if p.Reversed {
		var order []string
		for _, c := range t.Clustering {
			direction := " DESC"
			if c.Descending {
				direction = " ASC"
			}
			order = append(order, cqltype.QuoteName(c.Name)+direction)
		}
		b.WriteString(" ORDER BY " + strings.Join(order, ", "))
	}
	if p.IsAggregate() || limit <= 0 || pageSize > 0 && pageSize < limit {
		limit = pageSize
	}
	if limit > 0 {
		fmt.Fprintf(&b, " LIMIT %d", limit)
	}
	if p.Distinct {
		b.WriteString(" PER PARTITION LIMIT 1")
	} else if n, err := p.PerPartitionLimit(env); err == nil && n > 0 {
		fmt.Fprintf(&b, " PER PARTITION LIMIT %d", n)
	}
	return b.String() + " ALLOW FILTERING"
}

// columnsText are the columns beside the key that are wanted, or all.
func (p *Select) columnsText() string {
	var wanted []*schema.Column
	all := true
	for i, c := range p.Table.Columns() {
		if c.Kind != schema.Static && c.Kind != schema.Regular {
			continue
		}
		if p.need[i] {
			wanted = append(wanted, c)
		} else {
			all = false
		}
	}
	if p.everything && all || len(wanted) == 0 {
		return "*"
	}
	return names(wanted)
}

func names(columns []*schema.Column) string {
	var all []string
	for _, c := range columns {
		all = append(all, cqltype.QuoteName(c.Name))
	}
	return strings.Join(all, ", ")
}

// textOf words a restriction; of is what it is of, empty for its columns.
func textOf(r *restriction, env *Env, of string) (all []string) {
	t := r.columns[0].Type
	if of == "" {
		of = names(r.columns)
		if r.multi {
			t, of = tupleType(r.columns), "("+of+")"
		}
	} else {
		t = cqltype.Bigint
	}
	value := func(t *cqltype.Type, term Term) string {
		if v, err := term.Eval(env); err == nil && v != nil && !IsUnset(v) {
			return t.Format(v)
		}
		return "?"
	}
	add := func(operator string, value string) { all = append(all, of+" "+operator+" "+value) }
	switch {
	case r.eq != nil:
		add("=", value(t, r.eq))
	case r.isIn():
		var in []string
		if values, err := r.values(env, true); err == nil {
			for _, v := range values {
				in = append(in, t.Format(v))
			}
		}
		add("IN", "("+strings.Join(in, ", ")+")")
	case r.isSlice():
		end := func(b *bound, operator string) {
			if b == nil {
				return
			}
			if b.inclusive {
				operator += "="
			}
			add(operator, value(b.value.Type(), b.value))
		}
		end(r.low, ">")
		end(r.high, "<")
	}
	for _, k := range r.holds {
		add("CONTAINS", value(k.Type(), k))
	}
	for _, k := range r.keys {
		add("CONTAINS KEY", value(k.Type(), k))
	}
	for _, e := range r.entries {
		all = append(all, fmt.Sprintf("%s[%s] = %s", of, value(e.key.Type(), e.key), value(e.value.Type(), e.value)))
	}
	return all
}
