package transport

import (
	"sync"
	"time"

	"helenus/internal/exec"
	"helenus/internal/protocol"
	"helenus/internal/stats"
)

// committer holds back responses until their writes are on disk. It takes them in order, so those that share a sync leave in one
// write.
type committer struct {
	once  sync.Once
	queue chan waiting
	done  chan struct{}
}

// waiting is a finished frame whose write is under way.
type waiting struct {
	pending Pending
	frame   *[]byte
	header  protocol.Header
	failed  func(error, []byte, protocol.Version) []byte
	kind    exec.Kind
	table   *stats.Histogram
	began   time.Duration
	held    int64 // of the server's budget
}

var frameBuffers = sync.Pool{New: func() any { b := make([]byte, 0, 64); return &b }}

// add takes a copy of frame. It blocks while too many responses wait.
func (m *committer) add(c *conn, h protocol.Header, frame []byte, r *Response, began time.Duration, held int64) {
	m.once.Do(func() {
		m.queue, m.done = make(chan waiting, c.server.options.Limits.pending()), make(chan struct{})
		go m.loop(c)
	})
	b := frameBuffers.Get().(*[]byte)
	*b = append((*b)[:0], frame...)
	m.queue <- waiting{r.Pending, b, h, r.Failed, r.Kind, r.Table, began, held}
}

func (m *committer) loop(c *conn) {
	defer close(m.done)
	var out []byte
	for w := range m.queue {
		out = w.appendTo(c, out[:0])
		for range len(m.queue) {
			out = (<-m.queue).appendTo(c, out)
		}
		if err := c.write(out); err != nil {
			c.server.options.Logger.Debug("response lost", "client", c.client.String(), "error", err)
		}
		if cap(out) > c.server.options.Limits.keepBytes() {
			out = nil
		}
	}
}

// appendTo waits for the write and appends its response.
func (w waiting) appendTo(c *conn, out []byte) []byte {
	if err := w.pending.Wait(); err != nil {
		r := Response{Body: appendResponseHeader(nil, w.header), Failed: w.failed}
		fail(&r, err, w.header.Version)
		out = append(out, c.finish(w.header, r.Body, &r)...)
	} else {
		out = append(out, *w.frame...)
	}
	c.server.answered(w.kind, w.table, w.began)
	c.give(w.held)
	frameBuffers.Put(w.frame)
	return out
}

// close waits until all have left.
func (m *committer) close() {
	m.once.Do(func() {})
	if m.queue != nil {
		close(m.queue)
		<-m.done
	}
}
