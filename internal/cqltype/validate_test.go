package cqltype

import (
	"encoding/hex"
	"strings"
	"testing"
)

// The messages are Cassandra 5.0.5's for bound values of these bytes.
func TestValidate(t *testing.T) {
	tuple := TupleOf(Int, Text)
	udt := NewUDT("ks", "u", []string{"a", "b"}, []*Type{Int, Text}, true)
	for _, c := range []struct {
		of   *Type
		hex  string
		want string
	}{
		{Tinyint, "", "Expected 1 byte for a tinyint (0)"}, {Smallint, "01", "Expected 2 bytes for a smallint (1)"}, {Int, "", ""},
		{Int, "000000", "Expected 4 or 0 byte int (3)"}, {Bigint, "00", "Expected 8 or 0 byte long (1)"}, {Counter, "00", "Expected 8 or 0 byte long (1)"},
		{Float, "00", "Expected 4 or 0 byte value for a float (1)"}, {Double, "00", "Expected 8 or 0 byte value for a double (1)"}, {Varint, "ff00", ""}, {Varint, "", ""},
		{Decimal, "00", "Expected 0 or at least 4 bytes (1)"}, {Decimal, "00000000", ""}, {Text, "ff", "String didn't validate."}, {ASCII, "80", "Invalid byte for ascii: -128"},
		{Boolean, "02", ""}, {Boolean, "0001", "Expected 1 or 0 byte value (2)"}, {Timestamp, "00", "Expected 8 or 0 byte long for date (1)"},
		{Date, "", "Expected 4 byte long for date (0)"}, {Time, "0000", "Expected 8 byte long for time (2)"}, {UUID, "00", "UUID should be 16 or 0 bytes (1)"},
		{TimeUUID, "00", "UUID should be 16 or 0 bytes (1)"}, {TimeUUID, "550e8400e29b41d4a716446655440000", "Invalid version for TimeUUID type: 0x4"},
		{Inet, "0000000000", "Expected 4 or 16 byte inetaddress; got 0000000000"}, {Inet, "", ""}, {Duration, "0000", "Expected at least 3 bytes for a duration (2)"},
		{Duration, "000000", ""}, {Duration, "020100", "The duration months, days and nanoseconds must be all of the same sign (1, -1, 0)"},
		{Empty, "00", "EmptyType only accept empty values"}, {Blob, "00", ""},
		{ListOf(Int, false), "", "Not enough bytes to read a list"}, {ListOf(Int, false), "00000000", ""}, {ListOf(Int, false), "0000000100000001", "Not enough bytes to read a list"},
		{ListOf(Int, false), "00000001000000040000000100", "Unexpected extraneous bytes after list value"}, {ListOf(Int, false), "ffffffff", "The data cannot be deserialized as a list"},
		{ListOf(Int, false), "00000001ffffffff", "null is not supported inside collections"}, {ListOf(Int, false), "00000001000000020001", "Expected 4 or 0 byte int (2)"},
		{SetOf(Int, false), "00000001", "Not enough bytes to read a set"}, {SetOf(Int, false), "7fffffff00000000", "Not enough bytes to read a set"},
		{MapOf(Text, Int, false), "0000000100000001610000000100", "Expected 4 or 0 byte int (1)"}, {MapOf(Text, Int, false), "00000001", "Not enough bytes to read a map"},
		{MapOf(Text, Int, false), "0000000100000001610000000400000001ff", "Unexpected extraneous bytes after map value"},
		{tuple, "", ""}, {tuple, "00", "Not enough bytes to read size of 0th component"}, {tuple, "0000000400", "Not enough bytes to read 0th component"},
		{tuple, "0000000400000001", ""}, {tuple, "00000004000000010000000178ff", "Invalid remaining data after end of tuple value"}, {tuple, "000000020001", "Expected 4 or 0 byte int (2)"},
		{udt, "00", "Not enough bytes to read size of 0th field a"}, {udt, "000000040000000100000001780000000100", "Invalid remaining data after end of UDT value"},
		{VectorOf(Float, 2), "", "Invalid empty vector value"}, {VectorOf(Float, 2), "00", "Not enough bytes to read a vector<float, 2>"}, {VectorOf(Float, 2), "3f80000040000000", ""},
		{VectorOf(Float, 2), "3f8000004000000000", "Unexpected 1 extraneous bytes after vector<float, 2> value"}, {VectorOf(Text, 2), "01610162", ""},
	} {
		raw, err := hex.DecodeString(c.hex)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := c.of.Validate(raw); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s 0x%s: %q, want %q", c.of, c.hex, got, c.want)
		}
	}
	if err := Varint.Validate(make([]byte, numberBytesMax+1)); err == nil {
		t.Error("a huge varint is valid")
	}
	for _, of := range []*Type{Int, tuple, ListOf(Int, false), VectorOf(Float, 2)} {
		if err := of.Validate(nil); err != nil {
			t.Errorf("%s: null is not valid: %v", of, err)
		}
	}
}

// fuzzTypes have every way a value can be built.
func fuzzTypes() []*Type {
	udt := NewUDT("ks", "u", []string{"a", "B c"}, []*Type{Int, ListOf(Text, true)}, true)
	return []*Type{
		ListOf(Int, false), SetOf(Text, false), MapOf(Text, Decimal, false), TupleOf(Int, Duration), udt, VectorOf(Text, 2), VectorOf(Float, 2), VectorOf(TupleOf(Int), 1),
		Decimal, Duration, Varint, Inet, Timestamp, Date, Time, Text, ASCII, Boolean, UUID, TimeUUID, Float, Double, Tinyint,
	}
}

func FuzzBytes(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 0, 0, 0, 4, 1, 2, 3, 4})
	f.Add([]byte("\x00\x00\x00\x01\x00\x00\x00\x01a\x00\x00\x00\x05\x00\x00\x00\x02\x7f"))
	types := fuzzTypes()
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, of := range types {
			of.Format(raw)
			of.AppendJSON(nil, raw)
			of.Compare(raw, raw[:len(raw)/2])
			if of.Compare(raw, raw) != 0 {
				t.Errorf("%s 0x%x is not equal to itself", of, raw)
			}
			if of.Validate(raw) != nil || raw == nil {
				continue
			}
			if of.IsCollection() || of.Kind == KindVector {
				all, err := of.Elements(raw)
				if back := of.Join(all); err != nil || of.Compare(back, raw) != 0 {
					t.Errorf("%s 0x%x comes back as 0x%x, %v", of, raw, back, err)
				}
			}
			if isNative := of.Elems == nil; isNative && len(raw) > 0 && of != Time && of != Text && of != ASCII {
				back, err := of.ParseText(of.Text(raw))
				if d, bad := DurationOf(raw); of == Duration && bad == nil {
					raw = AppendDuration(nil, d) // the integers' shortest forms
				}
				if of == Duration && of.Text(raw) == "" || of == Float || of == Double || of == Timestamp && Int64(raw) != int64(int32(Int64(raw))) {
					continue // zero durations have no text, NaN has many forms, years past 9999 are not read
				}
				if err != nil || of.Compare(back, raw) != 0 {
					t.Errorf("%s 0x%x reads %s and comes back as 0x%x, %v", of, raw, of.Text(raw), back, err)
				}
			}
		}
	})
}

func FuzzText(f *testing.F) {
	for _, text := range []string{"1", "-1.5e10", "2011-02-03T04:05:06.7+0100", "1y2mo3h", "P1Y2M", "127.1", "[1, \"x\"]", `{"a": 1}`, "1:2:3", "0xff"} {
		f.Add(text)
	}
	types := fuzzTypes()
	f.Fuzz(func(t *testing.T, text string) {
		for _, of := range types {
			if raw, err := of.ParseJSON([]byte(text)); err == nil && of.Validate(raw) != nil {
				t.Errorf("%s: JSON %q gives 0x%x: %v", of, text, raw, of.Validate(raw))
			}
			if of.Elems != nil && of.Kind != KindTuple || strings.ContainsRune(text, 0xFFFD) {
				continue
			}
			if raw, err := of.ParseText(text); err == nil && len(raw) > 0 && of != Text && of.Validate(raw) != nil {
				t.Errorf("%s: %q gives 0x%x: %v", of, text, raw, of.Validate(raw))
			}
		}
	})
}
