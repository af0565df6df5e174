package plan

import (
	"slices"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/schema"
)

// refuseExpressions says what is wrong with expr(index, value) in the WHERE of a SELECT: no index that there is takes such expressions.
// Source: Cassandra 5.0, StatementRestrictions.prepareCustomIndexExpressions.
func refuseExpressions(t *schema.Table, where []cql.Relation) error {
	first := slices.IndexFunc(where, func(r cql.Relation) bool { return r.Index != "" })
	if first < 0 {
		return nil
	}
	if slices.ContainsFunc(where[first+1:], func(r cql.Relation) bool { return r.Index != "" }) {
		return cassandra.Invalidf("Multiple custom index expressions in a single query are not supported")
	}
	name := where[first].Index
	at := slices.IndexFunc(t.Indexes, func(x *schema.Index) bool { return x.Name == name })
	switch {
	case at < 0:
		return cassandra.Invalidf("Invalid index expression, index %s not found for %s.%s", name, t.Keyspace, t.Name)
	case !t.Indexes[at].Custom:
		return cassandra.Invalidf("Only CUSTOM indexes may be used in custom index expressions, %s is not valid", name)
	}
	return cassandra.Invalidf("Index %s does not support custom expressions", name)
}
