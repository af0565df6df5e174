package protocol

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
