package system

import (
	"encoding/binary"
	"maps"
	"math"
	"net/netip"
	"slices"
	"time"

	"github.com/google/uuid"

	"helenus/internal/cqltype"
)

// Values as they travel. An invalid address is null.

func text(s string) []byte { return []byte(s) }

func integer[N ~int | ~int32](n N) []byte { return binary.BigEndian.AppendUint32(nil, uint32(n)) }

func bigint(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

func double(f float64) []byte { return binary.BigEndian.AppendUint64(nil, math.Float64bits(f)) }

func float(f float32) []byte { return binary.BigEndian.AppendUint32(nil, math.Float32bits(f)) }

func boolean(b bool) []byte {
	if b {
		return []byte{1}
	}
	return []byte{0}
}

func uuidValue(id uuid.UUID) []byte { return id[:] }

func inet(a netip.Addr) []byte {
	if !a.IsValid() {
		return nil
	}
	return a.Unmap().AsSlice()
}

func timestamp(t time.Time) []byte { return bigint(t.UnixMilli()) }

var (
	textList = cqltype.ListOf(cqltype.Text, true)
	textMap  = cqltype.MapOf(cqltype.Text, cqltype.Text, true)
)

func texts(all ...string) []byte {
	elems := make([][]byte, len(all))
	for i, s := range all {
		elems[i] = []byte(s)
	}
	return textList.Join(elems)
}

// textSet is a set<text>: sorted, without duplicates.
func textSet(all []string) []byte {
	return texts(slices.Compact(slices.Sorted(slices.Values(all)))...)
}

func textTextMap(m map[string]string) []byte {
	elems := make([][]byte, 0, 2*len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		elems = append(elems, []byte(name), []byte(m[name]))
	}
	return textMap.Join(elems)
}

func textBlobMap(m map[string][]byte) []byte {
	elems := make([][]byte, 0, 2*len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		elems = append(elems, []byte(name), m[name])
	}
	return textMap.Join(elems)
}
