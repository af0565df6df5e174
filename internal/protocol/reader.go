package protocol

import (
	"encoding/binary"
	"net/netip"

	"helenus/internal/cassandra"
)

// Reader takes the specification's notations off the front of a body. It remembers failure, so that a decoder reads to its end and
// asks Err once. What it returns aliases the body.
type Reader struct {
	raw []byte
	err error
}

// NewReader returns a reader of body.
func NewReader(body []byte) *Reader { return &Reader{raw: body} }

// Err returns the first failure: a protocol error that says that the body ends early.
func (r *Reader) Err() error { return r.err }

// Left returns the number of bytes not read yet.
func (r *Reader) Left() int { return len(r.raw) }

func (r *Reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = cassandra.Protocolf(format, args...)
	}
	r.raw = nil
}

func (r *Reader) take(n int) []byte {
	if n < 0 || n > len(r.raw) {
		r.fail("Body ends early: %d bytes wanted, %d left", n, len(r.raw))
		return nil
	}
	b := r.raw[:n:n]
	r.raw = r.raw[n:]
	return b
}

// Byte reads a [byte].
func (r *Reader) Byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

// Short reads a [short].
func (r *Reader) Short() uint16 {
	if b := r.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

// Int reads an [int].
func (r *Reader) Int() int32 {
	if b := r.take(4); b != nil {
		return int32(binary.BigEndian.Uint32(b))
	}
	return 0
}

// Long reads a [long].
func (r *Reader) Long() int64 {
	if b := r.take(8); b != nil {
		return int64(binary.BigEndian.Uint64(b))
	}
	return 0
}

// StringBytes reads a [string] without copying it.
func (r *Reader) StringBytes() []byte { return r.take(int(r.Short())) }

// String reads a [string].
func (r *Reader) String() string { return string(r.StringBytes()) }

// LongString reads a [long string] without copying it.
func (r *Reader) LongString() []byte { return r.take(int(r.Int())) }

// ShortBytes reads [short bytes].
func (r *Reader) ShortBytes() []byte { return r.take(int(r.Short())) }

// Bytes reads [bytes]; nil for a negative length.
func (r *Reader) Bytes() []byte {
	n := r.Int()
	if n < 0 {
		return nil
	}
	return r.take(int(n))
}

// Count reads a [short] that says how many things of at least size bytes follow.
func (r *Reader) Count(size int) int {
	n := int(r.Short())
	if n*size > len(r.raw) {
		r.fail("Body ends early: %d elements announced, %d bytes left", n, len(r.raw))
		return 0
	}
	return n
}

// Strings reads a [string list].
func (r *Reader) Strings() []string {
	all := make([]string, r.Count(2))
	for i := range all {
		all[i] = r.String()
	}
	return all
}

// StringMap reads a [string map].
func (r *Reader) StringMap() map[string]string {
	n := r.Count(4)
	m := make(map[string]string, n)
	for range n {
		k := r.String()
		m[k] = r.String()
	}
	return m
}

// StringMultimap reads a [string multimap].
func (r *Reader) StringMultimap() map[string][]string {
	n := r.Count(4)
	m := make(map[string][]string, n)
	for range n {
		k := r.String()
		m[k] = r.Strings()
	}
	return m
}

// BytesMap reads a [bytes map].
func (r *Reader) BytesMap() map[string][]byte {
	n := r.Count(6)
	m := make(map[string][]byte, n)
	for range n {
		k := r.String()
		m[k] = r.Bytes()
	}
	return m
}

// UUID reads a [uuid].
func (r *Reader) UUID() (u [16]byte) {
	copy(u[:], r.take(16))
	return u
}

// Consistency reads a [consistency].
func (r *Reader) Consistency() cassandra.Consistency {
	c := cassandra.Consistency(r.Short())
	if r.err == nil && !c.Valid() {
		r.fail("Unknown consistency level %d", uint16(c))
	}
	return c
}

// Inet reads an [inet]: an address and a port.
func (r *Reader) Inet() netip.AddrPort {
	a, ok := netip.AddrFromSlice(r.take(int(r.Byte())))
	if !ok && r.err == nil {
		r.fail("Malformed address")
	}
	return netip.AddrPortFrom(a, uint16(r.Int()))
}
