package key

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"helenus/internal/cqltype"
)

// Tokens that Apache Cassandra gives for these keys.
func TestTokenOf(t *testing.T) {
	for raw, want := range map[string]Token{
		"\x00\x00\x00\x01": -4069959284402364209,
		"\x00\x00\x00\x02": -3248873570005575792,
		"\x00\x00\x00\x03": 9010454139840013625,
		"":                 MinToken,
	} {
		if got := TokenOf([]byte(raw)); got != want {
			t.Errorf("%q: %d, want %d", raw, got, want)
		}
	}
}

func TestPartitionRoundTrip(t *testing.T) {
	parts := [][]byte{{1, 2}, {}, []byte("text")}
	got, err := SplitPartition(nil, AppendPartition(nil, parts...), 3)
	if err != nil || fmt.Sprint(got) != fmt.Sprint(parts) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := SplitPartition(nil, []byte{0, 9, 1}, 2); err == nil {
		t.Error("malformed key accepted")
	}
}

// TestOrder compares the bytes of random values with the order of their type, both ways, and decodes them.
func TestOrder(t *testing.T) {
	udt := cqltype.NewUDT("ks", "u", []string{"a", "b"}, []*cqltype.Type{cqltype.Int, cqltype.Text}, true)
	const seed = 1
	for _, of := range []*cqltype.Type{
		cqltype.Int, cqltype.Bigint, cqltype.Smallint, cqltype.Tinyint, cqltype.Varint, cqltype.Decimal, cqltype.Float, cqltype.Double,
		cqltype.Text, cqltype.Blob, cqltype.ASCII, cqltype.Boolean, cqltype.Timestamp, cqltype.Date, cqltype.Time, cqltype.UUID, cqltype.TimeUUID, cqltype.Inet,
		cqltype.ListOf(cqltype.Text, true), cqltype.MapOf(cqltype.Int, cqltype.Text, true), cqltype.TupleOf(cqltype.Int, cqltype.Varint), udt, cqltype.VectorOf(cqltype.Float, 2),
	} {
		t.Run(of.String(), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			for range 3000 {
				a, b := randomValue(random, of, 0), randomValue(random, of, 0)
				for _, descending := range []bool{false, true} {
					x, y := AppendClustering(nil, of, descending, a), AppendClustering(nil, of, descending, b)
					want := of.Compare(a, b)
					if descending {
						want = -want
					}
					if want != 0 && sign(bytes.Compare(x, y)) != sign(want) {
						t.Fatalf("seed %d, desc %v: %s against %s: bytes say %d, type says %d", seed, descending, of.Format(a), of.Format(b), bytes.Compare(x, y), want)
					}
					back, rest, err := DecodeClustering(of, descending, append(x, 0x55))
					if err != nil || len(rest) != 1 || !bytes.Equal(back, a) {
						t.Fatalf("seed %d: %s (0x%x) comes back as 0x%x, rest %d, %v", seed, of.Format(a), a, back, len(rest), err)
					}
					if x[0] == 0xFF {
						t.Fatal("a component begins with 0xFF")
					}
				}
			}
		})
	}
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

func randomValue(r *rand.Rand, t *cqltype.Type, depth int) []byte {
	fill := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.UintN(256))
			if r.IntN(3) == 0 {
				b[i] = [...]byte{0, 1, 0x7F, 0x80, 0xFF}[r.IntN(5)]
			}
		}
		return b
	}
	switch t.Kind {
	case cqltype.KindInt, cqltype.KindDate:
		return fill(4)
	case cqltype.KindFloat:
		return cqltype.AppendFloat(nil, float32(r.NormFloat64()))
	case cqltype.KindDouble:
		return cqltype.AppendDouble(nil, r.NormFloat64()*1e9)
	case cqltype.KindBigint, cqltype.KindTimestamp, cqltype.KindTime:
		return fill(8)
	case cqltype.KindSmallint:
		return fill(2)
	case cqltype.KindTinyint:
		return fill(1)
	case cqltype.KindBoolean:
		return []byte{byte(r.IntN(2))}
	case cqltype.KindVarint:
		return cqltype.AppendVarint(nil, cqltype.BigInt(fill(r.IntN(12))))
	case cqltype.KindDecimal:
		d := cqltype.DecimalValue{Unscaled: cqltype.BigInt(fill(r.IntN(5))), Scale: int32(r.IntN(20) - 5)}
		return cqltype.AppendDecimal(nil, d)
	case cqltype.KindUUID, cqltype.KindTimeUUID:
		b := fill(16)
		b[6] = b[6]&0x0F | 0x10
		if t.Kind == cqltype.KindUUID && r.IntN(2) == 0 {
			b[6] = b[6]&0x0F | 0x40
		}
		return b
	case cqltype.KindInet:
		return fill([...]int{4, 16}[r.IntN(2)])
	case cqltype.KindText, cqltype.KindASCII:
		b := fill(r.IntN(6))
		for i := range b {
			b[i] &= 0x7F
		}
		return b
	case cqltype.KindBlob:
		return fill(r.IntN(6))
	case cqltype.KindTuple, cqltype.KindUDT:
		var fields [][]byte
		for _, e := range t.Elems {
			if r.IntN(4) == 0 {
				fields = append(fields, nil)
			} else {
				fields = append(fields, randomValue(r, e, depth+1))
			}
		}
		return t.Join(fields)
	}
	n := r.IntN(4)
	if t.Kind == cqltype.KindVector {
		n = t.Dimension
	}
	var elems [][]byte
	for range n {
		for _, e := range t.Elems {
			elems = append(elems, randomValue(r, e, depth+1))
		}
	}
	return t.Join(elems)
}

// TestNaN guards that every NaN is one key behind all numbers, whatever its sign and payload.
// TestBeginsEmpty guards the one thing that is known of a key without decoding it.
func TestBeginsEmpty(t *testing.T) {
	for _, descending := range []bool{false, true} {
		empty := AppendClustering(nil, cqltype.Blob, descending, nil)
		if !BeginsEmpty(empty) || !BeginsEmpty(AppendClustering(empty, cqltype.Blob, descending, []byte{1})) {
			t.Errorf("descending %v: an empty value", descending)
		}
		for b := range 256 {
			if BeginsEmpty(AppendClustering(nil, cqltype.Blob, descending, []byte{byte(b)})) {
				t.Errorf("descending %v: %x", descending, b)
			}
		}
	}
	if BeginsEmpty(nil) {
		t.Error("no value")
	}
}

func TestNaN(t *testing.T) {
	of := func(v []byte) string { return string(AppendClustering(nil, cqltype.Double, false, v)) }
	quiet := of([]byte{0x7F, 0xF8, 0, 0, 0, 0, 0, 0})
	if of([]byte{0xFF, 0xF8, 0, 0, 0, 0, 0, 1}) != quiet {
		t.Error("a negative NaN is another key")
	}
	if of([]byte{0x7F, 0xF0, 0, 0, 0, 0, 0, 0}) >= quiet {
		t.Error("NaN sorts before infinity")
	}
}

func FuzzDecodeClustering(f *testing.F) {
	f.Add([]byte{markValue, 0x80, 0, 0, 1}, false)
	types := []*cqltype.Type{cqltype.Int, cqltype.Varint, cqltype.Decimal, cqltype.Text, cqltype.TimeUUID, cqltype.ListOf(cqltype.Varint, true)}
	f.Fuzz(func(t *testing.T, raw []byte, descending bool) {
		for _, of := range types {
			if _, rest, err := DecodeClustering(of, descending, raw); err == nil && len(rest) > len(raw) {
				t.Error("more left than there was")
			}
		}
	})
}

func BenchmarkTokenOf(b *testing.B) {
	raw := binary.BigEndian.AppendUint64(nil, 12345)
	for b.Loop() {
		TokenOf(raw)
	}
}
