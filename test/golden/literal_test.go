package golden

import (
	"encoding/hex"
	"testing"

	"helenus/internal/cqltype"
)

// The canonical texts were checked against the recorded files; these are the forms that are easy to get wrong.
func TestLiteral(t *testing.T) {
	for _, c := range []struct {
		of        *cqltype.Type
		hex, want string
	}{
		{cqltype.Double, "3ff0000000000000", "1.0"},
		{cqltype.Double, "4341c37937e08000", "1e+16"},
		{cqltype.Double, "3ee4f8b588e368f1", "1e-05"},
		{cqltype.Float, "3dcccccd", "0.1"},
		{cqltype.Decimal, "0000000205", "0.05"},
		{cqltype.Decimal, "fffffffe05", "5E+2"},
		{cqltype.Decimal, "00000008ff", "-1E-8"},
		{cqltype.Varint, "ff7f", "-129"},
		{cqltype.Date, "80000000", "'1970-01-01'"},
		{cqltype.Timestamp, "0000000000000001", "'1970-01-01 00:00:00.001+0000'"},
		{cqltype.Duration, "020406", "1mo2d3ns"},
		{cqltype.Text, "6127ff", `'a''\xff'`},
		{cqltype.ListOf(cqltype.Int, false), "00000001" + "00000004" + "00000007", "[7]"},
		{cqltype.TupleOf(cqltype.Int, cqltype.Text), "0000000400000007", "(7, null)"},
		{cqltype.VectorOf(cqltype.Float, 2), "3f8000003f800000", "[1.0, 1.0]"},
		{cqltype.Int, "", "<empty>"},
	} {
		raw, err := hex.DecodeString(c.hex)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Literal(c.of, raw); err != nil || got != c.want {
			t.Errorf("%s 0x%s: got %s, %v; want %s", c.of, c.hex, got, err, c.want)
		}
	}
}
