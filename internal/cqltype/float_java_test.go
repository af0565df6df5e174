package cqltype

import (
	"encoding/binary"
	"math"
	"testing"
)

// TestJavaDouble has texts that Cassandra gave: where Java's digits are the fewest, where they are not, and where its sums overflow.
func TestJavaDouble(t *testing.T) {
	for want, v := range map[string]float64{
		"0.0": 0, "-0.0": math.Copysign(0, -1), "NaN": math.NaN(), "-Infinity": math.Inf(-1), "0.001": 0.001, "9.9999E-4": 0.00099999, "1.0E7": 1e7,
		"9999999.999999998": 9999999.999999998, "-1.5": -1.5, "1.9999999999999998E23": 2e23, "9.999999999999999E22": 1e23, "1.1E23": 1.1e23, "4.35E18": 4.35e18,
		"9.007199254740992E15": 9007199254740993, "2.2250738585072014E-308": 2.2250738585072014e-308, "4.9E-324": 4.9e-324, "2.1E-322": 2.1e-322,
		"2.9802322387695312E-8": 2.98023223876953125e-8, "9.223372036854776E18": 1 << 63,
	} {
		if got := JavaDouble(v, 64); got != want {
			t.Errorf("double %s is %s", want, got)
		}
	}
	for want, v := range map[string]float32{
		"3.6000001E13": 3.6e13, "2.14748365E9": 1 << 31, "8.4999997E9": 8.5e9, "9.0071993E15": 1 << 53, "1.17549435E-38": 1.17549435e-38, "3.4028235E38": math.MaxFloat32,
		"1.4E-45": 1.4e-45, "1.6777216E7": 1 << 24, "0.1": 0.1, "6.8084824E25": math.Float32frombits(0x6a614617),
	} {
		if got := JavaDouble(float64(v), 32); got != want {
			t.Errorf("float %s is %s", want, got)
		}
	}
}

// TestAppendNaN: keys with the NaN of a statement must have Cassandra's token, and others keep their bits.
func TestAppendNaN(t *testing.T) {
	for v, want := range map[uint64]uint64{
		math.Float64bits(math.NaN()): 0x7FF8_0000_0000_0000, 0x7FF8_0000_0000_0000: 0x7FF8_0000_0000_0000, 0xFFF8_0000_0000_0000: 0xFFF8_0000_0000_0000,
	} {
		if got := binary.BigEndian.Uint64(AppendDouble(nil, math.Float64frombits(v))); got != want {
			t.Errorf("%#x becomes %#x", v, got)
		}
	}
	if got := binary.BigEndian.Uint32(AppendFloat(nil, float32(math.NaN()))); got != 0x7FC0_0000 {
		t.Errorf("a float: %#x", got)
	}
}

func BenchmarkJavaDouble(b *testing.B) {
	for b.Loop() {
		JavaDouble(9.623857115052629e-4, 64)
	}
}
