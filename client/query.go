package client

import (
	"context"

	"helenus/internal/cassandra"
	"helenus/internal/protocol"
)

// Value is one bound value: bytes as the type serializes them, null (Bytes nil) or unset; with a name for a named marker.
type Value = protocol.Value

// Params are a request's options. A nil *Params asks for consistency ONE and nothing else.
type Params struct {
	Consistency cassandra.Consistency // zero is ANY
	Serial      cassandra.Consistency // of a lightweight transaction; not sent where it is Any
	Values      []Value
	Named       bool  // values are matched by their names
	PageSize    int32 // rows; 0 asks for all at once
	PagingState []byte
	Timestamp   *int64 // microseconds
	Keyspace    string // v5
	Now         *int32 // seconds since 1970; v5
	// SkipMetadata makes an Execute's answer leave the columns out; the prepared statement's are used.
	SkipMetadata bool
	Tracing      bool
	Payload      map[string][]byte // custom payload; v4 on
}

// One is what nil Params mean.
func One() *Params { return &Params{Consistency: cassandra.One} }

func (p *Params) protocol() protocol.Params {
	q := protocol.Params{
		Consistency: p.Consistency, Serial: p.Serial, Values: p.Values, Named: p.Named, SkipMetadata: p.SkipMetadata,
		PageSize: p.PageSize, PagingState: p.PagingState, Keyspace: p.Keyspace,
	}
	if p.Timestamp != nil {
		q.Timestamp, q.HasTimestamp = *p.Timestamp, true
	}
	if p.Now != nil {
		q.Now, q.HasNow = *p.Now, true
	}
	return q
}

// Query executes a statement. A refusal is a *cassandra.Error.
func (c *Conn) Query(ctx context.Context, statement string, p *Params) (*Result, error) {
	if p == nil {
		p = One()
	}
	q := protocol.Query{CQL: []byte(statement), Params: p.protocol()}
	return c.result(ctx, protocol.OpQuery, p, q.Append(nil, c.version), nil)
}

// result sends a request that is answered with a RESULT; columns are those of rows that come without metadata.
func (c *Conn) result(ctx context.Context, op protocol.Opcode, p *Params, body []byte, columns []Column) (*Result, error) {
	var flags byte
	if p.Tracing {
		flags |= protocol.FlagTracing
	}
	if len(p.Payload) > 0 {
		flags |= protocol.FlagCustomPayload
		body = append(protocol.AppendBytesMap(nil, p.Payload), body...)
	}
	f, err := c.call(ctx, op, flags, body)
	if err != nil {
		return nil, err
	}
	if f.opcode != protocol.OpResult {
		return nil, unexpected(f)
	}
	return readResult(f, c.version, columns)
}
