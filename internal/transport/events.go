package transport

import (
	"net/netip"
	"sync"

	"helenus/internal/protocol"
)

// eventsMax is how many events a slow client may lag behind before its connection is cut.
const eventsMax = 1024

// eventQueue sends events to a client without holding up whoever causes them.
type eventQueue struct {
	mu    sync.Mutex
	kinds map[string]bool // guarded by mu
	queue chan []byte     // guarded by mu for making and closing
	done  chan struct{}
}

func (q *eventQueue) register(c *conn, kinds []string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.queue == nil {
		q.kinds, q.queue, q.done = map[string]bool{}, make(chan []byte, eventsMax), make(chan struct{})
		go q.loop(c, q.queue)
	}
	for _, k := range kinds {
		q.kinds[k] = true
	}
}

func (q *eventQueue) loop(c *conn, queue <-chan []byte) {
	defer close(q.done)
	for frame := range queue {
		if err := c.write(frame); err != nil {
			c.server.options.Logger.Debug("event lost", "client", c.client.String(), "error", err)
		}
	}
}

func (q *eventQueue) offer(c *conn, kind string, body func([]byte) []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.queue == nil || !q.kinds[kind] {
		return
	}
	h := protocol.Header{Version: c.version, Stream: -1}
	frame := body(appendResponseHeader(nil, h))
	select {
	case q.queue <- c.finish(h, frame, &Response{Opcode: protocol.OpEvent}):
	default:
		c.cut()
	}
}

func (q *eventQueue) close() {
	q.mu.Lock()
	queue := q.queue
	q.queue = nil
	if queue != nil {
		close(queue)
	}
	q.mu.Unlock()
	if queue != nil {
		<-q.done
	}
}

// SchemaChanged tells every client that registered for it.
func (s *Server) SchemaChanged(change protocol.SchemaChange) {
	s.broadcast("SCHEMA_CHANGE", func(b []byte) []byte { return protocol.AppendSchemaEvent(b, &change) })
}

// StatusChanged tells of a node that is UP or DOWN.
func (s *Server) StatusChanged(change string, node netip.AddrPort) {
	s.broadcast("STATUS_CHANGE", func(b []byte) []byte { return protocol.AppendStatusEvent(b, "STATUS_CHANGE", change, node) })
}

func (s *Server) broadcast(kind string, body func([]byte) []byte) {
	s.mu.Lock()
	conns := make([]*conn, 0, len(s.conns))
	for c := range s.conns {
		conns = append(conns, c)
	}
	s.mu.Unlock()
	for _, c := range conns {
		c.events.offer(c, kind, body)
	}
}

// TopologyChanged tells of a NEW_NODE or REMOVED_NODE.
func (s *Server) TopologyChanged(change string, node netip.AddrPort) {
	s.broadcast("TOPOLOGY_CHANGE", func(b []byte) []byte { return protocol.AppendStatusEvent(b, "TOPOLOGY_CHANGE", change, node) })
}
