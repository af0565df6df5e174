package protocol

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
