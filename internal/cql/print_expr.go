package cql

import (
	"slices"
	"strconv"
	"strings"

	"helenus/internal/cqltype"
)

// ExprText is an expression as Cassandra's messages show it: a marker is ?, text is quoted.
func ExprText(e Expr) string { return printer{null: "null", terms: true}.expr(e) }

// SelectText is an expression as result columns show it: NULL in capitals.
func SelectText(e Expr) string { return printer{null: "NULL", plainNames: true}.expr(e) }

// KeyText is the key of an element, or a bound of a slice, as result columns show it.
func KeyText(e Expr) string { return printer{null: "NULL", plainNames: true}.term(e) }

// RelationText is a relation as Cassandra's messages show it.
func RelationText(r *Relation) string { return printer{null: "null"}.relation(r) }

// WhereText are relations joined by AND as the definition of a view keeps them: they can be parsed again.
func WhereText(where []Relation) string {
	p := printer{null: "NULL", escape: true}
	parts := make([]string, len(where))
	for i := range where {
		parts[i] = p.relation(&where[i])
	}
	return strings.Join(parts, " AND ")
}

// printer writes expressions as text.
type printer struct {
	null       string
	plainNames bool // names of columns are shown as they are
	escape     bool // quotes within texts are doubled
	terms      bool // a value of a statement, not a selector: Cassandra shows its own form of it
}

// relation is a relation with its columns' names quoted where they must be.
func (p printer) relation(r *Relation) string {
	if r.Index != "" {
		return "expr(" + cqltype.QuoteName(r.Index) + ", " + p.expr(r.Value) + ")"
	}
	names := make([]string, len(r.Columns))
	for i, name := range r.Columns {
		names[i] = cqltype.QuoteName(name)
	}
	left := strings.Join(names, ", ")
	switch {
	case r.Token:
		left = "token(" + left + ")"
	case r.Multi:
		left = "(" + left + ")"
	case r.Key != nil:
		left += "[" + p.expr(r.Key) + "]"
	}
	switch {
	case r.Op == OpIsNotNull:
		return left + " IS NOT NULL"
	case r.Op == OpIn && r.Value == nil:
		return left + " IN (" + p.exprs(r.In) + ")"
	}
	return left + " " + string(r.Op) + " " + p.expr(r.Value)
}

func (p printer) expr(e Expr) string {
	switch e := e.(type) {
	case *Null:
		return p.null
	case *Constant:
		switch e.Kind {
		case ConstString:
			if p.escape {
				return "'" + strings.ReplaceAll(e.Text, "'", "''") + "'"
			}
			return "'" + e.Text + "'"
		case ConstHex:
			return "0x" + e.Text
		case ConstFloat:
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
	case *Bind:
		return "?"
	case *ListLit:
		return "[" + p.exprs(e.Elems) + "]"
	case *SetLit:
		return "{" + p.exprs(e.Elems) + "}"
	case *TupleLit:
		return "(" + p.exprs(e.Elems) + ")"
	case *MapLit:
		parts := make([]string, len(e.Keys))
		for i := range e.Keys {
			parts[i] = p.expr(e.Keys[i]) + ": " + p.expr(e.Values[i])
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case *UDTLit:
		parts := make([]string, len(e.Fields))
		for i := range e.Fields {
			parts[i] = e.Fields[i] + ": " + p.expr(e.Values[i])
		}
		if p.terms {
			parts = hashOrder(parts, e.Fields)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case *Hint:
		return "(" + TypeText(e.Type) + ")" + p.expr(e.Of)
	case *Cast:
		return "cast(" + p.expr(e.Of) + " as " + TypeText(e.Type) + ")"
	case *Call:
		name := e.Func.Name
		if e.Func.Keyspace != "" {
			name = e.Func.Keyspace + "." + name
		}
		if e.Star {
			return name + "(*)"
		}
		return name + "(" + p.exprs(e.Args) + ")"
	case *Binary:
		if p.terms {
			return `system."` + OperatorNames[e.Op] + `"(` + p.expr(e.Left) + ", " + p.expr(e.Right) + ")"
		}
		return p.expr(e.Left) + " " + string(e.Op) + " " + p.expr(e.Right)
	case *Negate:
		if p.terms {
			return `system."_negate"(` + p.expr(e.Of) + ")"
		}
		return "-" + p.expr(e.Of)
	case *Paren:
		return "(" + p.expr(e.Of) + ")"
	case *Column:
		if p.plainNames {
			return e.Name // selections show names as they are
		}
		return cqltype.QuoteName(e.Name)
	case *Element:
		return p.expr(e.Of) + "[" + p.term(e.Key) + "]"
	case *Field:
		return p.expr(e.Of) + "." + cqltype.QuoteName(e.Name)
	case *Slice:
		return p.expr(e.Of) + "[" + p.term(e.From) + ".." + p.term(e.To) + "]"
	}
	return ""
}

// term is the key of an element, or a bound of a slice, which may be missing.
func (p printer) term(e Expr) string {
	if e == nil {
		return ""
	}
	p.terms = true
	return p.expr(e)
}

// OperatorNames are the functions that Cassandra makes of operators; they show in the names of bind markers and of elements.
var OperatorNames = map[byte]string{'+': "_add", '-': "_substract", '*': "_multiply", '/': "_divide", '%': "_modulo"}

// hashOrder puts the fields of a user type's literal into the order that they have in the hash table in which Cassandra's parser keeps them.
// Source: Java 17, HashMap and ByteBuffer.hashCode.
func hashOrder(parts, names []string) []string {
	slots := 16
	for len(names) > slots*3/4 {
		slots *= 2
	}
	slot := func(name string) int {
		h := int32(1)
		for i := len(name) - 1; i >= 0; i-- {
			h = 31*h + int32(int8(name[i]))
		}
		return int(uint32(h)^uint32(h)>>16) & (slots - 1)
	}
	order := make([]int, len(parts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return slot(names[a]) - slot(names[b]) })
	out := make([]string, len(parts))
	for i, n := range order {
		out[i] = parts[n]
	}
	return out
}

func (p printer) exprs(all []Expr) string {
	parts := make([]string, len(all))
	for i, e := range all {
		parts[i] = p.expr(e)
	}
	return strings.Join(parts, ", ")
}

// TypeText is a type as it was written.
func TypeText(t *TypeName) string {
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
