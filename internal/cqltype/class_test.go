package cqltype

import (
	"strings"
	"testing"
)

func TestClassNames(t *testing.T) {
	udt := NewUDT("ks", "addr", []string{"street", "zip"}, []*Type{Text, ListOf(Int, true)}, true)
	for _, c := range []struct {
		of   *Type
		want string // without the package
	}{
		{Int, "Int32Type"}, {Text, "UTF8Type"}, {Empty, "EmptyType"}, {ListOf(Int, false), "ListType(Int32Type)"},
		{MapOf(Text, SetOf(UUID, true), true), "FrozenType(MapType(UTF8Type,SetType(UUIDType)))"}, {MapOf(Text, SetOf(UUID, true), false), "MapType(UTF8Type,FrozenType(SetType(UUIDType)))"},
		{TupleOf(Int, ListOf(Text, true)), "TupleType(Int32Type,ListType(UTF8Type))"}, {VectorOf(Float, 3), "VectorType(FloatType , 3)"},
		{udt, "FrozenType(UserType(ks,61646472,737472656574:UTF8Type,7a6970:ListType(Int32Type)))"},
	} {
		name := c.of.ClassName()
		if got := strings.ReplaceAll(name, marshal, ""); got != c.want {
			t.Errorf("%s: %s, want %s", c.of, got, c.want)
		}
		for _, text := range []string{name, c.want, "ReversedType(" + name + ")"} {
			if back, err := ParseClass(text); err != nil || !back.Equal(c.of) {
				t.Errorf("%s: %s gives %v, %v", c.of, text, back, err)
			}
		}
	}
	custom, err := ParseClass("com.example.MyType")
	if err != nil || custom.Kind != KindCustom || custom.ClassName() != "com.example.MyType" {
		t.Errorf("%v, %v", custom, err)
	}
	for _, bad := range []string{"", "ListType", "ListType()", "ListType(Int32Type", "MapType(Int32Type)", "VectorType(FloatType,0)", "Int32Type)", "Nope(Int32Type)", "UserType(ks,zz)",
		strings.Repeat("ListType(", 100) + "Int32Type" + strings.Repeat(")", 100)} {
		if got, err := ParseClass(bad); err == nil {
			t.Errorf("%q gives %s", bad, got)
		}
	}
}

func FuzzParseClass(f *testing.F) {
	f.Add("org.apache.cassandra.db.marshal.FrozenType(org.apache.cassandra.db.marshal.ListType(Int32Type))")
	f.Add("UserType(ks,61646472,737472656574:UTF8Type)")
	f.Add("VectorType(FloatType , 3)")
	f.Fuzz(func(t *testing.T, text string) {
		of, err := ParseClass(text)
		if err != nil {
			return
		}
		if back, err := ParseClass(of.ClassName()); err != nil || back.ClassName() != of.ClassName() {
			t.Errorf("%q gives %s and then %v, %v", text, of.ClassName(), back, err)
		}
	})
}

func TestAssignTo(t *testing.T) {
	for _, c := range []struct {
		from, to *Type
		want     Assignment
	}{
		{Int, Int, ExactMatch}, {Int, Bigint, NotAssignable}, {Bigint, Timestamp, WeaklyAssignable}, {Timestamp, Bigint, WeaklyAssignable}, {ASCII, Text, WeaklyAssignable},
		{Text, ASCII, NotAssignable}, {TimeUUID, UUID, WeaklyAssignable}, {UUID, TimeUUID, NotAssignable}, {Int, Blob, WeaklyAssignable}, {Int, Varint, WeaklyAssignable},
		{Timestamp, Varint, WeaklyAssignable}, {ListOf(Int, true), ListOf(Int, false), ExactMatch}, {ListOf(ASCII, false), ListOf(Text, false), WeaklyAssignable},
		{ListOf(Int, false), SetOf(Int, false), NotAssignable}, {VectorOf(Float, 2), VectorOf(Float, 3), NotAssignable}, {TupleOf(Int), TupleOf(Int, Text), WeaklyAssignable},
	} {
		if got := c.from.AssignTo(c.to); got != c.want {
			t.Errorf("%s to %s: %d, want %d", c.from, c.to, got, c.want)
		}
	}
}
