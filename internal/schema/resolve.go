package schema

import (
	"errors"
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
)

// ResolveType returns the type that a type's text means in a keyspace. Errors are *cassandra.Error.
// Source: Cassandra 5.0, CQL3Type.Raw.
func (s *Schema) ResolveType(keyspace string, t *cql.TypeName) (*cqltype.Type, error) {
	var types map[string]*cqltype.Type
	if k := s.Keyspace(keyspace); k != nil {
		types = k.Types
	}
	return resolve(t, keyspace, types, false)
}

// resolve resolves a type whose text stands inside frozen<> or not.
func resolve(t *cql.TypeName, keyspace string, types map[string]*cqltype.Type, frozen bool) (*cqltype.Type, error) {
	if t.Class != "" {
		return resolveClass(t.Class)
	}
	if t.Keyspace == "" {
		switch t.Name {
		case "frozen":
			if len(t.Params) == 1 {
				return resolveFrozen(t.Params[0], keyspace, types)
			}
		case "list", "set", "map":
			if len(t.Params) > 0 {
				return resolveCollection(t, keyspace, types, frozen)
			}
		case "tuple":
			if len(t.Params) > 0 {
				return resolveTuple(t, keyspace, types)
			}
		case "vector":
			if len(t.Params) > 0 {
				return resolveVector(t, keyspace, types)
			}
		}
		if native := cqltype.Native(t.Name); native != nil {
			return native, nil
		}
	}
	if t.Keyspace != "" && t.Keyspace != keyspace {
		return nil, cassandra.Invalidf("Statement on keyspace %s cannot refer to a user type in keyspace %s; user types can only be used in the keyspace they are defined in", keyspace, t.Keyspace)
	}
	u := types[t.Name]
	if u == nil {
		return nil, cassandra.Invalidf("Unknown type %s.%s", keyspace, t.Name)
	}
	if frozen {
		u = freeze(u)
	}
	return u, nil
}

func resolveFrozen(t *cql.TypeName, keyspace string, types map[string]*cqltype.Type) (*cqltype.Type, error) {
	if t.Keyspace == "" && t.Class == "" && t.Params == nil && cqltype.Native(t.Name) != nil {
		return nil, cassandra.Syntaxf("frozen<> is only allowed on collections, tuples, and user-defined types (got %s)", t.Name)
	}
	return resolve(t, keyspace, types, true)
}

func resolveClass(class string) (*cqltype.Type, error) {
	t, err := cqltype.ParseClass(class)
	if err == nil && t.Kind == cqltype.KindCustom {
		err = errors.New("unknown")
	}
	if err != nil {
		name, _, _ := strings.Cut(class, "(")
		if !strings.Contains(name, ".") {
			name = "org.apache.cassandra.db.marshal." + name
		}
		return nil, cassandra.Syntaxf("Error setting type %s: Unable to find abstract-type class '%s'", class, name)
	}
	return t, nil
}

func freeze(t *cqltype.Type) *cqltype.Type {
	if t.Frozen || !t.IsMultiCell() {
		return t
	}
	f := *t
	f.Frozen = true
	if t.IsCollection() {
		f.Elems = make([]*cqltype.Type, len(t.Elems))
		for i, e := range t.Elems {
			f.Elems[i] = freeze(e)
		}
	}
	return &f
}

func resolveCollection(t *cql.TypeName, keyspace string, types map[string]*cqltype.Type, frozen bool) (*cqltype.Type, error) {
	elems := make([]*cqltype.Type, len(t.Params))
	for i, p := range t.Params {
		e, err := resolve(p, keyspace, types, frozen)
		if err != nil {
			return nil, err
		}
		switch {
		case e.Kind == cqltype.KindCounter:
			return nil, cassandra.Invalidf("Counters are not allowed inside collections: %s", typeText(t))
		case e.Kind == cqltype.KindDuration && t.Name == "set":
			return nil, cassandra.Invalidf("Durations are not allowed inside sets: %s", typeText(t))
		case e.Kind == cqltype.KindDuration && t.Name == "map" && i == 0:
			return nil, cassandra.Invalidf("Durations are not allowed as map keys: %s", typeText(t))
		case e.IsMultiCell() && e.IsCollection():
			return nil, cassandra.Invalidf("Non-frozen collections are not allowed inside collections: %s", typeText(t))
		case e.IsMultiCell():
			return nil, cassandra.Invalidf("Non-frozen UDTs are not allowed inside collections: %s", typeText(t))
		}
		elems[i] = e
	}
	switch t.Name {
	case "list":
		return cqltype.ListOf(elems[0], frozen), nil
	case "set":
		return cqltype.SetOf(elems[0], frozen), nil
	}
	return cqltype.MapOf(elems[0], elems[1], frozen), nil
}

func resolveTuple(t *cql.TypeName, keyspace string, types map[string]*cqltype.Type) (*cqltype.Type, error) {
	elems := make([]*cqltype.Type, len(t.Params))
	for i, p := range t.Params {
		e, err := resolve(p, keyspace, types, true)
		if err != nil {
			return nil, err
		}
		if e.Kind == cqltype.KindCounter {
			return nil, cassandra.Invalidf("Counters are not allowed inside tuples")
		}
		elems[i] = e
	}
	return cqltype.TupleOf(elems...), nil
}

func resolveVector(t *cql.TypeName, keyspace string, types map[string]*cqltype.Type) (*cqltype.Type, error) {
	if t.Dimension <= 0 {
		return nil, cassandra.Invalidf("vectors may only have positive dimensions; given %d", t.Dimension)
	}
	e, err := resolve(t.Params[0], keyspace, types, true)
	if err != nil {
		return nil, err
	}
	return cqltype.VectorOf(e, t.Dimension), nil
}

// typeText is a type as it was written, in Cassandra's spacing.
func typeText(t *cql.TypeName) string {
	if t.Class != "" {
		return "'" + t.Class + "'"
	}
	if len(t.Params) == 0 {
		return t.Name
	}
	parts := make([]string, len(t.Params))
	for i, p := range t.Params {
		parts[i] = typeText(p)
	}
	return t.Name + "<" + strings.Join(parts, ", ") + ">"
}

// mentions says whether t is made with the user type keyspace.name.
func mentions(t *cqltype.Type, keyspace, name string) bool {
	if t.Kind == cqltype.KindUDT && t.Keyspace == keyspace && t.Name == name {
		return true
	}
	for _, e := range t.Elems {
		if mentions(e, keyspace, name) {
			return true
		}
	}
	return false
}

func mentionsKind(t *cqltype.Type, kind cqltype.Kind) bool {
	if t.Kind == kind {
		return true
	}
	for _, e := range t.Elems {
		if mentionsKind(e, kind) {
			return true
		}
	}
	return false
}

// replaceType returns t with every use of next's name made next, each as frozen as it was.
func replaceType(t, next *cqltype.Type) *cqltype.Type {
	if t.Kind == cqltype.KindUDT && t.Keyspace == next.Keyspace && t.Name == next.Name {
		n := *next
		n.Frozen = t.Frozen
		return &n
	}
	if !mentions(t, next.Keyspace, next.Name) {
		return t
	}
	n := *t
	n.Elems = make([]*cqltype.Type, len(t.Elems))
	for i, e := range t.Elems {
		n.Elems[i] = replaceType(e, next)
	}
	return &n
}
