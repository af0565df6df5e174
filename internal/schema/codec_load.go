package schema

import (
	"maps"
	"slices"
	"time"

	"helenus/internal/cqltype"
)

func (t *storedTable) load(keyspace string) (*Table, error) {
	out := &Table{ID: t.ID, DataID: t.DataID, Keyspace: keyspace, Name: t.Name, NextColumnID: t.NextColumnID, Options: t.Options, CompactStorage: t.CompactStorage}
	for _, c := range t.Columns {
		ct, err := c.Type.load()
		if err != nil {
			return nil, err
		}
		mask, err := c.Mask.load()
		if err != nil {
			return nil, err
		}
		column := &Column{ID: c.ID, Name: c.Name, Type: ct, Kind: c.Kind, Position: c.Position, Descending: c.Descending, Mask: mask}
		switch c.Kind {
		case PartitionKey:
			out.PartitionKey = append(out.PartitionKey, column)
		case Clustering:
			out.Clustering = append(out.Clustering, column)
		case Static:
			out.Static = append(out.Static, column)
		case Regular:
			out.Regular = append(out.Regular, column)
		default:
			return nil, errEdit
		}
	}
	for _, d := range t.Dropped {
		ct, err := d.Type.load()
		if err != nil {
			return nil, err
		}
		if out.Dropped == nil {
			out.Dropped = map[string]DroppedColumn{}
		}
		out.Dropped[d.Name] = DroppedColumn{d.Name, d.ID, ct, d.Kind, time.UnixMicro(d.Micros)}
	}
	for _, x := range t.Indexes {
		if x.Part > IndexFull || !slices.ContainsFunc(t.Columns, func(c storedColumn) bool { return c.Name == x.Column }) {
			return nil, errEdit
		}
		out.Indexes = append(out.Indexes, &Index{Name: x.Name, DataID: x.DataID, Target: x.Column, Part: x.Part, Custom: x.Custom, Options: x.Options})
	}
	if v := t.View; v != nil {
		if !t.DataID.IsView() {
			return nil, errEdit
		}
		out.View = &View{v.Base, v.BaseName, v.AllColumns, v.Where, v.Filter, v.Claim}
	}
	return out.Seal(), nil
}

func (m *storedMask) load() (*Mask, error) {
	if m == nil {
		return nil, nil
	}
	if len(m.ArgTypes) != len(m.Args)+1 {
		return nil, errEdit
	}
	out := &Mask{Keyspace: m.Keyspace, Function: m.Function, Args: make([][]byte, len(m.Args))}
	for _, t := range m.ArgTypes {
		loaded, err := t.load()
		if err != nil {
			return nil, err
		}
		out.ArgTypes = append(out.ArgTypes, loaded)
	}
	for i, a := range m.Args {
		if a != nil {
			out.Args[i] = append([]byte{}, *a...)
		}
	}
	return out, nil
}

func (t *storedType) load() (*cqltype.Type, error) {
	if t == nil {
		return nil, errEdit
	}
	if len(t.Elems) == 0 {
		if native := cqltype.OfKind(t.Kind); native != nil {
			return native, nil
		}
	}
	out := &cqltype.Type{Kind: t.Kind, Frozen: t.Frozen, Dimension: t.Dimension, Keyspace: t.Keyspace, Name: t.Name, FieldNames: t.FieldNames, Class: t.Class}
	for _, e := range t.Elems {
		elem, err := e.load()
		if err != nil {
			return nil, err
		}
		out.Elems = append(out.Elems, elem)
	}
	if !wellFormed(out) {
		return nil, errEdit
	}
	return out, nil
}

func wellFormed(t *cqltype.Type) bool {
	switch t.Kind {
	case cqltype.KindList, cqltype.KindSet, cqltype.KindVector:
		return len(t.Elems) == 1
	case cqltype.KindMap:
		return len(t.Elems) == 2
	case cqltype.KindUDT:
		return len(t.Elems) == len(t.FieldNames)
	case cqltype.KindTuple, cqltype.KindCustom, cqltype.KindEmpty:
		return true
	}
	return false
}

// sortedTypes are the user types in order of name, but each after those it is made with.
func sortedTypes(k *Keyspace) []*cqltype.Type {
	var out []*cqltype.Type
	placed := map[string]bool{}
	var place func(t *cqltype.Type)
	place = func(t *cqltype.Type) {
		for _, e := range t.Elems {
			place(e)
		}
		if own := k.Types[t.Name]; t.Kind == cqltype.KindUDT && own != nil && !placed[t.Name] {
			placed[t.Name] = true
			out = append(out, own)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(k.Types)) {
		place(k.Types[name])
	}
	return out
}
