package cqltype

import (
	"encoding/hex"
	"testing"
)

// parseCase is a text and either the literal that its value is shown as, or the error it ends with. The answers are Cassandra 5.0.5's.
type parseCase struct{ text, show, err string }

func checkParse(t *testing.T, of *Type, kind ConstantKind, cases []parseCase) {
	t.Helper()
	for _, c := range cases {
		raw, err := of.ParseConstant(kind, c.text)
		if err != nil {
			if err.Error() != c.err {
				t.Errorf("%s %q: error %q, want %q", of, c.text, err, c.err)
			}
			continue
		}
		if c.err != "" {
			t.Errorf("%s %q: %s, want error %q", of, c.text, of.Format(raw), c.err)
			continue
		}
		if got := of.Format(raw); got != c.show {
			t.Errorf("%s %q: %s, want %s", of, c.text, got, c.show)
		}
		if err := of.Validate(raw); err != nil {
			t.Errorf("%s %q: not valid: %v", of, c.text, err)
		}
	}
}

func TestConstantBytes(t *testing.T) {
	for _, c := range []struct {
		of   *Type
		kind ConstantKind
		text string
		hex  string
		show string
	}{
		{Int, ConstInteger, "-1", "ffffffff", "-1"},
		{Tinyint, ConstInteger, "-128", "80", "-128"},
		{Smallint, ConstInteger, "300", "012c", "300"},
		{Bigint, ConstInteger, "-0", "0000000000000000", "0"},
		{Varint, ConstInteger, "-129", "ff7f", "-129"},
		{Varint, ConstInteger, "-128", "80", "-128"},
		{Varint, ConstInteger, "128", "0080", "128"},
		{Decimal, ConstFloat, "1.50", "000000020096", "1.50"},
		{Decimal, ConstFloat, "1e10", "fffffff601", "1E+10"},
		{Decimal, ConstFloat, "-1234.5678E-3", "00000007ff439eb2", "-1.2345678"},
		{Double, ConstFloat, "1e10", "4202a05f20000000", "1.0E10"},
		{Double, ConstFloat, "-Infinity", "fff0000000000000", "-Infinity"},
		{Float, ConstFloat, "3.5e38", "7f800000", "Infinity"},
		{Float, ConstFloat, "-0.0", "80000000", "-0.0"},
		{Boolean, ConstBoolean, "TRUE", "01", "true"},
		{Blob, ConstHex, "CAFE", "cafe", "0xcafe"},
		{Blob, ConstHex, "", "", "0x"},
		{Date, ConstString, "1970-01-02", "80000001", "'1970-01-02'"},
		{Time, ConstString, "01:02:03.5", "00000362f1e51300", "'01:02:03.500000000'"},
		{Timestamp, ConstString, "2020-01-01 00:00+0100", "0000016f5e2ff980", "'2019-12-31T23:00:00.000Z'"},
		{Inet, ConstString, "::1", "00000000000000000000000000000001", "'0:0:0:0:0:0:0:1'"},
		{UUID, ConstUUID, "550E8400-e29b-41d4-a716-446655440000", "550e8400e29b41d4a716446655440000", "550e8400-e29b-41d4-a716-446655440000"},
		{TupleOf(Int, Text), ConstInteger, "5", "0000000400000005", "(5, null)"},
		{TupleOf(Int, Text), ConstString, `@:a\:b\@c`, "ffffffff00000005613a624063", "(null, 'a:b@c')"},
		{Text, ConstString, "it's", "69742773", "'it''s'"},
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

func TestParseNumbers(t *testing.T) {
	checkParse(t, Tinyint, ConstInteger, []parseCase{{"127", "127", ""}, {"128", "", "Unable to make byte from '128'"}})
	checkParse(t, Smallint, ConstInteger, []parseCase{{"-32769", "", "Unable to make short from '-32769'"}})
	checkParse(t, Int, ConstInteger, []parseCase{{"007", "7", ""}, {"2147483648", "", "Unable to make int from '2147483648'"}})
	checkParse(t, Bigint, ConstInteger, []parseCase{{"9223372036854775808", "", "Unable to make long from '9223372036854775808'"}})
	checkParse(t, Varint, ConstString, []parseCase{{"1_000", "", "unable to make int from '1_000'"}, {"-", "", "unable to make int from '-'"}})
	checkParse(t, Decimal, ConstFloat, []parseCase{
		{"NaN", "", "unable to make BigDecimal from 'NaN'"}, {"1E-20", "1E-20", ""}, {"0.00", "0.00", ""}, {"5.", "5", ""},
		{"1e", "", "unable to make BigDecimal from '1e'"}, {"1e99999999999", "", "unable to make BigDecimal from '1e99999999999'"},
		{"1.-5", "", "unable to make BigDecimal from '1.-5'"},
	})
	checkParse(t, Double, ConstString, []parseCase{
		{"inf", "", "Unable to make double from 'inf'"}, {"0x1p3", "8.0", ""}, {"0x1", "", "Unable to make double from '0x1'"},
		{" 2d", "2.0", ""}, {".5F", "0.5", ""}, {"2df", "", "Unable to make double from '2df'"}, {"1_0", "", "Unable to make double from '1_0'"}, {"infinity", "Infinity", ""},
		{"-nan", "NaN", ""}, {"1e400", "Infinity", ""}, {"4.9E-324", "4.9E-324", ""},
	})
	checkParse(t, Boolean, ConstString, []parseCase{{"yes", "", "Unable to make boolean from 'yes'"}})
	checkParse(t, Tinyint, ConstHex, []parseCase{{"ff", "-1", ""}, {"0102", "", "Expected 1 byte for a tinyint (2)"}})
	checkParse(t, Blob, ConstHex, []parseCase{{"abc", "", "cannot parse 'abc' as hex bytes"}})
	checkParse(t, ASCII, ConstString, []parseCase{{"é", "", "Invalid ASCII character in string literal: java.nio.charset.UnmappableCharacterException: Input length = 1"}})
	checkParse(t, UUID, ConstUUID, []parseCase{{"550e8400e29b41d4a716446655440000", "", "Unable to make UUID from '550e8400e29b41d4a716446655440000'"}})
	checkParse(t, TimeUUID, ConstUUID, []parseCase{{"550e8400-e29b-41d4-a716-446655440000", "", "TimeUUID supports only version 1 UUIDs"}, {"x", "", "Unknown timeuuid representation: x"}})
	checkParse(t, TupleOf(Int, Text), ConstString, []parseCase{
		{"", "(null, null)", ""}, {"1:y:z", "", "Invalid tuple literal: too many elements. Type frozen<tuple<int, text>> expects 2 but got 3"}, {"x:y", "", "Unable to make int from 'x'"},
	})
}

func TestParseInet(t *testing.T) {
	bad := func(text string) parseCase {
		return parseCase{text, "", "Unable to make inet address from '" + text + "'"}
	}
	checkParse(t, Inet, ConstString, []parseCase{
		{"127.0.0.1", "'127.0.0.1'", ""}, {"127.1", "'127.0.0.1'", ""}, {"1", "'0.0.0.1'", ""}, {"1.2.3", "'1.2.0.3'", ""}, {"1.2.65535", "'1.2.255.255'", ""},
		{"12345", "'0.0.48.57'", ""}, {"01.02.03.04", "'1.2.3.4'", ""}, {"::ffff:10.0.0.1", "'10.0.0.1'", ""}, {"fe80::1%eth0", "'fe80:0:0:0:0:0:0:1'", ""},
		{"2001:db8::ff00:42:8329", "'2001:db8:0:0:0:ff00:42:8329'", ""}, {"[::1]", "'0:0:0:0:0:0:0:1'", ""}, {"localhost", "'127.0.0.1'", ""},
		bad("256.1.1.1"), bad("not an address"), bad("1.2.3.4.5"), bad("0x7f.1"), bad("1::2::3"), bad("4294967296"), bad(" 1.2.3.4"), bad("a.b.c.d"), bad("+1"), bad("1..2"),
	})
}

func TestPreferredConstant(t *testing.T) {
	for _, c := range []struct {
		kind ConstantKind
		text string
		want *Type
	}{
		{ConstString, "abc", ASCII}, {ConstString, "é", Text}, {ConstInteger, "5", Int}, {ConstInteger, "3000000000", Bigint},
		{ConstInteger, "99999999999999999999", Varint}, {ConstFloat, "1.5", Double}, {ConstFloat, "1.50", Double}, {ConstFloat, "0.1234567890123456789", Decimal}, {ConstFloat, "NaN", Double},
		{ConstUUID, "d2177dd0-eaa2-11de-a572-001b779c76e3", UUID}, {ConstHex, "ff", Tinyint}, {ConstDuration, "1h", Duration}, {ConstBoolean, "true", Boolean},
	} {
		if got := PreferredConstant(c.kind, c.text); got != c.want {
			t.Errorf("%s is %s, want %s", c.text, got, c.want)
		}
		if got := c.want.AssignConstant(c.kind, c.text); got != ExactMatch {
			t.Errorf("%s for %s: %d", c.text, c.want, got)
		}
	}
	for _, c := range []struct {
		kind ConstantKind
		of   *Type
		want Assignment
	}{
		{ConstString, Timestamp, WeaklyAssignable}, {ConstString, UUID, NotAssignable}, {ConstString, Blob, NotAssignable}, {ConstInteger, Duration, WeaklyAssignable},
		{ConstInteger, Text, NotAssignable}, {ConstFloat, Int, NotAssignable}, {ConstInteger, TupleOf(Int), WeaklyAssignable}, {ConstInteger, ListOf(Int, false), NotAssignable},
		{ConstFloat, VectorOf(Float, 2), NotAssignable},
	} {
		if got := c.of.AssignConstant(c.kind, "1"); got != c.want {
			t.Errorf("constant %d for %s: %d, want %d", c.kind, c.of, got, c.want)
		}
	}
}
