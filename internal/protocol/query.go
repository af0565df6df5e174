package protocol

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
