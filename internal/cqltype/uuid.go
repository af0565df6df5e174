package cqltype

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// gregorianTicks is 1970-01-01 in ticks of 100 ns since 1582-10-15, where the time of version 1 UUIDs begins.
const gregorianTicks = 0x01B21DD213814000

// UUIDTime returns the milliseconds since 1970 that a version 1 UUID of 16 bytes holds: whole microseconds, rounded towards 1970.
// Source: Cassandra 5.0, UUIDGen and TimeUUID.
func UUIDTime(raw []byte) int64 { return (uuidTicks(raw)/10 - gregorianTicks/10) / 1_000 }

// AppendTimeUUID appends a version 1 UUID of the given time, in ticks of 100 ns since 1970, and its last eight bytes: clock
// sequence with the variant bits, and node.
func AppendTimeUUID(dst []byte, ticks int64, clockAndNode uint64) []byte {
	t := uint64(ticks + gregorianTicks)
	dst = binary.BigEndian.AppendUint32(dst, uint32(t))
	dst = binary.BigEndian.AppendUint16(dst, uint16(t>>32))
	dst = binary.BigEndian.AppendUint16(dst, uint16(t>>48)&0x0FFF|0x1000)
	return binary.BigEndian.AppendUint64(dst, clockAndNode)
}

func uuidTicks(raw []byte) int64 {
	low := int64(binary.BigEndian.Uint32(raw))
	mid := int64(binary.BigEndian.Uint16(raw[4:]))
	high := int64(binary.BigEndian.Uint16(raw[6:]) & 0x0FFF)
	return high<<48 | mid<<32 | low
}

func (t *Type) parseUUID(text string) ([]byte, error) {
	if len(text) == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-' {
		raw, err := hex.DecodeString(text[:8] + text[9:13] + text[14:18] + text[19:23] + text[24:])
		if err == nil && t.Kind == KindTimeUUID && raw[6]>>4 != 1 {
			return nil, fmt.Errorf("TimeUUID supports only version 1 UUIDs")
		}
		if err == nil {
			return raw, nil
		}
	}
	if t.Kind == KindTimeUUID {
		return nil, fmt.Errorf("Unknown timeuuid representation: %s", text)
	}
	return nil, fmt.Errorf("Unable to make UUID from '%s'", text)
}

func appendUUIDText(dst, raw []byte) []byte {
	for i, b := range raw {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, []byte{b})
	}
	return dst
}

// compareTimeUUID orders by time, then by the remaining bytes as signed ones.
// Source: Cassandra 5.0, TimeUUIDType.compareCustom.
func compareTimeUUID(a, b []byte) int {
	if len(a) != 16 || len(b) != 16 {
		return bytes.Compare(a, b)
	}
	if c := cmp.Compare(uuidTicks(a), uuidTicks(b)); c != 0 {
		return c
	}
	for i := 8; i < 16; i++ {
		if c := cmp.Compare(int8(a[i]), int8(b[i])); c != 0 {
			return c
		}
	}
	return 0
}

// compareUUID orders by version first, version 1 by time, the others by their bytes.
// Source: Cassandra 5.0, UUIDType.compareCustom.
func compareUUID(a, b []byte) int {
	if len(a) != 16 || len(b) != 16 {
		return bytes.Compare(a, b)
	}
	if c := cmp.Compare(a[6]>>4, b[6]>>4); c != 0 {
		return c
	}
	if a[6]>>4 == 1 {
		if c := cmp.Compare(uuidTicks(a), uuidTicks(b)); c != 0 {
			return c
		}
	}
	return bytes.Compare(a, b)
}
