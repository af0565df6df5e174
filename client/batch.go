package client

import (
	"context"

	"helenus/internal/protocol"
)

// BatchItem is one statement of a batch: Statement when set, else CQL.
type BatchItem struct {
	CQL       string
	Statement *Statement
	Values    []Value
}

// Batch executes statements together. Values and paging of p are not used.
func (c *Conn) Batch(ctx context.Context, kind protocol.BatchKind, items []BatchItem, p *Params) (*Result, error) {
	if p == nil {
		p = One()
	}
	b := protocol.Batch{Kind: kind, Params: p.protocol(), Items: make([]protocol.BatchItem, len(items))}
	for i, item := range items {
		b.Items[i].Values = item.Values
		if item.Statement != nil {
			b.Items[i].ID = item.Statement.ID()
		} else {
			b.Items[i].CQL = []byte(item.CQL)
		}
	}
	return c.result(ctx, protocol.OpBatch, p, b.Append(nil, c.version), nil)
}
