package plan

import "helenus/internal/cql"

// ExprText is an expression as Cassandra's messages show it: a marker is ?, text is quoted.
func ExprText(e cql.Expr) string { return cql.ExprText(e) }

// SelectText is an expression as result columns show it: NULL in capitals.
func SelectText(e cql.Expr) string { return cql.SelectText(e) }

// TypeText is a type as it was written.
func TypeText(t *cql.TypeName) string { return cql.TypeText(t) }
