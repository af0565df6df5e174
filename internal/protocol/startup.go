package protocol

// ReadStartup reads the options of a STARTUP.
func ReadStartup(body []byte) (map[string]string, error) {
	r := Reader{raw: body}
	m := r.StringMap()
	return m, r.Err()
}

// ReadToken reads the token of an AUTH_RESPONSE.
func ReadToken(body []byte) ([]byte, error) {
	r := Reader{raw: body}
	t := r.Bytes()
	return t, r.Err()
}
