package protocol

import (
	"encoding/binary"

	"helenus/internal/cassandra"
)

// BatchKind is the type byte of a BATCH.
type BatchKind byte

const (
	BatchLogged   BatchKind = 0
	BatchUnlogged BatchKind = 1
	BatchCounter  BatchKind = 2
)

// BatchItem is one statement of a BATCH: CQL, or the ID of a prepared statement.
type BatchItem struct {
	CQL    []byte
	ID     []byte
	Values []Value
}

// Batch is a BATCH request.
type Batch struct {
	Kind  BatchKind
	Items []BatchItem
	Params
}

// Decode reads the body of a BATCH.
func (b *Batch) Decode(body []byte, version Version) error {
	r := Reader{raw: body}
	b.Kind = BatchKind(r.Byte())
	if b.Kind > BatchCounter {
		r.fail("Invalid batch type %d", b.Kind)
	}
	n := r.Count(5)
	b.Items = make([]BatchItem, 0, n)
	for range n {
		var item BatchItem
		switch kind := r.Byte(); kind {
		case 0:
			item.CQL = r.LongString()
		case 1:
			item.ID = r.ShortBytes()
		default:
			r.fail("Invalid query kind in BATCH messages. Must be 0 or 1 but got %d", kind)
		}
		item.Values = r.values(nil, version, false)
		if r.err != nil {
			return r.err
		}
		b.Items = append(b.Items, item)
	}
	b.Params = Params{Serial: cassandra.Serial, Consistency: r.Consistency()}
	flags := r.flags(version)
	if flags&paramNamed != 0 {
		r.fail("Named values are not supported in BATCH messages")
	}
	r.tail(&b.Params, flags, version)
	return r.Err()
}

// Append appends the body of a BATCH.
func (b *Batch) Append(dst []byte, version Version) []byte {
	dst = append(dst, byte(b.Kind))
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(b.Items)))
	for i := range b.Items {
		item := &b.Items[i]
		if item.ID != nil {
			dst = AppendShortBytes(append(dst, 1), item.ID)
		} else {
			dst = AppendLongString(append(dst, 0), string(item.CQL))
		}
		dst = appendValues(dst, item.Values, false)
	}
	return appendParams(dst, &b.Params, version, true)
}
