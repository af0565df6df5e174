package schema

import (
	"sort"
	"sync"

	"github.com/google/uuid"
)

// Schema is everything that is defined at one moment. It is immutable: a change makes a new one and shares what stayed.
type Schema struct {
	// Epoch grows by one with every change; prepared plans remember the one they were made for.
	Epoch uint64
	// LastDataID is the highest DataID ever given out, less the bits of indexes and views.
	LastDataID DataID
	keyspaces  map[string]*Keyspace
	tables     map[TableID]*Table
	stored     map[DataID]*Table    // those with rows of their own
	views      map[TableID][]*Table // by base, in order of name; nil: there are none

	versionOnce sync.Once
	version     uuid.UUID
}

// Empty is the schema without anything.
var Empty = &Schema{}

// Keyspace returns a keyspace by its exact name, or nil.
func (s *Schema) Keyspace(name string) *Keyspace { return s.keyspaces[name] }

// Keyspaces returns all keyspaces in order of name.
func (s *Schema) Keyspaces() []*Keyspace {
	all := make([]*Keyspace, 0, len(s.keyspaces))
	for _, k := range s.keyspaces {
		all = append(all, k)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	return all
}

// Table returns keyspace.name, or nil.
func (s *Schema) Table(keyspace, name string) *Table {
	if k := s.keyspaces[keyspace]; k != nil {
		return k.Tables[name]
	}
	return nil
}

// TableByID returns a table by its id, or nil after it was dropped.
func (s *Schema) TableByID(id TableID) *Table { return s.tables[id] }

// ViewsOf are the views of a table in order of name.
func (s *Schema) ViewsOf(base TableID) []*Table { return s.views[base] }

// NextDataID returns the DataID that the next new table gets: one never given out before.
func (s *Schema) NextDataID() DataID { return s.LastDataID + 1 }

// WithKeyspace returns the schema with k added or put in the place of the keyspace of the same name.
func (s *Schema) WithKeyspace(k *Keyspace) *Schema {
	return s.rebuild(func(m map[string]*Keyspace) { m[k.Name] = k })
}

// WithoutKeyspace returns the schema less one keyspace.
func (s *Schema) WithoutKeyspace(name string) *Schema {
	return s.rebuild(func(m map[string]*Keyspace) { delete(m, name) })
}

func (s *Schema) rebuild(edit func(map[string]*Keyspace)) *Schema {
	next := &Schema{Epoch: s.Epoch + 1, LastDataID: s.LastDataID, keyspaces: make(map[string]*Keyspace, len(s.keyspaces)+1), tables: make(map[TableID]*Table), stored: make(map[DataID]*Table)}
	for n, k := range s.keyspaces {
		next.keyspaces[n] = k
	}
	edit(next.keyspaces)
	for _, k := range next.keyspaces {
		for _, t := range k.Tables {
			if t.View != nil {
				if next.views == nil {
					next.views = map[TableID][]*Table{}
				}
				if next.views[t.View.Base] == nil {
					next.views[t.View.Base] = k.ViewsOf(t.View.Base)
				}
			}
			next.tables[t.ID] = t
			if t.Stored() {
				next.stored[t.DataID] = t
			}
			if t.DataID == systemDataIDs[t.Keyspace+"."+t.Name] {
				continue // of code
			}
			for _, id := range t.DataIDs() {
				next.LastDataID = max(next.LastDataID, id&^(indexDataID|viewDataID))
			}
		}
	}
	return next
}

// TableByDataID returns the table that stores its rows under a data id, or nil.
func (s *Schema) TableByDataID(id DataID) *Table { return s.stored[id] }
