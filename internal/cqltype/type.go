package cqltype

import "strings"

// Kind is a native protocol type option: the number a Type starts with in result metadata.
// Source: native protocol v5, section 4.2.5.2.
type Kind uint16

const (
	KindCustom    Kind = 0x00 // a marshal class by name: vector, empty
	KindASCII     Kind = 0x01
	KindBigint    Kind = 0x02
	KindBlob      Kind = 0x03
	KindBoolean   Kind = 0x04
	KindCounter   Kind = 0x05
	KindDecimal   Kind = 0x06
	KindDouble    Kind = 0x07
	KindFloat     Kind = 0x08
	KindInt       Kind = 0x09
	KindTimestamp Kind = 0x0B
	KindUUID      Kind = 0x0C
	KindText      Kind = 0x0D // varchar
	KindVarint    Kind = 0x0E
	KindTimeUUID  Kind = 0x0F
	KindInet      Kind = 0x10
	KindDate      Kind = 0x11
	KindTime      Kind = 0x12
	KindSmallint  Kind = 0x13
	KindTinyint   Kind = 0x14
	KindDuration  Kind = 0x15
	KindList      Kind = 0x20
	KindMap       Kind = 0x21
	KindSet       Kind = 0x22
	KindUDT       Kind = 0x30
	KindTuple     Kind = 0x31

	// Kinds that travel as KindCustom, told apart here.
	KindVector Kind = 0x1001
	KindEmpty  Kind = 0x1002
)

// Type is an immutable CQL type. Native types are the package's singletons (Int, Text, …); the others are made by ListOf,
// SetOf, MapOf, TupleOf, VectorOf and NewUDT. Compare types with Equal, never by pointer.
type Type struct {
	Kind Kind
	// Elems are the element types: one for list, set and vector, two for map (key, value), one a field for tuple and UDT.
	Elems []*Type
	// Frozen is true for a collection or UDT stored as one cell. Tuples and vectors are always frozen.
	Frozen bool
	// Dimension is the number of elements of a vector.
	Dimension int
	// Keyspace, Name and FieldNames describe a UDT.
	Keyspace, Name string
	FieldNames     []string
	// Class is the marshal class of a KindCustom type.
	Class string
}

// The native types.
var (
	ASCII     = &Type{Kind: KindASCII}
	Bigint    = &Type{Kind: KindBigint}
	Blob      = &Type{Kind: KindBlob}
	Boolean   = &Type{Kind: KindBoolean}
	Counter   = &Type{Kind: KindCounter}
	Decimal   = &Type{Kind: KindDecimal}
	Double    = &Type{Kind: KindDouble}
	Float     = &Type{Kind: KindFloat}
	Int       = &Type{Kind: KindInt}
	Timestamp = &Type{Kind: KindTimestamp}
	UUID      = &Type{Kind: KindUUID}
	Text      = &Type{Kind: KindText}
	Varint    = &Type{Kind: KindVarint}
	TimeUUID  = &Type{Kind: KindTimeUUID}
	Inet      = &Type{Kind: KindInet}
	Date      = &Type{Kind: KindDate}
	Time      = &Type{Kind: KindTime}
	Smallint  = &Type{Kind: KindSmallint}
	Tinyint   = &Type{Kind: KindTinyint}
	Duration  = &Type{Kind: KindDuration}
	Empty     = &Type{Kind: KindEmpty}
)

// ListOf returns list<elem>.
func ListOf(elem *Type, frozen bool) *Type {
	return &Type{Kind: KindList, Elems: []*Type{elem}, Frozen: frozen}
}

// SetOf returns set<elem>.
func SetOf(elem *Type, frozen bool) *Type {
	return &Type{Kind: KindSet, Elems: []*Type{elem}, Frozen: frozen}
}

// MapOf returns map<key, value>.
func MapOf(key, value *Type, frozen bool) *Type {
	return &Type{Kind: KindMap, Elems: []*Type{key, value}, Frozen: frozen}
}

// TupleOf returns tuple<elems...>.
func TupleOf(elems ...*Type) *Type {
	return &Type{Kind: KindTuple, Elems: elems, Frozen: true}
}

// VectorOf returns vector<elem, dimension>.
func VectorOf(elem *Type, dimension int) *Type {
	return &Type{Kind: KindVector, Elems: []*Type{elem}, Dimension: dimension, Frozen: true}
}

// NewUDT returns the user type keyspace.name with its fields in order.
func NewUDT(keyspace, name string, fieldNames []string, fieldTypes []*Type, frozen bool) *Type {
	return &Type{Kind: KindUDT, Keyspace: keyspace, Name: name, FieldNames: fieldNames, Elems: fieldTypes, Frozen: frozen}
}

// IsCollection is true for list, set and map, frozen or not.
func (t *Type) IsCollection() bool {
	return t.Kind == KindList || t.Kind == KindSet || t.Kind == KindMap
}

// IsMultiCell is true for a type whose elements are cells of their own: a collection or UDT that is not frozen.
func (t *Type) IsMultiCell() bool {
	return !t.Frozen && (t.IsCollection() || t.Kind == KindUDT)
}

// Equal says whether two types are the same, frozenness included.
func (t *Type) Equal(o *Type) bool {
	if t == o {
		return true
	}
	if t == nil || o == nil || t.Kind != o.Kind || t.Frozen != o.Frozen || t.Dimension != o.Dimension ||
		t.Keyspace != o.Keyspace || t.Name != o.Name || t.Class != o.Class || len(t.Elems) != len(o.Elems) {
		return false
	}
	for i := range t.Elems {
		if !t.Elems[i].Equal(o.Elems[i]) {
			return false
		}
	}
	for i := range t.FieldNames {
		if t.FieldNames[i] != o.FieldNames[i] {
			return false
		}
	}
	return true
}

var nativeNames = map[Kind]string{
	KindASCII: "ascii", KindBigint: "bigint", KindBlob: "blob", KindBoolean: "boolean", KindCounter: "counter",
	KindDecimal: "decimal", KindDouble: "double", KindFloat: "float", KindInt: "int", KindTimestamp: "timestamp",
	KindUUID: "uuid", KindText: "text", KindVarint: "varint", KindTimeUUID: "timeuuid", KindInet: "inet", KindDate: "date",
	KindTime: "time", KindSmallint: "smallint", KindTinyint: "tinyint", KindDuration: "duration", KindEmpty: "empty",
}

// Native returns the native type of a CQL name in lower case ("varchar" is text), or nil.
func Native(name string) *Type { return nativeByName[name] }

var nativeByName = map[string]*Type{
	"ascii": ASCII, "bigint": Bigint, "blob": Blob, "boolean": Boolean, "counter": Counter, "decimal": Decimal,
	"double": Double, "float": Float, "int": Int, "timestamp": Timestamp, "uuid": UUID, "text": Text, "varchar": Text,
	"varint": Varint, "timeuuid": TimeUUID, "inet": Inet, "date": Date, "time": Time, "smallint": Smallint,
	"tinyint": Tinyint, "duration": Duration,
}

// String returns the type as CQL writes it, with frozen<> where it matters: frozen<list<int>>, tuple<int, text>, my_type.
func (t *Type) String() string { return t.text(false) }

func (t *Type) text(insideFrozen bool) string {
	var s string
	switch t.Kind {
	case KindList:
		s = "list<" + t.Elems[0].text(false) + ">"
	case KindSet:
		s = "set<" + t.Elems[0].text(false) + ">"
	case KindMap:
		s = "map<" + t.Elems[0].text(false) + ", " + t.Elems[1].text(false) + ">"
	case KindTuple:
		parts := make([]string, len(t.Elems))
		for i, e := range t.Elems {
			parts[i] = e.text(false)
		}
		return "frozen<tuple<" + strings.Join(parts, ", ") + ">>"
	case KindVector:
		return "vector<" + t.Elems[0].text(false) + ", " + itoa(t.Dimension) + ">"
	case KindUDT:
		s = QuoteName(t.Name)
	case KindCustom:
		return "'" + t.Class + "'"
	default:
		return nativeNames[t.Kind]
	}
	if t.Frozen && !insideFrozen {
		return "frozen<" + s + ">"
	}
	return s
}

// OfKind returns the native type of a protocol option, or nil.
func OfKind(k Kind) *Type {
	if k == 0x0A {
		return Text // as protocol v1 and v2 named it
	}
	if k == KindEmpty {
		return Empty // which no name is for in CQL
	}
	return nativeByName[nativeNames[k]]
}
