package java

import "strings"

// kind is what a type is.
type kind uint8

const (
	kVoid kind = iota
	kBoolean
	kByte
	kShort
	kChar
	kInt
	kLong
	kFloat
	kDouble
	kNull   // of null
	kClass  // name says which
	kArray  // of args[0]
	kStatic // a class's name, before a static member
)

// jtype is a Java type. Types are compared by their text.
type jtype struct {
	kind kind
	// name is a class's simple name.
	name string
	// args are a generic class's parameters; a raw type has none.
	args []*jtype
}

var (
	tVoid    = &jtype{kind: kVoid, name: "void"}
	tBoolean = &jtype{kind: kBoolean, name: "boolean"}
	tByte    = &jtype{kind: kByte, name: "byte"}
	tShort   = &jtype{kind: kShort, name: "short"}
	tChar    = &jtype{kind: kChar, name: "char"}
	tInt     = &jtype{kind: kInt, name: "int"}
	tLong    = &jtype{kind: kLong, name: "long"}
	tFloat   = &jtype{kind: kFloat, name: "float"}
	tDouble  = &jtype{kind: kDouble, name: "double"}
	tNull    = &jtype{kind: kNull, name: "null"}
	tObject  = class("Object")
	tString  = class("String")
)

func class(name string, args ...*jtype) *jtype { return &jtype{kind: kClass, name: name, args: args} }

func arrayOf(t *jtype) *jtype { return &jtype{kind: kArray, args: []*jtype{t}} }

// primitives by name.
var primitives = map[string]*jtype{
	"boolean": tBoolean, "byte": tByte, "short": tShort, "char": tChar, "int": tInt, "long": tLong, "float": tFloat, "double": tDouble,
}

// boxes maps a primitive to the name of its class.
var boxes = map[kind]string{
	kBoolean: "Boolean", kByte: "Byte", kShort: "Short", kChar: "Character", kInt: "Integer", kLong: "Long", kFloat: "Float", kDouble: "Double",
}

var unboxes = func() map[string]*jtype {
	m := map[string]*jtype{}
	for _, t := range primitives {
		m[boxes[t.kind]] = t
	}
	return m
}()

// packages are the classes that a body may name, with their packages. "" stands for those that a body gets its values as.
var packages = map[string]string{
	"Object": "java.lang", "String": "java.lang", "CharSequence": "java.lang", "Number": "java.lang", "Math": "java.lang", "StringBuilder": "java.lang",
	"StringBuffer": "java.lang", "Boolean": "java.lang", "Byte": "java.lang", "Short": "java.lang", "Character": "java.lang", "Integer": "java.lang",
	"Long": "java.lang", "Float": "java.lang", "Double": "java.lang", "Comparable": "java.lang", "Iterable": "java.lang", "Class": "java.lang",
	"Throwable": "java.lang", "Exception": "java.lang", "RuntimeException": "java.lang", "IllegalArgumentException": "java.lang",
	"IllegalStateException": "java.lang", "ArithmeticException": "java.lang", "NullPointerException": "java.lang", "ClassCastException": "java.lang",
	"IndexOutOfBoundsException": "java.lang", "ArrayIndexOutOfBoundsException": "java.lang", "StringIndexOutOfBoundsException": "java.lang",
	"NegativeArraySizeException": "java.lang", "NumberFormatException": "java.lang", "UnsupportedOperationException": "java.lang",
	"List": "java.util", "ArrayList": "java.util", "LinkedList": "java.util", "Set": "java.util", "HashSet": "java.util", "LinkedHashSet": "java.util",
	"TreeSet": "java.util", "Map": "java.util", "HashMap": "java.util", "LinkedHashMap": "java.util", "TreeMap": "java.util", "Collection": "java.util",
	"Map.Entry": "java.util", "Collections": "java.util", "Arrays": "java.util", "Objects": "java.util", "UUID": "java.util", "Date": "java.util",
	"Iterator": "java.util", "NoSuchElementException": "java.util", "Locale": "java.util",
	"BigInteger": "java.math", "BigDecimal": "java.math", "RoundingMode": "java.math",
	"ByteBuffer": "java.nio", "InetAddress": "java.net",
	"TupleValue": "org.apache.cassandra.cql3.functions.types", "UDTValue": "org.apache.cassandra.cql3.functions.types",
	"UDFContext": "org.apache.cassandra.cql3.functions",
	"LocalDate":  "org.apache.cassandra.cql3.functions.types", "Duration": "org.apache.cassandra.cql3.functions.types",
}

// parents are what a class is besides itself and Object: its superclasses and interfaces, nearest first.
var parents = map[string][]string{
	"String": {"CharSequence", "Comparable"}, "StringBuilder": {"CharSequence"}, "StringBuffer": {"StringBuilder", "CharSequence"},
	"Byte": {"Number", "Comparable"}, "Short": {"Number", "Comparable"}, "Integer": {"Number", "Comparable"}, "Long": {"Number", "Comparable"},
	"Float": {"Number", "Comparable"}, "Double": {"Number", "Comparable"}, "BigInteger": {"Number", "Comparable"}, "BigDecimal": {"Number", "Comparable"},
	"Boolean": {"Comparable"}, "Character": {"Comparable"}, "UUID": {"Comparable"}, "Date": {"Comparable"},
	"Collection": {"Iterable"}, "List": {"Collection", "Iterable"}, "Set": {"Collection", "Iterable"},
	"ArrayList": {"List", "Collection", "Iterable"}, "LinkedList": {"List", "Collection", "Iterable"}, "HashSet": {"Set", "Collection", "Iterable"},
	"LinkedHashSet": {"HashSet", "Set", "Collection", "Iterable"}, "TreeSet": {"Set", "Collection", "Iterable"},
	"HashMap": {"Map"}, "LinkedHashMap": {"HashMap", "Map"}, "TreeMap": {"Map"},
	"Exception": {"Throwable"}, "RuntimeException": {"Exception", "Throwable"},
	"IllegalArgumentException":        {"RuntimeException", "Exception", "Throwable"},
	"NumberFormatException":           {"IllegalArgumentException", "RuntimeException", "Exception", "Throwable"},
	"IllegalStateException":           {"RuntimeException", "Exception", "Throwable"},
	"ArithmeticException":             {"RuntimeException", "Exception", "Throwable"},
	"NullPointerException":            {"RuntimeException", "Exception", "Throwable"},
	"ClassCastException":              {"RuntimeException", "Exception", "Throwable"},
	"NegativeArraySizeException":      {"RuntimeException", "Exception", "Throwable"},
	"UnsupportedOperationException":   {"RuntimeException", "Exception", "Throwable"},
	"ConcurrentModificationException": {"RuntimeException", "Exception", "Throwable"},
	"NoSuchElementException":          {"RuntimeException", "Exception", "Throwable"},
	"IndexOutOfBoundsException":       {"RuntimeException", "Exception", "Throwable"},
	"ArrayIndexOutOfBoundsException":  {"IndexOutOfBoundsException", "RuntimeException", "Exception", "Throwable"},
	"StringIndexOutOfBoundsException": {"IndexOutOfBoundsException", "RuntimeException", "Exception", "Throwable"},
}

// generics is how many parameters a generic class has.
var generics = map[string]int{
	"List": 1, "ArrayList": 1, "LinkedList": 1, "Set": 1, "HashSet": 1, "LinkedHashSet": 1, "TreeSet": 1, "Collection": 1, "Iterable": 1, "Iterator": 1,
	"Comparable": 1, "Class": 1, "Map": 2, "HashMap": 2, "LinkedHashMap": 2, "TreeMap": 2, "Map.Entry": 2,
}

// String is a type as messages show it: Map<String, Integer> is Map<String,Integer>, as the compiler that Cassandra uses has it.
func (t *jtype) String() string {
	if t.kind == kArray {
		return t.args[0].String() + "[]"
	}
	if len(t.args) == 0 {
		return t.name
	}
	texts := make([]string, len(t.args))
	for i, a := range t.args {
		texts[i] = a.String()
	}
	return t.name + "<" + strings.Join(texts, ",") + ">"
}

func (t *jtype) isPrimitive() bool { return t.kind >= kBoolean && t.kind <= kDouble }
func (t *jtype) isNumeric() bool   { return t.kind >= kByte && t.kind <= kDouble }
func (t *jtype) isIntegral() bool  { return t.kind >= kByte && t.kind <= kLong }
func (t *jtype) isString() bool    { return t.kind == kClass && t.name == "String" }
func (t *jtype) equal(o *jtype) bool {
	return t == o || t.kind == o.kind && t.String() == o.String()
}

// boxed is the class of a primitive; other types are themselves.
func (t *jtype) boxed() *jtype {
	if name, ok := boxes[t.kind]; ok {
		return class(name)
	}
	return t
}

// unboxed is the primitive of a class such as Integer; nil where there is none. A primitive is itself.
func (t *jtype) unboxed() *jtype {
	if t.isPrimitive() {
		return t
	}
	if t.kind == kClass {
		return unboxes[t.name]
	}
	return nil
}

// arg is a generic class's parameter; Object for a raw type.
func (t *jtype) arg(i int) *jtype {
	if i < len(t.args) {
		return t.args[i]
	}
	return tObject
}

// isA says whether a class is another by name or by its parents.
func isA(name, of string) bool {
	if name == of || of == "Object" {
		return true
	}
	for _, p := range parents[name] {
		if p == of {
			return true
		}
	}
	return false
}

// subtype says whether a reference of type t is one of type to without a cast.
func (t *jtype) subtype(to *jtype) bool {
	switch {
	case to.isPrimitive() || t.isPrimitive():
		return false
	case t.kind == kNull || to.equal(tObject):
		return true
	case t.kind == kArray || to.kind == kArray:
		return t.kind == to.kind && (t.args[0].equal(to.args[0]) || t.args[0].subtype(to.args[0]))
	case !isA(t.name, to.name):
		return false
	case len(t.args) == 0 || len(to.args) == 0:
		return true // raw
	case len(t.args) != len(to.args):
		return true
	}
	for i := range t.args {
		if !t.args[i].equal(to.args[i]) {
			return false
		}
	}
	return true
}

// widens says whether a primitive becomes another without a cast.
func widens(from, to kind) bool {
	switch {
	case from == to:
		return true
	case from == kBoolean || to == kBoolean || to == kChar:
		return false
	case from == kChar:
		return to >= kInt
	case from == kByte && to == kChar:
		return false
	}
	return from < to
}

// fullName is a class's name with its package, as exceptions show it.
func fullName(name string) string {
	if p := packages[name]; p != "" {
		return p + "." + name
	}
	return name
}
