package key

import (
	"encoding/binary"
	"math"
	"math/big"

	"helenus/internal/cqltype"
)

// Order-preserving forms, a type each:
//
//	integers, timestamp, time     big-endian with the sign bit flipped
//	float, double                 IEEE bits, all flipped when negative, else the sign bit
//	date, boolean                 as they are
//	text, ascii, blob, inet       bytes with 00 written as 00 FF, then 00 01
//	varint                        sign (00 01 02), length of the magnitude (4 bytes), magnitude; inverted when negative
//	decimal                       sign, exponent of the first digit (8 bytes), digits, 00; inverted when negative; then the scale
//	uuid                          version, time when version 1, the 16 bytes
//	timeuuid                      time, the last 8 bytes with their sign bits flipped
//	list, set, map, vector        for each element 02 and its form, then 01
//	tuple, UDT                    for each field up to the last that is not null 02 and its form, or 01 for null; then 00. So a
//	                              value stays the same when its type gets another field
const (
	elemEnd  = 0x01
	elemNext = 0x02
	elemZero = 0x01
)

func appendOrdered(dst []byte, t *cqltype.Type, v []byte, exact bool) []byte {
	switch t.Kind {
	case cqltype.KindInt, cqltype.KindBigint, cqltype.KindSmallint, cqltype.KindTinyint, cqltype.KindTimestamp, cqltype.KindTime, cqltype.KindCounter:
		dst = append(dst, v[0]^0x80)
		return append(dst, v[1:]...)
	case cqltype.KindFloat, cqltype.KindDouble:
		at := len(dst)
		if isNaN(v) {
			v = quietNaN(len(v)) // every NaN is equal and behind all numbers, as in Java
		}
		dst = append(dst, v...)
		if dst[at]&0x80 != 0 {
			invert(dst[at:])
		} else {
			dst[at] ^= 0x80
		}
		return dst
	case cqltype.KindDate, cqltype.KindBoolean:
		return append(dst, v...)
	case cqltype.KindVarint:
		return appendVarint(dst, cqltype.BigInt(v))
	case cqltype.KindDecimal:
		return appendDecimal(dst, v, exact)
	case cqltype.KindUUID:
		dst = append(dst, v[6]>>4)
		if v[6]>>4 == 1 {
			dst = append(dst, timeBytes(v)...)
		}
		return append(dst, v...)
	case cqltype.KindTimeUUID:
		dst = append(dst, timeBytes(v)...)
		for _, b := range v[8:] {
			dst = append(dst, b^0x80)
		}
		return dst
	case cqltype.KindList, cqltype.KindSet, cqltype.KindMap, cqltype.KindVector:
		elems, err := t.Elements(v)
		if err != nil {
			return appendEscaped(dst, v)
		}
		for i, e := range elems {
			of := t.Elems[0]
			if t.Kind == cqltype.KindMap {
				of = t.Elems[i%2]
			}
			dst = appendComponent(append(dst, elemNext), of, false, e, true)
		}
		return append(dst, elemEnd)
	case cqltype.KindTuple, cqltype.KindUDT:
		fields, err := t.Fields(v)
		if err != nil {
			return appendEscaped(dst, v)
		}
		for len(fields) > 0 && fields[len(fields)-1] == nil {
			fields = fields[:len(fields)-1]
		}
		for i, f := range fields {
			if f == nil {
				dst = append(dst, elemEnd)
			} else {
				dst = appendComponent(append(dst, elemNext), t.Elems[i], false, f, true)
			}
		}
		return append(dst, 0)
	}
	return appendEscaped(dst, v)
}

// isNaN tells a float or double that is not a number.
func isNaN(v []byte) bool {
	if len(v) == 4 {
		return math.IsNaN(float64(math.Float32frombits(binary.BigEndian.Uint32(v))))
	}
	return math.IsNaN(math.Float64frombits(binary.BigEndian.Uint64(v)))
}

// quietNaN are the bytes that stand for every NaN of a size.
func quietNaN(size int) []byte {
	if size == 4 {
		return []byte{0x7F, 0xC0, 0, 0}
	}
	return []byte{0x7F, 0xF8, 0, 0, 0, 0, 0, 0}
}

func appendEscaped(dst, v []byte) []byte {
	for _, b := range v {
		dst = append(dst, b)
		if b == 0 {
			dst = append(dst, 0xFF)
		}
	}
	return append(dst, 0, 1)
}

// timeBytes is a version 1 UUID's time, most significant byte first.
func timeBytes(v []byte) []byte {
	return []byte{v[6] & 0x0F, v[7], v[4], v[5], v[0], v[1], v[2], v[3]}
}

func appendVarint(dst []byte, n *big.Int) []byte {
	if n.Sign() == 0 {
		return append(dst, elemZero)
	}
	at := len(dst)
	m := n.Bytes()
	dst = append(dst, 2)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(m)))
	dst = append(dst, m...)
	if n.Sign() < 0 {
		invert(dst[at:])
		dst[at] = 0
	}
	return dst
}

func appendDecimal(dst, v []byte, exact bool) []byte {
	d, err := cqltype.DecimalOf(v)
	if err != nil {
		return appendEscaped(dst, v)
	}
	at := len(dst)
	if d.Unscaled.Sign() == 0 {
		dst = append(dst, elemZero)
	} else {
		digits := new(big.Int).Abs(d.Unscaled).String()
		dst = append(dst, 2)
		dst = binary.BigEndian.AppendUint64(dst, uint64(int64(len(digits))-int64(d.Scale))^1<<63)
		end := len(digits)
		for end > 1 && digits[end-1] == '0' {
			end--
		}
		dst = append(append(dst, digits[:end]...), 0)
		if d.Unscaled.Sign() < 0 {
			invert(dst[at:])
			dst[at] = 0
		}
	}
	if exact {
		// never begins with FF: a scale is far from that large
		dst = append(dst, elemNext)
		dst = binary.BigEndian.AppendUint32(dst, uint32(d.Scale))
	}
	return dst
}

// decoder reads bytes that may be inverted; it remembers failure instead of returning it at every step.
type decoder struct {
	raw    []byte
	at     int
	mask   byte
	failed bool
}

func (d *decoder) byte() byte {
	if d.at >= len(d.raw) {
		d.failed = true
		return 0
	}
	d.at++
	return d.raw[d.at-1] ^ d.mask
}

func (d *decoder) take(dst []byte, n int) []byte {
	if n < 0 || n > len(d.raw)-d.at {
		d.failed = true
		return dst
	}
	for _, b := range d.raw[d.at : d.at+n] {
		dst = append(dst, b^d.mask)
	}
	d.at += n
	return dst
}

var fixedWidth = map[cqltype.Kind]int{
	cqltype.KindInt: 4, cqltype.KindBigint: 8, cqltype.KindSmallint: 2, cqltype.KindTinyint: 1, cqltype.KindTimestamp: 8, cqltype.KindTime: 8, cqltype.KindCounter: 8,
}

func (d *decoder) ordered(dst []byte, t *cqltype.Type) []byte {
	switch t.Kind {
	case cqltype.KindInt, cqltype.KindBigint, cqltype.KindSmallint, cqltype.KindTinyint, cqltype.KindTimestamp, cqltype.KindTime, cqltype.KindCounter:
		at := len(dst)
		if dst = d.take(dst, fixedWidth[t.Kind]); !d.failed {
			dst[at] ^= 0x80
		}
		return dst
	case cqltype.KindFloat, cqltype.KindDouble:
		at := len(dst)
		if dst = d.take(dst, t.FixedSize()); d.failed {
			return dst
		}
		if dst[at]&0x80 == 0 {
			invert(dst[at:])
		} else {
			dst[at] ^= 0x80
		}
		return dst
	case cqltype.KindDate:
		return d.take(dst, 4)
	case cqltype.KindBoolean:
		return d.take(dst, 1)
	case cqltype.KindVarint:
		return d.varint(dst)
	case cqltype.KindDecimal:
		return d.decimal(dst)
	case cqltype.KindUUID:
		if d.byte() == 1 {
			d.take(nil, 8)
		}
		return d.take(dst, 16)
	case cqltype.KindTimeUUID:
		t := d.take(make([]byte, 0, 16), 16)
		if d.failed {
			return dst
		}
		dst = append(dst, t[4], t[5], t[6], t[7], t[2], t[3], t[0]|0x10, t[1])
		for _, b := range t[8:] {
			dst = append(dst, b^0x80)
		}
		return dst
	case cqltype.KindList, cqltype.KindSet, cqltype.KindMap, cqltype.KindVector:
		var elems [][]byte
		for i := 0; d.byte() == elemNext && !d.failed; i++ {
			of := t.Elems[0]
			if t.Kind == cqltype.KindMap {
				of = t.Elems[i%2]
			}
			elems = append(elems, d.component(of))
		}
		return append(dst, t.Join(elems)...)
	case cqltype.KindTuple, cqltype.KindUDT:
		fields := make([][]byte, len(t.Elems))
		for i := 0; !d.failed; i++ {
			mark := d.byte()
			if mark == 0 {
				break
			}
			if i == len(fields) {
				d.failed = true
			} else if mark == elemNext {
				fields[i] = d.component(t.Elems[i])
			}
		}
		return append(dst, t.Join(fields)...)
	}
	return d.escaped(dst)
}

func (d *decoder) component(t *cqltype.Type) []byte {
	if d.byte() != markValue {
		return []byte{}
	}
	return d.ordered([]byte{}, t)
}

func (d *decoder) escaped(dst []byte) []byte {
	if dst == nil {
		dst = []byte{}
	}
	for !d.failed {
		b := d.byte()
		if b == 0 && d.byte() != 0xFF {
			return dst
		}
		dst = append(dst, b)
	}
	return dst
}

// signed reads a sign and turns the mask over for a negative number's magnitude.
func (d *decoder) signed() (sign int) {
	switch d.byte() {
	case 0:
		d.mask ^= 0xFF
		return -1
	case 2:
		return 1
	}
	return 0
}

func (d *decoder) varint(dst []byte) []byte {
	mask := d.mask
	sign := d.signed()
	n := new(big.Int)
	if sign != 0 {
		if size := d.take(nil, 4); !d.failed {
			n.SetBytes(d.take(nil, int(binary.BigEndian.Uint32(size))))
		}
	}
	d.mask = mask
	if sign < 0 {
		n.Neg(n)
	}
	return cqltype.AppendVarint(dst, n)
}

func (d *decoder) decimal(dst []byte) []byte {
	mask := d.mask
	sign := d.signed()
	digits := []byte("0")
	exponent := int64(1)
	if sign != 0 {
		if e := d.take(nil, 8); !d.failed {
			exponent = int64(binary.BigEndian.Uint64(e) ^ 1<<63)
		}
		digits = digits[:0]
		for b := d.byte(); b != 0 && !d.failed; b = d.byte() {
			digits = append(digits, b)
		}
	}
	d.mask = mask
	d.byte()
	scale := d.take(nil, 4)
	if d.failed {
		return dst
	}
	s := int32(binary.BigEndian.Uint32(scale))
	// digits lost their trailing zeros: the scale says how many there were
	if zeros := exponent + int64(s) - int64(len(digits)); sign != 0 && zeros > 0 && zeros < PartitionKeyBytesMax {
		for range zeros {
			digits = append(digits, '0')
		}
	}
	n, ok := new(big.Int).SetString(string(digits), 10)
	if !ok {
		d.failed = true
		return dst
	}
	if sign < 0 {
		n.Neg(n)
	}
	return cqltype.AppendDecimal(dst, cqltype.DecimalValue{Unscaled: n, Scale: s})
}
