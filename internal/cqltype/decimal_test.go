package cqltype

import (
	"math/big"
	"math/rand/v2"
	"testing"
)

// The results are Cassandra 5.0.5's.
func TestDecimalArithmetic(t *testing.T) {
	for _, c := range []struct {
		a    string
		op   string
		b    string
		want string
	}{
		{"3.99", "+", "1.0", "4.99"}, {"100", "+", "0.0", "100.0"}, {"1e10", "+", "1.0", "10000000001.0"}, {"3.99", "-", "0.001", "3.989"}, {"0", "+", "0.00", "0.00"},
		{"1e10", "*", "2.0", "2.0E+10"}, {"3.99", "*", "2.5", "9.975"}, {"1E-300", "*", "1.0E-300", "1.0E-600"},
		{"3.99", "/", "3", "1.33"}, {"1", "/", "3", "0.33333333333333333333333333333333"}, {"10", "/", "4", "2.5"}, {"3.99", "/", "0.0001", "3.99E+4"},
		{"1e50", "/", "7", "14285714285714285714285714285714285714285714285714.28571428571428571428571428571429"}, {"1", "/", "1e50", "1E-50"}, {"0.00", "/", "5", "0"},
		{"100", "/", "10", "1E+1"}, {"1e-40", "/", "3", "3.3333333333333333333333333333333E-41"}, {"123456789.123", "/", "1e-40", "1.23456789123E+48"},
		{"5.5", "%", "2", "1.5"}, {"-5.5", "%", "2.0", "-1.5"}, {"5", "%", "0.3", "0.2"}, {"3.99", "%", "2.0", "1.99"},
		{"1", "/", "0", "BigInteger divide by zero"}, {"1", "%", "0", "Division by zero"},
		{"1e2000000000", "/", "1", "the numbers are too far apart"}, {"1e2000000000", "*", "1e2000000000", "Overflow"},
	} {
		a, err := ParseDecimal(c.a)
		if err != nil {
			t.Fatal(err)
		}
		b, err := ParseDecimal(c.b)
		if err != nil {
			t.Fatal(err)
		}
		var got DecimalValue
		switch c.op {
		case "+":
			got, err = a.Add(b)
		case "-":
			got, err = a.Add(b.Neg())
		case "*":
			got, err = a.Mul(b)
		case "/":
			got, err = a.Quo(b)
		case "%":
			got, err = a.Rem(b)
		}
		text := got.stringOr(err)
		if text != c.want {
			t.Errorf("%s %s %s = %s, want %s", c.a, c.op, c.b, text, c.want)
		}
	}
}

func (d DecimalValue) stringOr(err error) string {
	if err != nil {
		return err.Error()
	}
	return d.String()
}

func TestDecimalRound(t *testing.T) {
	for text, want := range map[string]string{"2.45": "2", "-2.5": "-3", "1e3": "1000", "0.4": "0", "0.5": "1", "1e-2000000000": "0", "1e2000000000": "Overflow"} {
		d, err := ParseDecimal(text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.Round()
		if got.stringOr(err) != want {
			t.Errorf("round(%s) = %s, want %s", text, got.stringOr(err), want)
		}
	}
	d, err := ParseDecimal("3.305")
	if err != nil {
		t.Fatal(err)
	}
	if got := d.QuoInt(2).String(); got != "1.652" {
		t.Errorf("3.305 over 2 is %s", got)
	}
}

// A sum of numbers far apart costs no more than its 10,000 digits.
func TestDecimalSumIsBounded(t *testing.T) {
	big1, err := ParseDecimal("1e2000000000")
	if err != nil {
		t.Fatal(err)
	}
	one, err := ParseDecimal("1")
	if err != nil {
		t.Fatal(err)
	}
	sum, err := big1.Add(one)
	if err != nil || sum.Cmp(big1) != 0 || len(sum.Unscaled.String()) > decimalDigitsMax+4 {
		t.Errorf("%d digits, %v", len(sum.Unscaled.String()), err)
	}
}

// compareDecimal's 64-bit arithmetic agrees with comparing the same numbers as text.
func TestCompareDecimalAgrees(t *testing.T) {
	const seed = 7
	r := rand.New(rand.NewPCG(seed, seed))
	random := func() DecimalValue {
		return DecimalValue{big.NewInt((r.Int64() - r.Int64()) >> r.IntN(63)), int32(r.IntN(44) - 22)}
	}
	for range 20_000 {
		a, b := random(), random()
		got := Decimal.Compare(AppendDecimal(nil, a), AppendDecimal(nil, b))
		if want := a.Cmp(b); got != want {
			t.Fatalf("seed %d: %s against %s is %d, want %d", seed, a, b, got, want)
		}
	}
}
