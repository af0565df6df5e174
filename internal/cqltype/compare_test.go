package cqltype

import (
	"cmp"
	"testing"
)

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		of    *Type
		order []string
	}{
		{Int, []string{"-2147483648", "-1", "0", "7"}},
		{Tinyint, []string{"-128", "-1", "0", "127"}},
		{Varint, []string{"-70000000000000000000", "-256", "-255", "-1", "0", "1", "127", "128", "255", "256", "70000000000000000000"}},
		{Decimal, []string{"-1e100", "-1.5", "-0.01", "0", "1e-2000000000", "0.001", "0.1", "9", "10", "12345678901234567890.5", "1e5000", "2e5000", "1e2000000000"}},
		{Double, []string{"-Infinity", "-1.5", "-0.0", "0.0", "4.9e-324", "1e300", "Infinity", "NaN"}},
		{Float, []string{"-1.5", "-0.0", "0.0", "NaN"}},
		{Text, []string{"", "A", "a", "aa", "é", "～", "😀"}},
		{Boolean, []string{"", "false", "true"}},
		{Inet, []string{"::1", "10.0.0.2", "200.0.0.1", "fe80::1"}},
		{Timestamp, []string{"1960-01-01", "0", "2020-01-01"}},
		{Date, []string{"-0001-01-01", "1970-01-01", "2020-01-01"}},
		{TimeUUID, []string{"00000000-0000-1000-8080-808080808080", "00000000-0000-1000-7f7f-7f7f7f7f7f7f", "01000000-eaa2-11de-a572-001b779c76e3",
			"d2177dd0-eaa2-11de-a572-001b779c76e3", "ffffffff-ffff-1fff-8000-000000000000"}},
		{UUID, []string{"00000000-0000-0000-0000-000000000000", "d2177dd0-eaa2-11de-a572-001b779c76e3", "ffffffff-ffff-1fff-8000-000000000000",
			"00000000-0000-4000-8000-000000000000", "ffffffff-ffff-4fff-8000-000000000000"}},
	} {
		var values [][]byte
		for _, text := range c.order {
			values = append(values, parsed(t, c.of, text))
		}
		checkOrder(t, c.of, values)
	}
	if Decimal.Compare([]byte{0, 0, 0, 1, 10}, []byte{0, 0, 0, 2, 100}) != 0 {
		t.Error("1.0 and 1.00 differ")
	}
	if Varint.Compare([]byte{0, 0, 5}, []byte{5}) != 0 || Varint.Compare([]byte{0xFF, 0xFF}, []byte{0xFF}) != 0 {
		t.Error("leading sign bytes count")
	}
}

func parsed(t *testing.T, of *Type, text string) []byte {
	t.Helper()
	raw, err := of.ParseText(text)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func checkOrder(t *testing.T, of *Type, values [][]byte) {
	t.Helper()
	for i, a := range values {
		for j, b := range values {
			if got, want := cmp.Compare(of.Compare(a, b), 0), cmp.Compare(i, j); got != want {
				t.Errorf("%s: %s against %s is %d, want %d", of, of.Format(a), of.Format(b), got, want)
			}
		}
	}
}

func TestCompareParts(t *testing.T) {
	ints := func(ns ...int32) (all [][]byte) {
		for _, n := range ns {
			all = append(all, AppendInt(nil, n))
		}
		return all
	}
	list := ListOf(Int, true)
	checkOrder(t, list, [][]byte{nil, {}, list.Join(nil), list.Join(ints(1)), list.Join(ints(1, 2)), list.Join(ints(1, 2, 0)), list.Join(ints(2))})
	m := MapOf(Int, Int, true)
	checkOrder(t, m, [][]byte{m.Join(ints(0, 9)), m.Join(ints(1, 1)), m.Join(ints(1, 1, 2, 1)), m.Join(ints(1, 2))})
	v := VectorOf(Int, 2)
	checkOrder(t, v, [][]byte{v.Join(ints(-1, 5)), v.Join(ints(1, 2)), v.Join(ints(2, 1))})
	tuple := TupleOf(Int, Text)
	checkOrder(t, tuple, [][]byte{
		tuple.Join([][]byte{nil, []byte("z")}), tuple.Join([][]byte{AppendInt(nil, -1), []byte("z")}), tuple.Join(ints(1)),
		tuple.Join([][]byte{AppendInt(nil, 1), {}}), tuple.Join([][]byte{AppendInt(nil, 1), []byte("a")}), tuple.Join([][]byte{AppendInt(nil, 2), {}}),
	})
	if tuple.Compare(tuple.Join(ints(1)), tuple.Join([][]byte{AppendInt(nil, 1), nil})) != 0 {
		t.Error("a missing field is not null")
	}
}

func TestCompareAllocatesNothing(t *testing.T) {
	m := MapOf(Text, Decimal, true)
	one := m.Join([][]byte{[]byte("a"), parsed(t, Decimal, "1.50"), []byte("b"), parsed(t, Decimal, "1.51")})
	for _, of := range []*Type{Int, Varint, Decimal, Double, Text, UUID, TimeUUID, Inet, Boolean, m} {
		a := one
		if of != m {
			a = parsed(t, of, map[*Type]string{Text: "x", UUID: "550e8400-e29b-41d4-a716-446655440000", TimeUUID: "d2177dd0-eaa2-11de-a572-001b779c76e3", Inet: "::1", Boolean: "true"}[of]+
				map[*Type]string{Int: "5", Varint: "123456789012345678901234567890", Decimal: "1.5", Double: "1.5"}[of])
		}
		b := append([]byte{}, a...)
		if n := testing.AllocsPerRun(100, func() { of.Compare(a, b) }); n > 0 {
			t.Errorf("%s: %v allocations", of, n)
		}
	}
}

func TestSort(t *testing.T) {
	set := SetOf(Int, false)
	got := set.SortSet([][]byte{AppendInt(nil, 3), AppendInt(nil, 1), AppendInt(nil, 3)})
	if text := set.Format(set.Join(got)); text != "{1, 3}" {
		t.Error(text)
	}
	m := MapOf(Text, Int, false)
	got = m.SortMap([][]byte{[]byte("b"), AppendInt(nil, 1), []byte("a"), AppendInt(nil, 2), []byte("b"), AppendInt(nil, 3)})
	if text := m.Format(m.Join(got)); text != "{'a': 2, 'b': 3}" {
		t.Error(text)
	}
}
