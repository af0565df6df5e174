package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"helenus/internal/cqltype"
)

// The stored form of a change, and of a whole schema as the change that makes it from the system keyspaces, is JSON:
//
//	{"version": 1, "last_data_id": 7, "edits": [
//	  {"kind": 1, "keyspace": {"name", "replication", "durable_writes"}},
//	  {"kind": 3, "in": "ks", "table": {"id", "data_id", "name", "columns": [{"id", "name", "type", "kind", "position", "descending", "mask"}], …}},
//	  {"kind": 5, "in": "ks", "type": {…}}, {"kind": 4, "in": "ks", "name": "t"},
//	  {"kind": 32, "in": "ks", "function": {"name", "arg_names", "arg_types", "return", "called_on_null", "language", "body"}},
//	  {"kind": 34, "in": "ks", "aggregate": {"name", "arg_types", "state_type", "return", "state_function", …}},
//	  {"kind": 64, "in": "system_traces", "name": "events", "data_id": 8}]}
//
// kind is an EditKind. A reader refuses a version above its own; new fields may be added without a new version as long as
// their zero value means what was before. What has no functions, aggregates, masks and views is still written as version 1, what has no masks and
// views as version 2, what has no SASI indexes and does not empty a system's table as version 3: a node that does not know of masks must not
// show what they hide, and one that does not know of an index's terms must not write others.
const (
	codecVersionPlain     = 1
	codecVersionFunctions = 2
	codecVersionHidden    = 3
	codecVersion          = 4
)

type storedChange struct {
	Version    int          `json:"version"`
	LastDataID DataID       `json:"last_data_id,omitempty"`
	Edits      []storedEdit `json:"edits"`
}

type storedEdit struct {
	Kind     EditKind        `json:"kind"`
	In       string          `json:"in,omitempty"`
	Name     string          `json:"name,omitempty"`
	Keyspace *storedKeyspace `json:"keyspace,omitempty"`
	Table    *storedTable    `json:"table,omitempty"`
	Type     *storedType     `json:"type,omitempty"`

	Function  *storedFunction  `json:"function,omitempty"`
	Aggregate *storedAggregate `json:"aggregate,omitempty"`

	Data DataID `json:"data_id,omitempty"`
}

type storedKeyspace struct {
	Name          string            `json:"name"`
	Replication   map[string]string `json:"replication"`
	DurableWrites bool              `json:"durable_writes"`
}

type storedTable struct {
	ID             TableID         `json:"id"`
	DataID         DataID          `json:"data_id"`
	Name           string          `json:"name"`
	Columns        []storedColumn  `json:"columns"`
	Dropped        []storedDropped `json:"dropped,omitempty"`
	NextColumnID   uint32          `json:"next_column_id"`
	Options        TableOptions    `json:"options"`
	CompactStorage bool            `json:"compact_storage,omitempty"`
	Indexes        []storedIndex   `json:"indexes,omitempty"`
	View           *storedView     `json:"view,omitempty"`
}

type storedView struct {
	Base       TableID    `json:"base"`
	BaseName   string     `json:"base_name"`
	AllColumns bool       `json:"all_columns,omitempty"`
	Where      string     `json:"where"`
	Filter     []ViewTest `json:"filter,omitempty"`
	Claim      uint32     `json:"claim,omitempty"`
}

type storedIndex struct {
	Name    string            `json:"name"`
	DataID  DataID            `json:"data_id"`
	Column  string            `json:"column"`
	Part    IndexPart         `json:"part,omitempty"`
	Custom  bool              `json:"custom,omitempty"`
	Options map[string]string `json:"options,omitempty"`
}

type storedColumn struct {
	ID         uint32      `json:"id"`
	Name       string      `json:"name"`
	Type       *storedType `json:"type"`
	Kind       ColumnKind  `json:"kind"`
	Position   int         `json:"position"`
	Descending bool        `json:"descending,omitempty"`
	Mask       *storedMask `json:"mask,omitempty"`
}

// storedMask has null among its arguments where one is null.
type storedMask struct {
	Keyspace string        `json:"keyspace"`
	Function string        `json:"function"`
	ArgTypes []*storedType `json:"arg_types"`
	Args     []*[]byte     `json:"args,omitempty"`
}

type storedDropped struct {
	Name   string      `json:"name"`
	ID     uint32      `json:"id"`
	Type   *storedType `json:"type"`
	Kind   ColumnKind  `json:"kind"`
	Micros int64       `json:"dropped_at_micros"`
}

type storedType struct {
	Kind       cqltype.Kind  `json:"kind"`
	Elems      []*storedType `json:"elems,omitempty"`
	Frozen     bool          `json:"frozen,omitempty"`
	Dimension  int           `json:"dimension,omitempty"`
	Keyspace   string        `json:"keyspace,omitempty"`
	Name       string        `json:"name,omitempty"`
	FieldNames []string      `json:"field_names,omitempty"`
	Class      string        `json:"class,omitempty"`
}

// Encode returns the stored form of a change.
func (c Change) Encode() ([]byte, error) { return encode(c, 0) }

// DecodeChange reads the stored form of a change.
func DecodeChange(raw []byte) (Change, error) {
	c, _, err := decode(raw)
	return c, err
}

// Encode returns the stored form of the whole schema less the tables of system keyspaces, which come from code.
func Encode(s *Schema) ([]byte, error) { return encode(s.asChange(), s.LastDataID) }

// Decode reads a whole schema on top of base, which has the system keyspaces.
func Decode(raw []byte, base *Schema) (*Schema, error) {
	c, last, err := decode(raw)
	if err != nil {
		return nil, err
	}
	next := base.rebuild(func(all map[string]*Keyspace) {
		for _, e := range c.Edits {
			e.apply(all)
		}
	})
	next.LastDataID = max(next.LastDataID, last)
	return next, nil
}

// asChange is the change that makes this schema from one with the system keyspaces alone.
func (s *Schema) asChange() Change {
	var c Change
	for _, k := range s.Keyspaces() {
		if localKeyspaces[k.Name] {
			continue
		}
		c.Edits = append(c.Edits, Edit{Kind: PutKeyspace, Keyspace: k})
		if IsSystem(k.Name) {
			for _, t := range sortedTables(k) {
				if t.DataID != systemDataIDs[k.Name+"."+t.Name] {
					c.Edits = append(c.Edits, Edit{Kind: EmptyTable, In: k.Name, Name: t.Name, Data: t.DataID})
				}
			}
			continue
		}
		for _, t := range sortedTypes(k) {
			c.Edits = append(c.Edits, putType(t))
		}
		for _, t := range sortedTables(k) {
			c.Edits = append(c.Edits, putTable(t))
		}
		for _, f := range k.SortedFunctions() {
			c.Edits = append(c.Edits, Edit{Kind: PutFunction, In: k.Name, Function: f})
		}
		for _, a := range k.SortedAggregates() {
			c.Edits = append(c.Edits, Edit{Kind: PutAggregate, In: k.Name, Aggregate: a})
		}
	}
	return c
}

func encode(c Change, last DataID) ([]byte, error) {
	stored := storedChange{Version: codecVersionPlain, LastDataID: last, Edits: make([]storedEdit, len(c.Edits))}
	for i, e := range c.Edits {
		stored.Edits[i] = storedEdit{Kind: e.Kind, In: e.In, Name: e.Name, Type: storeType(e.Type), Data: e.Data}
		if k := e.Keyspace; k != nil {
			stored.Edits[i].Keyspace = &storedKeyspace{k.Name, k.Replication, k.DurableWrites}
		}
		if e.Table != nil {
			stored.Edits[i].Table = storeTable(e.Table)
			if e.Table.HasMasks() || e.Table.IsView() {
				stored.Version = max(stored.Version, codecVersionHidden)
			}
			if slices.ContainsFunc(e.Table.Indexes, (*Index).isSASI) {
				stored.Version = codecVersion
			}
		}
		if e.Kind == EmptyTable {
			stored.Version = codecVersion
			continue
		}
		if e.Kind >= PutFunction {
			stored.Version = max(stored.Version, codecVersionFunctions)
			stored.Edits[i].Function, stored.Edits[i].Aggregate = storeFunction(e.Function), storeAggregate(e.Aggregate)
		}
	}
	return json.Marshal(stored)
}

func storeTable(t *Table) *storedTable {
	out := &storedTable{ID: t.ID, DataID: t.DataID, Name: t.Name, NextColumnID: t.NextColumnID, Options: t.Options, CompactStorage: t.CompactStorage}
	for _, c := range t.Columns() {
		out.Columns = append(out.Columns, storedColumn{c.ID, c.Name, storeType(c.Type), c.Kind, c.Position, c.Descending, storeMask(c.Mask)})
	}
	for _, x := range t.Indexes {
		out.Indexes = append(out.Indexes, storedIndex{x.Name, x.DataID, x.Target, x.Part, x.Custom, x.Options})
	}
	if v := t.View; v != nil {
		out.View = &storedView{v.Base, v.BaseName, v.AllColumns, v.Where, v.Filter, v.Claim}
	}
	for _, d := range t.DroppedColumns() {
		out.Dropped = append(out.Dropped, storedDropped{d.Name, d.ID, storeType(d.Type), d.Kind, d.DroppedAt.UnixMicro()})
	}
	return out
}

func storeMask(m *Mask) *storedMask {
	if m == nil {
		return nil
	}
	out := &storedMask{Keyspace: m.Keyspace, Function: m.Function}
	for _, t := range m.ArgTypes {
		out.ArgTypes = append(out.ArgTypes, storeType(t))
	}
	for i := range m.Args {
		if m.Args[i] == nil {
			out.Args = append(out.Args, nil)
			continue
		}
		out.Args = append(out.Args, &m.Args[i])
	}
	return out
}

func storeType(t *cqltype.Type) *storedType {
	if t == nil {
		return nil
	}
	out := &storedType{Kind: t.Kind, Frozen: t.Frozen, Dimension: t.Dimension, Keyspace: t.Keyspace, Name: t.Name, FieldNames: t.FieldNames, Class: t.Class}
	for _, e := range t.Elems {
		out.Elems = append(out.Elems, storeType(e))
	}
	return out
}

func decode(raw []byte) (Change, DataID, error) {
	var stored storedChange
	if err := json.Unmarshal(raw, &stored); err != nil {
		return Change{}, 0, fmt.Errorf("decode schema: %w", err)
	}
	if stored.Version < 1 || stored.Version > codecVersion {
		return Change{}, 0, fmt.Errorf("decode schema: its format is version %d, this Helenus reads up to %d", stored.Version, codecVersion)
	}
	c := Change{Edits: make([]Edit, len(stored.Edits))}
	for i, e := range stored.Edits {
		edit, err := e.load()
		if err != nil {
			return Change{}, 0, fmt.Errorf("decode schema: edit %d: %w", i, err)
		}
		c.Edits[i] = edit
	}
	return c, stored.LastDataID, nil
}

func (e *storedEdit) load() (Edit, error) {
	out := Edit{Kind: e.Kind, In: e.In, Name: e.Name}
	var err error
	switch e.Kind {
	case DropKeyspace, DropTable, DropType, DropFunction, DropAggregate:
	case EmptyTable:
		if out.Data = e.Data; e.Data == 0 || e.Data&(indexDataID|viewDataID) != 0 {
			return out, errEdit
		}
	case PutKeyspace:
		if e.Keyspace == nil {
			return out, errEdit
		}
		out.Keyspace = &Keyspace{Name: e.Keyspace.Name, Replication: e.Keyspace.Replication, DurableWrites: e.Keyspace.DurableWrites}
	case PutTable:
		if e.Table == nil {
			return out, errEdit
		}
		out.Table, err = e.Table.load(e.In)
	case PutType:
		if e.Type == nil {
			return out, errEdit
		}
		out.Type, err = e.Type.load()
	case PutFunction:
		if e.Function == nil {
			return out, errEdit
		}
		out.Function, err = e.Function.load(e.In)
	case PutAggregate:
		if e.Aggregate == nil {
			return out, errEdit
		}
		out.Aggregate, err = e.Aggregate.load(e.In)
	default:
		return out, errEdit
	}
	return out, err
}

var errEdit = errors.New("malformed")
