package protocol

import (
	"encoding/binary"
	"net/netip"
	"unicode/utf8"
)

// AppendString appends a [string]; what does not fit its length is cut off at a character.
func AppendString(dst []byte, s string) []byte {
	s = cut(s)
	return append(binary.BigEndian.AppendUint16(dst, uint16(len(s))), s...)
}

// stringBytesMax is what a [string] holds.
const stringBytesMax = 1<<16 - 1

func cut(s string) string {
	if len(s) <= stringBytesMax {
		return s
	}
	n := stringBytesMax
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// AppendLongString appends a [long string].
func AppendLongString(dst []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint32(dst, uint32(len(s))), s...)
}

// AppendShortBytes appends [short bytes].
func AppendShortBytes(dst, b []byte) []byte {
	return append(binary.BigEndian.AppendUint16(dst, uint16(len(b))), b...)
}

// AppendBytes appends [bytes]; nil is null.
func AppendBytes(dst, b []byte) []byte {
	if b == nil {
		return append(dst, 0xFF, 0xFF, 0xFF, 0xFF)
	}
	return append(binary.BigEndian.AppendUint32(dst, uint32(len(b))), b...)
}

// AppendStrings appends a [string list].
func AppendStrings(dst []byte, all []string) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(all)))
	for _, s := range all {
		dst = AppendString(dst, s)
	}
	return dst
}

// AppendStringMap appends a [string map].
func AppendStringMap(dst []byte, m map[string]string) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(m)))
	for k, v := range m {
		dst = AppendString(AppendString(dst, k), v)
	}
	return dst
}

// AppendStringMultimap appends a [string multimap].
func AppendStringMultimap(dst []byte, m map[string][]string) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(m)))
	for k, v := range m {
		dst = AppendStrings(AppendString(dst, k), v)
	}
	return dst
}

// AppendBytesMap appends a [bytes map].
func AppendBytesMap(dst []byte, m map[string][]byte) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(m)))
	for k, v := range m {
		dst = AppendBytes(AppendString(dst, k), v)
	}
	return dst
}

// AppendInet appends an [inet].
func AppendInet(dst []byte, a netip.AddrPort) []byte {
	b := a.Addr().AsSlice()
	dst = append(append(dst, byte(len(b))), b...)
	return binary.BigEndian.AppendUint32(dst, uint32(a.Port()))
}
