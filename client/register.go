package client

import (
	"context"
	"net/netip"

	"helenus/internal/protocol"
)

// The kinds of events.
const (
	SchemaChange   = "SCHEMA_CHANGE"
	StatusChange   = "STATUS_CHANGE"
	TopologyChange = "TOPOLOGY_CHANGE"
)

// Event is news that the server sends to those who registered.
type Event struct {
	Kind   string
	Schema protocol.SchemaChange // SCHEMA_CHANGE
	Change string                // the others: UP, DOWN, NEW_NODE, REMOVED_NODE
	Node   netip.AddrPort        // the others
}

// eventsMax is how many events may wait to be taken; what comes beyond is lost.
const eventsMax = 1024

// Register asks for events of these kinds. All calls of a connection share the channel, which is closed with the connection.
func (c *Conn) Register(ctx context.Context, kinds ...string) (<-chan Event, error) {
	c.mu.Lock()
	if c.events == nil && c.failed == nil {
		c.events = make(chan Event, eventsMax)
	}
	events := c.events
	c.mu.Unlock()
	f, err := c.call(ctx, protocol.OpRegister, 0, protocol.AppendStrings(nil, kinds))
	if err != nil {
		return nil, err
	}
	if f.opcode != protocol.OpReady {
		return nil, unexpected(f)
	}
	return events, nil
}

func (c *Conn) event(f frame) error {
	r := protocol.NewReader(f.body)
	e := Event{Kind: r.String()}
	if e.Kind == SchemaChange {
		e.Schema = r.SchemaChange()
	} else {
		e.Change, e.Node = r.String(), r.Inet()
	}
	if err := r.Err(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.events == nil {
		return nil
	}
	select {
	case c.events <- e:
	default:
	}
	return nil
}
