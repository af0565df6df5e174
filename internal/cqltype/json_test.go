package cqltype

import "testing"

// The texts are what Cassandra 5.0.5's toJson gives.
func TestAppendJSON(t *testing.T) {
	udt := NewUDT("ks", "u", []string{"a", "B c"}, []*Type{Int, Text}, true)
	person := udt.Join([][]byte{AppendInt(nil, 1), []byte(`q"x`)})
	tuple := TupleOf(Int, Text)
	for _, c := range []struct {
		of   *Type
		raw  []byte
		want string
	}{
		{Int, nil, "null"}, {Int, []byte{}, `""`}, {Int, AppendInt(nil, -1), "-1"}, {Text, []byte{}, `""`}, {Text, []byte("te\"xt\\ é/<\u2028"), "\"te\\\"xt\\\\ é/<\u2028\""},
		{Text, []byte("\x01\x1f\b\f\r\n\t"), `"\u0001\u001F\b\f\r\n\t"`}, {Blob, []byte{0xca, 0xfe}, `"0xcafe"`}, {Blob, []byte{}, `"0x"`}, {Boolean, []byte{1}, "true"},
		{Decimal, parsed(t, Decimal, "1.10"), "1.10"}, {Decimal, parsed(t, Decimal, "1E+3"), "1E+3"}, {Double, parsed(t, Double, "1e100"), "1.0E100"},
		{Double, parsed(t, Double, "NaN"), "null"}, {Float, parsed(t, Float, "Infinity"), "null"}, {Float, parsed(t, Float, "1.5"), "1.5"},
		{Date, parsed(t, Date, "2020-02-29"), `"2020-02-29"`}, {Date, parsed(t, Date, "+12345-01-01"), `"+12345-01-01"`}, {Duration, parsed(t, Duration, "1mo2d3h"), `"1mo2d3h"`},
		{Inet, parsed(t, Inet, "::1"), `"0:0:0:0:0:0:0:1"`}, {Time, parsed(t, Time, "10:11:12.5"), `"10:11:12.500000000"`},
		{Timestamp, parsed(t, Timestamp, "2020-01-01T01:02:03.456Z"), `"2020-01-01 01:02:03.456Z"`}, {Timestamp, parsed(t, Timestamp, "9999999999999999"), `"+318857-05-20 17:46:39.999Z"`},
		{UUID, parsed(t, UUID, "550e8400-e29b-41d4-a716-446655440000"), `"550e8400-e29b-41d4-a716-446655440000"`},
		{ListOf(Int, false), ListOf(Int, false).Join([][]byte{AppendInt(nil, 1), AppendInt(nil, 2)}), "[1, 2]"},
		{udt, person, `{"a": 1, "\"B c\"": "q\"x"}`}, {udt, udt.Join([][]byte{AppendInt(nil, 1)}), `{"a": 1, "\"B c\"": null}`},
		{tuple, tuple.Join([][]byte{AppendInt(nil, 1), []byte(`x"y`)}), `[1, "x\"y"]`},
		{MapOf(udt, Int, true), MapOf(udt, Int, true).Join([][]byte{person, AppendInt(nil, 5)}), `{"{\"a\": 1, \"\\\"B c\\\"\": \"q\\\"x\"}": 5}`},
		{MapOf(Int, Text, false), MapOf(Int, Text, false).Join([][]byte{AppendInt(nil, 1), []byte("one")}), `{"1": "one"}`},
		{VectorOf(Float, 2), VectorOf(Float, 2).Join([][]byte{AppendFloat(nil, 1), AppendFloat(nil, 2.5)}), "[1.0, 2.5]"},
	} {
		if got := string(c.of.AppendJSON(nil, c.raw)); got != c.want {
			t.Errorf("%s 0x%x: %s, want %s", c.of, c.raw, got, c.want)
		}
	}
}

// The errors are Cassandra 5.0.5's, without the Java class in front.
func TestParseJSON(t *testing.T) {
	udt := NewUDT("ks", "ut2", []string{"a", "B c"}, []*Type{Int, Text}, true)
	tuple, vector := TupleOf(Int, Text), VectorOf(Float, 2)
	list, set, table := ListOf(Int, false), SetOf(Int, false), MapOf(Text, Int, false)
	for _, c := range []struct {
		of        *Type
		text      string
		show, err string
	}{
		{Int, "5", "5", ""}, {Int, "null", "null", ""}, {Int, `"7"`, "7", ""}, {Int, `""`, "''", ""}, {Int, "5.0", "", "Expected an int value, but got a Double: 5.0"},
		{Int, "2147483648", "", "Expected an int value, but got a Long: 2147483648"}, {Tinyint, "300", "", "Unable to make byte from '300'"},
		{Tinyint, "true", "", "Expected a byte value, but got a Boolean: true"}, {Bigint, "9223372036854775808", "", "Expected a bigint value, but got a BigInteger: 9223372036854775808"},
		{Varint, "123456789012345678901234567890", "123456789012345678901234567890", ""}, {Varint, "1.5", "", "Value '1.5' is not a valid representation of a varint value"},
		{Decimal, "1.50", "1.50", ""}, {Decimal, `"x"`, "", "Value 'x' is not a valid representation of a decimal value"}, {Float, "1e40", "Infinity", ""}, {Double, `"Infinity"`, "Infinity", ""},
		{Float, "true", "", "Expected a float value, but got a Boolean: true"}, {Text, `"\u00e9\n"`, "'é\n'", ""}, {Text, "5", "", "Expected a UTF-8 string, but got a Integer: 5"},
		{Text, "[1]", "", "Expected a UTF-8 string, but got a ArrayList: [1]"}, {Blob, `"0x00ff"`, "0x00ff", ""},
		{Blob, `"00ff"`, "", "Value '00ff' is not a valid blob representation: String representation of blob is missing 0x prefix: 00ff"},
		{Blob, `"0xzz"`, "", "Value '0xzz' is not a valid blob representation: cannot parse 'zz' as hex bytes"}, {Boolean, "true", "true", ""}, {Boolean, `"TRUE"`, "true", ""},
		{Boolean, `""`, "false", ""}, {Boolean, "1", "", "Expected a boolean value, but got a Integer: 1"}, {Timestamp, `"2011-02-03"`, "'2011-02-03T00:00:00.000Z'", ""},
		{Timestamp, "5000000000", "'1970-02-27T20:53:20.000Z'", ""}, {Timestamp, "5000", "", "Expected a long or a datestring representation of a timestamp value, but got a Integer: 5000"}, {Timestamp, "5.5", "", "Expected a long or a datestring representation of a timestamp value, but got a Double: 5.5"},
		{Date, "5", "", "Expected a string representation of a date value, but got a Integer: 5"}, {Duration, `"PT1H"`, "1h", ""}, {Inet, `"::1"`, "'0:0:0:0:0:0:0:1'", ""},
		{list, `[1, "2"]`, "[1, 2]", ""}, {list, `"[1, 2]"`, "[1, 2]", ""}, {list, "[null]", "", "Invalid null element in list"}, {list, "{}", "", "Expected a list, but got a LinkedHashMap: {}"},
		{set, "[2, 1, 2]", "{1, 2}", ""}, {set, `{"a":1}`, "", "Expected a list (representing a set), but got a LinkedHashMap: {a=1}"}, {table, `{"b": 1, "a": "2"}`, "{'a': 2, 'b': 1}", ""},
		{table, `{"a": null}`, "", "Invalid null value in map"}, {table, `{"a": "x"}`, "", "Unable to make int from 'x'"}, {tuple, `[1, null]`, "(1, null)", ""},
		{tuple, "[1]", "", "Tuple is missing items (expected 2): [1]"}, {tuple, `[1, "x", 3]`, "", "Tuple contains extra items (expected 2): [1, x, 3]"},
		{tuple, "5", "", "Expected a list representation of a tuple, but got a Integer: 5"}, {vector, "[1, 2.5]", "[1.0, 2.5]", ""},
		{vector, "[1, 2.5, 3]", "", "List had incorrect size: expected 2 but given 3; [1, 2.5, 3]"}, {udt, `{"A": 1, "\"B c\"": "x"}`, `{a: 1, "B c": 'x'}`, ""},
		{udt, `{"a": 1, "B c": "x"}`, "", "Unknown field 'b c' in value of user defined type ut2"}, {MapOf(ListOf(Int, true), Int, false), `{"[1, 2]": 5}`, "{[1, 2]: 5}", ""},
	} {
		raw, err := c.of.ParseJSON([]byte(c.text))
		if err != nil {
			if err.Error() != c.err {
				t.Errorf("%s from %s: error %q, want %q", c.of, c.text, err, c.err)
			}
			continue
		}
		if got := c.of.Format(raw); c.err != "" || got != c.show {
			t.Errorf("%s from %s: %s, want %s%s", c.of, c.text, got, c.show, c.err)
		}
	}
	for _, bad := range []string{"", "xyz", "1 2", "{", "NaN", `"a`} {
		if _, err := Int.ParseJSON([]byte(bad)); err == nil {
			t.Errorf("%q is JSON", bad)
		}
	}
}
