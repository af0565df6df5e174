package function

import (
	"math"
	"testing"
)

// TestNaN: what has no result is the NaN that the processor makes, as in Java, and a NaN that is there stays as it is.
func TestNaN(t *testing.T) {
	zero := 0.0
	made := math.Float64bits(zero / zero)
	infinite := math.Inf(1)
	for name, v := range map[string]float64{
		"0 / 0": computeDouble('/', 0, 0), "-1.5 % 0": computeDouble('%', -1.5, 0), "Infinity % 2": computeDouble('%', infinite, 2),
		"Infinity - Infinity": computeDouble('-', infinite, infinite), "log(-1)": ln(-1), "log(-Infinity)": ln(-infinite), "log10(-1)": log10(-1), "log10(-Infinity)": log10(-infinite),
	} {
		if got := math.Float64bits(v); got != made {
			t.Errorf("%s is %#x, not %#x", name, got, made)
		}
	}
	for _, bits := range []uint64{0x7FF8_0000_0000_0000, 0xFFF8_0000_0000_0000} {
		nan := math.Float64frombits(bits)
		for name, v := range map[string]float64{"+ 1": computeDouble('+', nan, 1), "% 2": computeDouble('%', nan, 2), "5 %": computeDouble('%', 5, nan), "exp": exp(nan), "log": ln(nan), "log10": log10(nan)} {
			if got := math.Float64bits(v); got != bits {
				t.Errorf("%s of %#x is %#x", name, bits, got)
			}
		}
	}
}
