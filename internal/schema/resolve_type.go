package schema

import (
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
)

// ResolveType turns a type as written into a type, with the user types of keyspace.
func (s *Schema) ResolveType(keyspace string, n *cql.TypeName) (*cqltype.Type, error) {
	return s.resolve(keyspace, n, false)
}

func (s *Schema) resolve(keyspace string, n *cql.TypeName, frozen bool) (*cqltype.Type, error) {
	if n.Class != "" {
		t, err := cqltype.ParseClass(n.Class)
		if err != nil {
			return nil, cassandra.Syntaxf("Error setting type %s: %v", n.Class, err)
		}
		return t, nil
	}
	if n.Keyspace == "" {
		if t := cqltype.Native(n.Name); t != nil && n.Params == nil {
			return t, nil
		}
		if n.Params != nil {
			return s.resolveParameters(keyspace, n, frozen)
		}
	}
	return s.resolveUser(keyspace, n, frozen)
}

func (s *Schema) resolveUser(keyspace string, n *cql.TypeName, frozen bool) (*cqltype.Type, error) {
	if n.Keyspace != "" && n.Keyspace != keyspace {
		return nil, cassandra.Invalidf("Statement on keyspace %s cannot refer to a user type in keyspace %s; user types can only be used in the keyspace they are defined in", keyspace, n.Keyspace)
	}
	if k := s.Keyspace(keyspace); k != nil {
		if t := k.Types[n.Name]; t != nil {
			if frozen {
				return freeze(t), nil
			}
			return t, nil
		}
	}
	return nil, cassandra.Invalidf("Unknown type %s.%s", keyspace, n.Name)
}

func freeze(t *cqltype.Type) *cqltype.Type {
	if t.Frozen || !t.IsCollection() && t.Kind != cqltype.KindUDT {
		return t
	}
	c := *t
	c.Frozen = true
	c.Elems = make([]*cqltype.Type, len(t.Elems))
	for i, e := range t.Elems {
		c.Elems[i] = freeze(e)
	}
	return &c
}

func (s *Schema) resolveParameters(keyspace string, n *cql.TypeName, frozen bool) (*cqltype.Type, error) {
	if n.Name == "frozen" {
		inner, err := s.resolve(keyspace, n.Params[0], true)
		if err != nil {
			return nil, err
		}
		if !inner.IsCollection() && inner.Kind != cqltype.KindUDT && inner.Kind != cqltype.KindTuple && inner.Kind != cqltype.KindVector {
			return nil, cassandra.Syntaxf("frozen<> is only allowed on collections, tuples, and user-defined types (got %s)", inner)
		}
		return freeze(inner), nil
	}
	elems := make([]*cqltype.Type, len(n.Params))
	inside := frozen || n.Name == "tuple" || n.Name == "vector"
	for i, p := range n.Params {
		var err error
		if elems[i], err = s.resolve(keyspace, p, inside); err != nil {
			return nil, err
		}
		if inside {
			elems[i] = freeze(elems[i])
		}
	}
	var t *cqltype.Type
	switch n.Name {
	case "list":
		t = cqltype.ListOf(elems[0], frozen)
	case "set":
		t = cqltype.SetOf(elems[0], frozen)
	case "map":
		t = cqltype.MapOf(elems[0], elems[1], frozen)
	case "tuple":
		return cqltype.TupleOf(elems...), nil
	case "vector":
		if n.Dimension <= 0 {
			return nil, cassandra.Invalidf("vectors may only have positive dimensions; given %d", n.Dimension)
		}
		return cqltype.VectorOf(elems[0], n.Dimension), nil
	default:
		return nil, cassandra.Syntaxf("Unknown type %s", n.Name)
	}
	return t, checkCollection(t)
}

func checkCollection(t *cqltype.Type) error {
	for _, e := range t.Elems {
		switch {
		case e.Kind == cqltype.KindCounter:
			return cassandra.Invalidf("Counters are not allowed inside collections: %s", t)
		case e.IsCollection() && !e.Frozen:
			return cassandra.Invalidf("Non-frozen collections are not allowed inside collections: %s", t)
		case e.Kind == cqltype.KindUDT && !e.Frozen:
			return cassandra.Invalidf("Non-frozen UDTs are not allowed inside collections: %s", t)
		}
	}
	if t.Kind == cqltype.KindSet && hasDuration(t.Elems[0]) {
		return cassandra.Invalidf("Durations are not allowed inside sets: %s", t)
	}
	if t.Kind == cqltype.KindMap && hasDuration(t.Elems[0]) {
		return cassandra.Invalidf("Durations are not allowed as map keys: %s", t)
	}
	return nil
}

func hasDuration(t *cqltype.Type) bool {
	if t.Kind == cqltype.KindDuration {
		return true
	}
	for _, e := range t.Elems {
		if hasDuration(e) {
			return true
		}
	}
	return false
}

// refersTo says whether t is or contains the user type keyspace.name.
func refersTo(t *cqltype.Type, keyspace, name string) bool {
	if t.Kind == cqltype.KindUDT && t.Keyspace == keyspace && t.Name == name {
		return true
	}
	for _, e := range t.Elems {
		if refersTo(e, keyspace, name) {
			return true
		}
	}
	return false
}

// replaceType returns t with the user type of the same name as to put in its place, everywhere.
func replaceType(t, to *cqltype.Type) *cqltype.Type {
	if t.Kind == cqltype.KindUDT && t.Keyspace == to.Keyspace && t.Name == to.Name {
		if t.Frozen {
			return freeze(to)
		}
		return to
	}
	if !refersTo(t, to.Keyspace, to.Name) {
		return t
	}
	c := *t
	c.Elems = make([]*cqltype.Type, len(t.Elems))
	for i, e := range t.Elems {
		c.Elems[i] = replaceType(e, to)
	}
	return &c
}

// typeNames joins names for messages.
func typeNames(names []string) string { return strings.Join(names, ", ") }
