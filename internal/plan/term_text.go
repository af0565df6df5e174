package plan

import (
	"strconv"
	"strings"

	"helenus/internal/cql"
	"helenus/internal/cqltype"
)

// ExprText is an expression as Cassandra's messages show it: a marker is ?, text is quoted.
func ExprText(e cql.Expr) string { return exprText(e, "null") }

// SelectText is an expression as result columns show it: NULL in capitals.
func SelectText(e cql.Expr) string { return exprText(e, "NULL") }

func exprText(e cql.Expr, null string) string {
	switch e := e.(type) {
	case *cql.Null:
		return null
	case *cql.Constant:
		switch e.Kind {
		case cql.ConstString:
			return "'" + e.Text + "'"
		case cql.ConstHex:
			return "0x" + e.Text
		case cql.ConstFloat:
			switch strings.ToLower(e.Text) {
			case "nan", "-nan":
				return "NaN"
			case "infinity":
				return "Infinity"
			case "-infinity":
				return "-Infinity"
			}
		}
		return e.Text
	case *cql.Bind:
		return "?"
	case *cql.ListLit:
		return "[" + exprTexts(e.Elems, null) + "]"
	case *cql.SetLit:
		return "{" + exprTexts(e.Elems, null) + "}"
	case *cql.TupleLit:
		return "(" + exprTexts(e.Elems, null) + ")"
	case *cql.MapLit:
		parts := make([]string, len(e.Keys))
		for i := range e.Keys {
			parts[i] = exprText(e.Keys[i], null) + ": " + exprText(e.Values[i], null)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case *cql.UDTLit:
		parts := make([]string, len(e.Fields))
		for i := range e.Fields {
			parts[i] = e.Fields[i] + ": " + exprText(e.Values[i], null)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case *cql.Hint:
		return "(" + TypeText(e.Type) + ")" + exprText(e.Of, null)
	case *cql.Cast:
		return "cast(" + exprText(e.Of, null) + " as " + TypeText(e.Type) + ")"
	case *cql.Call:
		name := e.Func.Name
		if e.Func.Keyspace != "" {
			name = e.Func.Keyspace + "." + name
		}
		if e.Star {
			return name + "(*)"
		}
		return name + "(" + exprTexts(e.Args, null) + ")"
	case *cql.Binary:
		return exprText(e.Left, null) + " " + string(e.Op) + " " + exprText(e.Right, null)
	case *cql.Negate:
		return "-" + exprText(e.Of, null)
	case *cql.Paren:
		return "(" + exprText(e.Of, null) + ")"
	case *cql.Column:
		if null == "NULL" {
			return e.Name // selections show names as they are
		}
		return cqltype.QuoteName(e.Name)
	case *cql.Element:
		return exprText(e.Of, null) + "[" + exprText(e.Key, null) + "]"
	case *cql.Field:
		return exprText(e.Of, null) + "." + cqltype.QuoteName(e.Name)
	case *cql.Slice:
		return exprText(e.Of, null) + "[" + boundText(e.From, null) + ".." + boundText(e.To, null) + "]"
	}
	return ""
}

func boundText(e cql.Expr, null string) string {
	if e == nil {
		return ""
	}
	return exprText(e, null)
}

func exprTexts(all []cql.Expr, null string) string {
	parts := make([]string, len(all))
	for i, e := range all {
		parts[i] = exprText(e, null)
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
