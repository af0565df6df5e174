package client

import (
	"context"
	"errors"
	"sync/atomic"

	"helenus/internal/cassandra"
	"helenus/internal/protocol"
)

// Statement is a prepared statement. It may be executed by many goroutines.
type Statement struct {
	CQL      string
	Keyspace string
	prepared atomic.Pointer[protocol.Prepared]
	warnings []string
}

// Warnings came with the first answer to PREPARE.
func (s *Statement) Warnings() []string { return s.warnings }

// ID is what the server knows the statement by.
func (s *Statement) ID() []byte { return s.prepared.Load().ID }

// Binds are the markers' names and types.
func (s *Statement) Binds() []Column { return s.prepared.Load().Binds }

// PartitionKey are the indexes of the binds that make up the partition key; empty when some of it is not bound, or in v3.
func (s *Statement) PartitionKey() []uint16 { return s.prepared.Load().PartitionKey }

// Columns are those of the rows that it returns; none for a statement that returns no rows.
func (s *Statement) Columns() []Column { return s.prepared.Load().Result.Columns }

// Prepare prepares a statement. keyspace may be empty; before v5 it has to be.
func (c *Conn) Prepare(ctx context.Context, statement, keyspace string) (*Statement, error) {
	s := &Statement{CQL: statement, Keyspace: keyspace}
	var err error
	s.warnings, err = c.prepare(ctx, s)
	return s, err
}

// prepare returns the server's warnings.
func (c *Conn) prepare(ctx context.Context, s *Statement) ([]string, error) {
	q := protocol.Prepare{CQL: []byte(s.CQL), Keyspace: s.Keyspace}
	f, err := c.call(ctx, protocol.OpPrepare, 0, q.Append(nil, c.version))
	if err != nil {
		return nil, err
	}
	r := protocol.NewReader(f.body)
	if f.opcode != protocol.OpResult || r.Int() != protocol.ResultPrepared {
		return nil, unexpected(f)
	}
	p := r.ReadPrepared(c.version)
	if err := r.Err(); err != nil {
		return nil, err
	}
	s.prepared.Store(&p)
	return f.warnings, nil
}

// Execute executes a prepared statement. A server that does not know it any more is told it again, once. When the result's columns
// have changed (v5), the statement takes the new ones.
func (c *Conn) Execute(ctx context.Context, s *Statement, p *Params) (*Result, error) {
	if p == nil {
		p = One()
	}
	res, err := c.execute(ctx, s, p)
	var e *cassandra.Error
	if errors.As(err, &e) && e.Code == cassandra.CodeUnprepared {
		if _, err := c.prepare(ctx, s); err != nil {
			return nil, err
		}
		res, err = c.execute(ctx, s, p)
	}
	return res, err
}

func (c *Conn) execute(ctx context.Context, s *Statement, p *Params) (*Result, error) {
	known := s.prepared.Load()
	q := protocol.Execute{ID: known.ID, MetadataID: known.ResultID, Params: p.protocol()}
	res, err := c.result(ctx, protocol.OpExecute, p, q.Append(nil, c.version), known.Result.Columns)
	if err == nil && res.metadataID != nil {
		next := *known
		next.ResultID, next.Result.Columns = res.metadataID, res.Columns
		s.prepared.CompareAndSwap(known, &next)
	}
	return res, err
}
