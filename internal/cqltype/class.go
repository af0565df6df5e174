package cqltype

import (
	"encoding/hex"
	"strings"
)

// marshal is the Java package of Cassandra's types.
const marshal = "org.apache.cassandra.db.marshal."

// classNames are the marshal classes of types, without their package.
var classNames = map[Kind]string{
	KindASCII: "AsciiType", KindBigint: "LongType", KindBlob: "BytesType", KindBoolean: "BooleanType", KindCounter: "CounterColumnType",
	KindDecimal: "DecimalType", KindDouble: "DoubleType", KindFloat: "FloatType", KindInt: "Int32Type", KindText: "UTF8Type",
	KindTimestamp: "TimestampType", KindUUID: "UUIDType", KindVarint: "IntegerType", KindTimeUUID: "TimeUUIDType", KindInet: "InetAddressType",
	KindDate: "SimpleDateType", KindTime: "TimeType", KindSmallint: "ShortType", KindTinyint: "ByteType", KindDuration: "DurationType",
	KindEmpty: "EmptyType", KindList: "ListType", KindSet: "SetType", KindMap: "MapType", KindTuple: "TupleType", KindVector: "VectorType",
	KindUDT: "UserType",
}

// ClassName returns the marshal class that Cassandra knows a type by, as custom types travel in result metadata and as old tools and
// tables name types:
//
//	org.apache.cassandra.db.marshal.FrozenType(org.apache.cassandra.db.marshal.ListType(org.apache.cassandra.db.marshal.Int32Type))
//
// UDT and field names are in hexadecimal; what is frozen within something frozen is not said again.
func (t *Type) ClassName() string { return t.className(false) }

func (t *Type) className(insideFrozen bool) string {
	if t.Kind == KindCustom {
		return t.Class
	}
	s := marshal + classNames[t.Kind]
	if len(t.Elems) == 0 && t.Kind != KindUDT {
		return s
	}
	frozen := t.Frozen && (t.IsCollection() || t.Kind == KindUDT)
	var args []string
	if t.Kind == KindUDT {
		args = append(args, t.Keyspace, hex.EncodeToString([]byte(t.Name)))
	}
	for i, e := range t.Elems {
		arg := e.className(insideFrozen || t.Frozen)
		if t.Kind == KindUDT {
			arg = hex.EncodeToString([]byte(t.FieldNames[i])) + ":" + arg
		}
		args = append(args, arg)
	}
	if t.Kind == KindVector {
		return s + "(" + args[0] + " , " + itoa(t.Dimension) + ")"
	}
	s += "(" + strings.Join(args, ",") + ")"
	if frozen && !insideFrozen {
		return marshal + "FrozenType(" + s + ")"
	}
	return s
}
