package plan

import (
	"strconv"
	"strings"

	"helenus/internal/cql"
	"helenus/internal/cqltype"
)

// ExprText is an expression as Cassandra's messages show it: a marker is ?, text is quoted.
func ExprText(e cql.Expr) string {
	switch e := e.(type) {
	case *cql.Null:
		return "null"
	case *cql.Constant:
		switch e.Kind {
		case cql.ConstString:
			return "'" + e.Text + "'"
		case cql.ConstHex:
			return "0x" + e.Text
		}
		return e.Text
	case *cql.Bind:
		return "?"
	case *cql.ListLit:
		return "[" + exprTexts(e.Elems) + "]"
	case *cql.SetLit:
		return "{" + exprTexts(e.Elems) + "}"
	case *cql.TupleLit:
		return "(" + exprTexts(e.Elems) + ")"
	case *cql.MapLit:
		parts := make([]string, len(e.Keys))
		for i := range e.Keys {
			parts[i] = ExprText(e.Keys[i]) + ": " + ExprText(e.Values[i])
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case *cql.UDTLit:
		parts := make([]string, len(e.Fields))
		for i := range e.Fields {
			parts[i] = e.Fields[i] + ": " + ExprText(e.Values[i])
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case *cql.Hint:
		return "(" + TypeText(e.Type) + ")" + ExprText(e.Of)
	case *cql.Cast:
		return "cast(" + ExprText(e.Of) + " as " + TypeText(e.Type) + ")"
	case *cql.Call:
		name := e.Func.Name
		if e.Func.Keyspace != "" {
			name = e.Func.Keyspace + "." + name
		}
		if e.Star {
			return name + "(*)"
		}
		return name + "(" + exprTexts(e.Args) + ")"
	case *cql.Binary:
		return ExprText(e.Left) + " " + string(e.Op) + " " + ExprText(e.Right)
	case *cql.Negate:
		return "-" + ExprText(e.Of)
	case *cql.Column:
		return cqltype.QuoteName(e.Name)
	case *cql.Element:
		return ExprText(e.Of) + "[" + ExprText(e.Key) + "]"
	case *cql.Field:
		return ExprText(e.Of) + "." + cqltype.QuoteName(e.Name)
	case *cql.Slice:
		return ExprText(e.Of) + "[" + boundText(e.From) + ".." + boundText(e.To) + "]"
	}
	return ""
}

func boundText(e cql.Expr) string {
	if e == nil {
		return ""
	}
	return ExprText(e)
}

func exprTexts(all []cql.Expr) string {
	parts := make([]string, len(all))
	for i, e := range all {
		parts[i] = ExprText(e)
	}
	return strings.Join(parts, ", ")
}

// TypeText is a type as it was written.
func TypeText(t *cql.TypeName) string {
	if t.Class != "" {
		return "'" + t.Class + "'"
	}
	name := t.Name
	if t.Keyspace != "" {
		name = t.Keyspace + "." + name
	}
	if len(t.Params) == 0 {
		return name
	}
	parts := make([]string, len(t.Params))
	for i, p := range t.Params {
		parts[i] = TypeText(p)
	}
	if t.Name == "vector" {
		parts = append(parts, strconv.Itoa(t.Dimension))
	}
	return name + "<" + strings.Join(parts, ", ") + ">"
}
