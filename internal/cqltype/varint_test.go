package cqltype

import (
	"math/big"
	"testing"
)

func FuzzVarint(f *testing.F) {
	f.Add([]byte{0xFF, 0x7F})
	f.Add([]byte{0x80})
	f.Fuzz(func(t *testing.T, raw []byte) {
		n := BigInt(raw)
		if back := BigInt(AppendVarint(nil, n)); back.Cmp(n) != 0 {
			t.Errorf("%s comes back as %s", n, back)
		}
		if len(raw) > 1 {
			a, b := raw[:len(raw)/2], raw[len(raw)/2:]
			if got, want := Varint.Compare(a, b), BigInt(a).Cmp(BigInt(b)); got != want {
				t.Errorf("%s against %s is %d, want %d", BigInt(a), BigInt(b), got, want)
			}
		}
		v := new(big.Int).Abs(n).Uint64()
		if got, rest, err := ReadUnsignedVint(AppendUnsignedVint(nil, v)); err != nil || got != v || len(rest) > 0 {
			t.Errorf("%d comes back as %d, %v", v, got, err)
		}
		if got, rest, err := readVint(appendVint(nil, int64(v))); err != nil || got != int64(v) || len(rest) > 0 {
			t.Errorf("%d comes back as %d, %v", int64(v), got, err)
		}
	})
}
