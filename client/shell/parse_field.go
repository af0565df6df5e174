package shell

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"helenus/internal/cql"
	"helenus/internal/cqltype"
)

// parseField reads a CSV field as COPY TO writes it.
func parseField(t *cqltype.Type, text string, o *copyOptions) ([]byte, error) {
	switch {
	case t.IsCollection() || t.Kind == cqltype.KindTuple || t.Kind == cqltype.KindUDT || t.Kind == cqltype.KindVector:
		return parseNested(t, text)
	case t.Kind == cqltype.KindBoolean:
		yes, no, _ := strings.Cut(o.boolean, ",")
		switch {
		case strings.EqualFold(text, yes), strings.EqualFold(text, "true"):
			return []byte{1}, nil
		case strings.EqualFold(text, no), strings.EqualFold(text, "false"):
			return []byte{0}, nil
		}
		return nil, fmt.Errorf("neither %s nor %s", yes, no)
	case t.Kind == cqltype.KindTimestamp && o.timestampLayout != "":
		if at, err := time.Parse(o.timestampLayout, text); err == nil {
			return cqltype.AppendBigint(nil, at.UnixMilli()), nil
		}
	case t.Kind == cqltype.KindBlob:
		return hex.DecodeString(strings.TrimPrefix(text, "0x"))
	}
	return t.ParseConstant(cqltype.ConstString, text)
}

// parseNested reads a collection, tuple or user type in CQL's own notation.
func parseNested(t *cqltype.Type, text string) ([]byte, error) {
	st, err := cql.Parse("INSERT INTO t (c) VALUES (" + text + ")")
	if err != nil {
		return nil, err
	}
	q, ok := st.(*cql.Insert)
	if !ok || len(q.Values) != 1 {
		return nil, fmt.Errorf("not one value")
	}
	return literalBytes(t, q.Values[0])
}

func literalBytes(t *cqltype.Type, e cql.Expr) ([]byte, error) {
	switch x := e.(type) {
	case *cql.Null:
		return nil, nil
	case *cql.Constant:
		return t.ParseConstant(cqltype.ConstantKind(x.Kind), x.Text)
	case *cql.ListLit:
		return joinLiterals(t, x.Elems)
	case *cql.SetLit:
		return joinLiterals(t, x.Elems)
	case *cql.TupleLit:
		return joinLiterals(t, x.Elems)
	case *cql.MapLit:
		var all []cql.Expr
		for i := range x.Keys {
			all = append(all, x.Keys[i], x.Values[i])
		}
		return joinLiterals(t, all)
	case *cql.UDTLit:
		parts := make([]cql.Expr, len(t.Elems))
		for i, name := range t.FieldNames {
			parts[i] = &cql.Null{}
			for j, f := range x.Fields {
				if f == name {
					parts[i] = x.Values[j]
				}
			}
		}
		return joinLiterals(t, parts)
	}
	return nil, fmt.Errorf("no literal of %s", t)
}

func joinLiterals(t *cqltype.Type, elems []cql.Expr) ([]byte, error) {
	parts := make([][]byte, len(elems))
	for i, e := range elems {
		of := t.Elems[0]
		switch {
		case t.Kind == cqltype.KindMap:
			of = t.Elems[i%2]
		case t.Kind == cqltype.KindTuple || t.Kind == cqltype.KindUDT:
			if i >= len(t.Elems) {
				return nil, fmt.Errorf("too many fields for %s", t)
			}
			of = t.Elems[i]
		}
		var err error
		if parts[i], err = literalBytes(of, e); err != nil {
			return nil, err
		}
	}
	return t.Join(parts), nil
}
