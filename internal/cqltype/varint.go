package cqltype

import (
	"bytes"
	"cmp"
	"fmt"
	"math/big"
)

// numberBytesMax bounds the varints and decimals that are turned into decimal digits or computed with: the work grows faster than
// their length, and a client may send hundreds of megabytes. Longer ones are stored, compared and returned all the same.
const numberBytesMax = 64 << 10

// BigInt reads a varint: a two's complement big-endian integer of any length.
func BigInt(raw []byte) *big.Int {
	n := new(big.Int).SetBytes(raw)
	if len(raw) > 0 && raw[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(len(raw))*8))
	}
	return n
}

// AppendVarint appends the shortest two's complement form.
func AppendVarint(dst []byte, v *big.Int) []byte {
	if v.Sign() >= 0 {
		b := v.Bytes()
		if len(b) == 0 || b[0]&0x80 != 0 {
			dst = append(dst, 0)
		}
		return append(dst, b...)
	}
	n := uint(new(big.Int).Not(v).BitLen()/8+1) * 8
	return append(dst, new(big.Int).Add(v, new(big.Int).Lsh(big.NewInt(1), n)).Bytes()...)
}

// ParseVarint reads decimal digits with an optional sign.
func ParseVarint(text string) (*big.Int, error) {
	if n, ok := new(big.Int).SetString(text, 10); ok && isDecimalInteger(text) && len(text) <= numberBytesMax {
		return n, nil
	}
	return nil, fmt.Errorf("unable to make int from '%s'", text)
}

// isDecimalInteger excludes the underscores that big.Int would take.
func isDecimalInteger(text string) bool {
	for i := 0; i < len(text); i++ {
		if c := text[i]; (c < '0' || c > '9') && (i > 0 || c != '-' && c != '+') {
			return false
		}
	}
	return text != ""
}

// compareVarint compares without building numbers: by sign, then by length and bytes of the shortest forms.
func compareVarint(a, b []byte) int {
	a, b = shortestVarint(a), shortestVarint(b)
	negative := a[0]&0x80 != 0
	if other := b[0]&0x80 != 0; negative != other {
		return b2i(other) - b2i(negative)
	}
	if len(a) != len(b) {
		if negative {
			return cmp.Compare(len(b), len(a))
		}
		return cmp.Compare(len(a), len(b))
	}
	return bytes.Compare(a, b)
}

// shortestVarint drops leading bytes that only repeat the sign.
func shortestVarint(raw []byte) []byte {
	for len(raw) > 1 && (raw[0] == 0 && raw[1]&0x80 == 0 || raw[0] == 0xFF && raw[1]&0x80 != 0) {
		raw = raw[1:]
	}
	return raw
}
