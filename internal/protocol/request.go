package protocol

import (
	"encoding/binary"

	"helenus/internal/cassandra"
)

// Query is a QUERY request.
type Query struct {
	CQL []byte // aliases the frame
	Params
}

// Decode reads the body of a QUERY into q, reusing its Values.
func (q *Query) Decode(body []byte, version Version) error {
	r := Reader{raw: body}
	q.CQL = r.LongString()
	r.params(&q.Params, version)
	return r.Err()
}

// Append appends the body of a QUERY.
func (q *Query) Append(dst []byte, version Version) []byte {
	return appendParams(AppendLongString(dst, string(q.CQL)), &q.Params, version, false)
}

// Prepare is a PREPARE request.
type Prepare struct {
	CQL      []byte
	Keyspace string // v5
}

// Decode reads the body of a PREPARE.
func (p *Prepare) Decode(body []byte, version Version) error {
	r := Reader{raw: body}
	p.CQL, p.Keyspace = r.LongString(), ""
	if version >= V5 && r.Int()&1 != 0 {
		p.Keyspace = r.String()
	}
	return r.Err()
}

// Append appends the body of a PREPARE.
func (p *Prepare) Append(dst []byte, version Version) []byte {
	dst = AppendLongString(dst, string(p.CQL))
	if version < V5 {
		return dst
	}
	if p.Keyspace == "" {
		return append(dst, 0, 0, 0, 0)
	}
	return AppendString(append(dst, 0, 0, 0, 1), p.Keyspace)
}

// Execute is an EXECUTE request.
type Execute struct {
	ID         []byte // aliases the frame
	MetadataID []byte // v5: of the result metadata that the client has
	Params
}

// Decode reads the body of an EXECUTE into e, reusing its Values.
func (e *Execute) Decode(body []byte, version Version) error {
	r := Reader{raw: body}
	e.ID, e.MetadataID = r.ShortBytes(), nil
	if version >= V5 {
		e.MetadataID = r.ShortBytes()
	}
	r.params(&e.Params, version)
	return r.Err()
}

// Append appends the body of an EXECUTE.
func (e *Execute) Append(dst []byte, version Version) []byte {
	dst = AppendShortBytes(dst, e.ID)
	if version >= V5 {
		dst = AppendShortBytes(dst, e.MetadataID)
	}
	return appendParams(dst, &e.Params, version, false)
}

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

// ReadStartup reads the options of a STARTUP.
func ReadStartup(body []byte) (map[string]string, error) {
	r := Reader{raw: body}
	m := r.StringMap()
	return m, r.Err()
}

// ReadRegister reads the event types of a REGISTER.
func ReadRegister(body []byte) ([]string, error) {
	r := Reader{raw: body}
	all := r.Strings()
	for _, e := range all {
		switch e {
		case "TOPOLOGY_CHANGE", "STATUS_CHANGE", "SCHEMA_CHANGE":
		default:
			r.fail("Invalid value '%s' for Type", e)
		}
	}
	return all, r.Err()
}

// ReadToken reads the token of an AUTH_RESPONSE.
func ReadToken(body []byte) ([]byte, error) {
	r := Reader{raw: body}
	t := r.Bytes()
	return t, r.Err()
}
