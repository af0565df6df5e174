package plan

import (
	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
	"helenus/internal/schema"
)

// Constant is the value of an expression that stands in no statement on a table, such as INITCOND; nil is null. It may have no markers. env is the request's.
func Constant(s *schema.Schema, keyspace string, e cql.Expr, t *cqltype.Type, env *Env) ([]byte, error) {
	scope := &Scope{Schema: s, Keyspace: keyspace}
	if hasBind(e) {
		return nil, cassandra.Invalidf("Bind variables cannot be used here: %s", ExprText(e))
	}
	term, err := scope.Term(e, Receiver{Name: "(dummy)", Type: t})
	if err != nil {
		return nil, err
	}
	return term.Eval(env)
}

// hasBind says whether a bind marker is anywhere in an expression.
func hasBind(e cql.Expr) bool {
	any := func(all ...cql.Expr) bool {
		for _, x := range all {
			if hasBind(x) {
				return true
			}
		}
		return false
	}
	switch e := e.(type) {
	case *cql.Bind:
		return true
	case *cql.ListLit:
		return any(e.Elems...)
	case *cql.SetLit:
		return any(e.Elems...)
	case *cql.TupleLit:
		return any(e.Elems...)
	case *cql.MapLit:
		return any(e.Keys...) || any(e.Values...)
	case *cql.UDTLit:
		return any(e.Values...)
	case *cql.Call:
		return any(e.Args...)
	case *cql.Hint:
		return any(e.Of)
	case *cql.Cast:
		return any(e.Of)
	case *cql.Binary:
		return any(e.Left, e.Right)
	case *cql.Negate:
		return any(e.Of)
	}
	return false
}
