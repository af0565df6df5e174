package schema

import (
	"maps"

	"helenus/internal/cqltype"
)

// Change is what a statement does to the schema: edits in order. The zero Change changes nothing. It is immutable, and
// Apply of the same Change to the same schema gives the same schema on every node.
type Change struct{ Edits []Edit }

// IsEmpty is true for a change that changes nothing.
func (c Change) IsEmpty() bool { return len(c.Edits) == 0 }

// EditKind is what an Edit does.
type EditKind uint8

const (
	// PutKeyspace makes Edit.Keyspace or gives the one of its name other replication; tables and types stay as they are.
	PutKeyspace EditKind = iota + 1
	DropKeyspace
	// PutTable adds Edit.Table or takes the place of the one of its name.
	PutTable
	DropTable
	// PutType adds Edit.Type or takes the place of the one of its name.
	PutType
	DropType
)

// Those of functions and aggregates begin at a number of their own. The drops name a signature.
const (
	// PutFunction adds Edit.Function or takes the place of the one of its signature.
	PutFunction EditKind = iota + 32
	DropFunction
	// PutAggregate adds Edit.Aggregate or takes the place of the one of its signature.
	PutAggregate
	DropAggregate
)

// EmptyTable gives a system's table, whose definition comes from code, Edit.Data as its data id. Its number is one of a third row.
const EmptyTable EditKind = 64

// Edit is one step of a Change. The drops use Name (keyspace or keyspace and object); the puts have their value.
type Edit struct {
	Kind     EditKind
	In       string // keyspace of a table or type
	Name     string
	Keyspace *Keyspace // PutKeyspace: Name, Replication and DurableWrites count
	Table    *Table
	Type     *cqltype.Type

	Function  *Function
	Aggregate *Aggregate

	Data DataID // EmptyTable
}

// Apply returns the schema after a change; s stays as it is. An edit in a keyspace that is not there is passed over.
func (s *Schema) Apply(c Change) *Schema {
	if c.IsEmpty() {
		return s
	}
	return s.rebuild(func(all map[string]*Keyspace) {
		for _, e := range c.Edits {
			e.apply(all)
		}
	})
}

func (e *Edit) apply(all map[string]*Keyspace) {
	switch e.Kind {
	case PutKeyspace:
		next := Keyspace{Name: e.Keyspace.Name}
		if old := all[next.Name]; old != nil {
			next = *old
		}
		next.Replication, next.DurableWrites = e.Keyspace.Replication, e.Keyspace.DurableWrites
		all[next.Name] = &next
		return
	case DropKeyspace:
		delete(all, e.Name)
		return
	}
	old := all[e.In]
	if old == nil {
		return
	}
	next := *old
	all[e.In] = &next
	switch e.Kind {
	case PutTable:
		next.Tables = with(old.Tables, e.Table.Name, e.Table)
	case DropTable:
		next.Tables = maps.Clone(old.Tables)
		delete(next.Tables, e.Name)
	case EmptyTable:
		if t := old.Tables[e.Name]; t != nil {
			next.Tables = with(old.Tables, e.Name, t.emptied(e.Data))
		}
	case PutType:
		next.Types = with(old.Types, e.Type.Name, e.Type)
	case DropType:
		next.Types = maps.Clone(old.Types)
		delete(next.Types, e.Name)
	case PutFunction:
		next.Functions = with(old.Functions, e.Function.Signature(), e.Function)
	case DropFunction:
		next.Functions = maps.Clone(old.Functions)
		delete(next.Functions, e.Name)
	case PutAggregate:
		next.Aggregates = with(old.Aggregates, e.Aggregate.Signature(), e.Aggregate)
	case DropAggregate:
		next.Aggregates = maps.Clone(old.Aggregates)
		delete(next.Aggregates, e.Name)
	}
}

func with[V any](old map[string]V, name string, value V) map[string]V {
	next := maps.Clone(old)
	if next == nil {
		next = map[string]V{}
	}
	next[name] = value
	return next
}

func putTable(t *Table) Edit { return Edit{Kind: PutTable, In: t.Keyspace, Table: t} }

func putType(t *cqltype.Type) Edit { return Edit{Kind: PutType, In: t.Keyspace, Type: t} }
