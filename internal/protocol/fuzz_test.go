package protocol

import (
	"bytes"
	"errors"
	"testing"

	"helenus/internal/cassandra"
)

// wantClientError fails when what a client sent ends in an error that is not the client's to read.
func wantClientError(t *testing.T, err error) {
	t.Helper()
	var e *cassandra.Error
	if err != nil && !errors.As(err, &e) {
		t.Errorf("%T: %v", err, err)
	}
}

func FuzzHeader(f *testing.F) {
	f.Add(AppendHeader(nil, Header{Version: V4, Opcode: OpQuery, Length: 5}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) < HeaderBytes {
			return
		}
		h, err := ParseHeader(raw)
		wantClientError(t, err)
		if err == nil && !bytes.Equal(AppendHeader(nil, h), raw[:HeaderBytes]) {
			t.Errorf("%+v from % x", h, raw[:HeaderBytes])
		}
	})
}

func FuzzSegment(f *testing.F) {
	for _, compress := range []bool{false, true} {
		f.Add(AppendSegments(nil, bytes.Repeat([]byte("frame"), 100), compress), compress)
	}
	f.Fuzz(func(t *testing.T, raw []byte, compressed bool) {
		s, size, _, err := NextSegment(raw, nil, compressed)
		wantClientError(t, err)
		if size > len(raw) || len(s.Payload) > SegmentPayloadMax {
			t.Errorf("size %d of %d, payload %d", size, len(raw), len(s.Payload))
		}
	})
}

func FuzzSegmentsRoundTrip(f *testing.F) {
	f.Add([]byte("a frame"), true)
	f.Fuzz(func(t *testing.T, payload []byte, compress bool) {
		var got []byte
		for raw := AppendSegments(nil, payload, compress); len(raw) > 0; {
			s, size, _, err := NextSegment(raw, nil, compress)
			if err != nil || size == 0 {
				t.Fatal(size, err)
			}
			got, raw = append(got, s.Payload...), raw[size:]
		}
		if !bytes.Equal(got, payload) {
			t.Errorf("% x came as % x", payload, got)
		}
	})
}

func FuzzDecompress(f *testing.F) {
	f.Add(LZ4.AppendCompressed(nil, bytes.Repeat([]byte("x"), 1000)), true)
	f.Add(Snappy.AppendCompressed(nil, bytes.Repeat([]byte("x"), 1000)), false)
	f.Fuzz(func(t *testing.T, raw []byte, isLZ4 bool) {
		c := Snappy
		if isLZ4 {
			c = LZ4
		}
		plain, err := c.Decompress(raw)
		wantClientError(t, err)
		if len(plain) > len(raw)*compressionRatioMax {
			t.Errorf("%d bytes out of %d", len(plain), len(raw))
		}
	})
}

// FuzzRequest decodes every request body; what decodes is encoded and decoded again to the same bytes.
func FuzzRequest(f *testing.F) {
	for _, v := range versions {
		q := Query{CQL: []byte("SELECT"), Params: params(v)}
		f.Add(byte(OpQuery), byte(v), q.Append(nil, v))
		p := Prepare{CQL: []byte("SELECT"), Keyspace: "ks"}
		f.Add(byte(OpPrepare), byte(v), p.Append(nil, v))
		e := Execute{ID: []byte("id"), MetadataID: []byte("m"), Params: params(v)}
		f.Add(byte(OpExecute), byte(v), e.Append(nil, v))
		b := Batch{Items: []BatchItem{{CQL: []byte("INSERT")}, {ID: []byte("id"), Values: params(v).Values}}, Params: params(v)}
		f.Add(byte(OpBatch), byte(v), b.Append(nil, v))
	}
	f.Add(byte(OpStartup), byte(4), AppendStringMap(nil, map[string]string{"CQL_VERSION": "3.0.0"}))
	f.Add(byte(OpRegister), byte(4), AppendStrings(nil, []string{"SCHEMA_CHANGE"}))
	f.Add(byte(OpAuthResponse), byte(4), AppendBytes(nil, []byte("\x00u\x00p")))
	f.Fuzz(func(t *testing.T, op, version byte, body []byte) {
		v := V3 + Version(version)%3
		again := func(err error, encode func() []byte, decode func([]byte) error) {
			wantClientError(t, err)
			if err != nil {
				return
			}
			first := encode()
			if err := decode(first); err != nil {
				t.Errorf("% x decodes, its encoding % x does not: %v", body, first, err)
			} else if second := encode(); !bytes.Equal(first, second) {
				t.Errorf("% x became % x", first, second)
			}
		}
		switch Opcode(op) {
		case OpQuery:
			var q Query
			again(q.Decode(body, v), func() []byte { return q.Append(nil, v) }, func(b []byte) error { return q.Decode(b, v) })
		case OpPrepare:
			var p Prepare
			again(p.Decode(body, v), func() []byte { return p.Append(nil, v) }, func(b []byte) error { return p.Decode(b, v) })
		case OpExecute:
			var e Execute
			again(e.Decode(body, v), func() []byte { return e.Append(nil, v) }, func(b []byte) error { return e.Decode(b, v) })
		case OpBatch:
			var q Batch
			again(q.Decode(body, v), func() []byte { return q.Append(nil, v) }, func(b []byte) error { return q.Decode(b, v) })
		case OpStartup:
			_, err := ReadStartup(body)
			wantClientError(t, err)
		case OpRegister:
			_, err := ReadRegister(body)
			wantClientError(t, err)
		case OpAuthResponse:
			_, err := ReadToken(body)
			wantClientError(t, err)
		}
	})
}

// FuzzResponse decodes what a server sends: the shell and the tools may be pointed at anything.
func FuzzResponse(f *testing.F) {
	rows, at := AppendRowsHeader(nil, &Metadata{Columns: columns(), PagingState: []byte("next")})
	PatchRowCount(rows, at, 0)
	f.Add(rows[4:], byte(5), false)
	f.Add(AppendPrepared(nil, &Prepared{ID: []byte("id"), Binds: columns(), Result: Metadata{Columns: columns()}}, V5)[4:], byte(5), false)
	f.Add(AppendError(nil, &cassandra.Error{Code: cassandra.CodeUnavailable, Message: "m"}, V5), byte(5), true)
	f.Fuzz(func(t *testing.T, body []byte, version byte, isError bool) {
		v := V3 + Version(version)%3
		if isError {
			_, err := ReadError(body, v)
			wantClientError(t, err)
			return
		}
		NewReader(body).ReadPrepared(v)
		NewReader(body).Metadata()
		NewReader(body).SchemaChange()
	})
}
