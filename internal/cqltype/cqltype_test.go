package cqltype

import (
	"bytes"
	"encoding/hex"
	"math/big"
	"testing"
)

func TestConstantsRoundTrip(t *testing.T) {
	for _, c := range []struct {
		of   *Type
		kind ConstantKind
		text string
		hex  string
		show string
	}{
		{Int, ConstInteger, "-1", "ffffffff", "-1"},
		{Varint, ConstInteger, "-129", "ff7f", "-129"},
		{Varint, ConstInteger, "128", "0080", "128"},
		{Decimal, ConstFloat, "1.50", "00000002" + "0096", "1.50"},
		{Decimal, ConstFloat, "1e10", "fffffff6" + "01", "1E+10"},
		{Double, ConstFloat, "1e10", "4202a05f20000000", "1.0E10"},
		{Boolean, ConstBoolean, "TRUE", "01", "true"},
		{Blob, ConstHex, "CAFE", "cafe", "0xcafe"},
		{Date, ConstString, "1970-01-02", "80000001", "'1970-01-02'"},
		{Time, ConstString, "01:02:03.5", "00000362f1e51300", "'01:02:03.500000000'"},
		{Timestamp, ConstString, "2020-01-01 00:00+0100", "0000016f5e2ff980", "'2019-12-31T23:00:00.000Z'"},
		{Inet, ConstString, "::1", "00000000000000000000000000000001", "'::1'"},
	} {
		raw, err := c.of.ParseConstant(c.kind, c.text)
		if err != nil {
			t.Errorf("%s %s: %v", c.of, c.text, err)
			continue
		}
		if got := hex.EncodeToString(raw); got != c.hex {
			t.Errorf("%s %s: 0x%s, want 0x%s", c.of, c.text, got, c.hex)
		}
		if err := c.of.Validate(raw); err != nil {
			t.Errorf("%s %s: %v", c.of, c.text, err)
		}
		if got := c.of.Format(raw); got != c.show {
			t.Errorf("%s %s: shown as %s, want %s", c.of, c.text, got, c.show)
		}
	}
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]string{
		"1y2mo3d4h5m6s7ms8us9ns": "1y2mo3d4h5m6s7ms8us9ns", "-1w": "-7d", "P1Y2M3DT4H": "1y2mo3d4h", "P2W": "14d", "PT90M": "1h30m",
		"P0001-02-03T04:05:06": "1y2mo3d4h5m6s",
	} {
		d, err := ParseDuration(text)
		if err != nil || d.String() != want {
			t.Errorf("%s: %s, %v; want %s", text, d, err, want)
			continue
		}
		back, err := DurationOf(AppendDuration(nil, d))
		if err != nil || back != d {
			t.Errorf("%s: %v after a round trip, %v", text, back, err)
		}
	}
	for _, bad := range []string{"1x", "1d1y", "P", "1", "", "9999999999999999999d"} {
		if _, err := ParseDuration(bad); err == nil {
			t.Errorf("%q: accepted", bad)
		}
	}
}

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		of    *Type
		order []string
	}{
		{Int, []string{"-2147483648", "-1", "0", "7"}},
		{Varint, []string{"-70000000000000000000", "-1", "0", "128", "70000000000000000000"}},
		{Decimal, []string{"-1e100", "-1.5", "-0.01", "0", "0.001", "0.1", "9", "10", "1e5000"}},
		{Double, []string{"-1.5", "0.0", "1e300"}},
		{Text, []string{"", "A", "a", "aa", "é"}},
		{TimeUUID, []string{"d2177dd0-eaa2-11de-a572-001b779c76e3", "d2177dd1-eaa2-11de-a572-001b779c76e3", "00000000-eaa3-11de-a572-001b779c76e3"}},
	} {
		var values [][]byte
		for _, text := range c.order {
			raw, err := c.of.ParseConstant(ConstString, text)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, raw)
		}
		for i, a := range values {
			for j, b := range values {
				if got, want := c.of.Compare(a, b), sign(i-j); sign(got) != want {
					t.Errorf("%s: %s against %s is %d, want %d", c.of, c.order[i], c.order[j], got, want)
				}
			}
		}
	}
	if Decimal.Compare([]byte{0, 0, 0, 1, 10}, []byte{0, 0, 0, 2, 100}) != 0 {
		t.Error("1.0 and 1.00 differ")
	}
}

func TestClassNames(t *testing.T) {
	udt := NewUDT("ks", "addr", []string{"street", "zip"}, []*Type{Text, ListOf(Int, true)}, true)
	for _, of := range []*Type{Int, Text, ListOf(Int, false), MapOf(Text, SetOf(UUID, true), true), TupleOf(Int, Text), VectorOf(Float, 3), udt} {
		back, err := ParseClass(of.ClassName())
		if err != nil || !back.Equal(of) {
			t.Errorf("%s: %s gives %v, %v", of, of.ClassName(), back, err)
		}
	}
}

func FuzzValidate(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 0, 0, 0, 4, 1, 2, 3, 4})
	udt := NewUDT("ks", "u", []string{"a", "b"}, []*Type{Int, ListOf(Text, true)}, true)
	types := []*Type{ListOf(Int, false), MapOf(Text, Decimal, false), TupleOf(Int, Duration), udt, VectorOf(Text, 2), Decimal, Duration, Varint, Inet}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, of := range types {
			of.Format(raw)
			of.Compare(raw, raw)
			if of.Validate(raw) == nil && of.IsCollection() {
				if all, err := of.Elements(raw); err != nil || !bytes.Equal(of.Join(all), raw) {
					t.Errorf("%s 0x%x does not come back", of, raw)
				}
			}
		}
	})
}

func FuzzVarint(f *testing.F) {
	f.Add([]byte{0xFF, 0x7F})
	f.Fuzz(func(t *testing.T, raw []byte) {
		n := BigInt(raw)
		if back := BigInt(AppendVarint(nil, n)); back.Cmp(n) != 0 {
			t.Errorf("%s comes back as %s", n, back)
		}
		v := new(big.Int).Abs(n).Uint64()
		if got, rest, err := ReadUnsignedVint(AppendUnsignedVint(nil, v)); err != nil || got != v || len(rest) > 0 {
			t.Errorf("%d comes back as %d, %v", v, got, err)
		}
	})
}
