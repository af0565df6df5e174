package differential

import "strings"

// kind is a CQL type.
type kind struct {
	name   string  // int, list, set, map, tuple, vector, or a user type's name
	of     []*kind // element types; a user type's fields
	fields []string
	user   bool
	frozen bool
	size   string // of a vector
}

func native(name string) *kind { return &kind{name: name} }

// natives are the types of columns. counter is apart.
var natives = strings.Fields("ascii bigint blob boolean date decimal double duration float inet int smallint text time timestamp timeuuid tinyint uuid varint")

func (k *kind) String() string {
	s := k.name
	if !k.user && len(k.of) > 0 {
		parts := make([]string, len(k.of))
		for i, e := range k.of {
			parts[i] = e.String()
		}
		if k.name == "vector" {
			parts = append(parts, k.size)
		}
		s += "<" + strings.Join(parts, ", ") + ">"
	}
	if k.frozen {
		return "frozen<" + s + ">"
	}
	return s
}

func (k *kind) is(names ...string) bool {
	for _, n := range names {
		if k.name == n {
			return true
		}
	}
	return false
}

func (k *kind) number() bool {
	return k.is("tinyint", "smallint", "int", "bigint", "varint", "float", "double", "decimal", "counter")
}

func (k *kind) collection() bool { return k.is("list", "set", "map") }

// wide says whether a column of the type has a cell for each part.
func (k *kind) wide() bool { return !k.frozen && (k.collection() || k.user) }

// holds says whether the type is or contains another.
func (k *kind) holds(name string) bool {
	if k.name == name {
		return true
	}
	for _, e := range k.of {
		if e.holds(name) {
			return true
		}
	}
	return false
}

// freeze returns the type as an element of another has to be.
func (k *kind) freeze() *kind {
	if !k.wide() {
		return k
	}
	f := *k
	f.frozen = true
	return &f
}
