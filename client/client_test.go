package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
	"helenus/internal/protocol"
)

func TestDialStepsDownToWhatTheServerSpeaks(t *testing.T) {
	var seen []protocol.Version
	old := dialTo(t, func(h protocol.Header, _ []byte) (protocol.Opcode, []byte) {
		seen = append(seen, h.Version)
		if h.Version > protocol.V3 {
			return refusal(protocol.ErrVersion(byte(h.Version)), h.Version)
		}
		return protocol.OpReady, nil
	})
	old.Version = protocol.V5
	if c := connect(t, old); c.Version() != protocol.V3 || len(seen) != 3 {
		t.Errorf("speaks v%d after %v", c.Version(), seen)
	}
	old.Exact = true
	if _, err := Dial(t.Context(), old); code(t, err) != cassandra.CodeProtocol {
		t.Error(err)
	}
}

func TestDialAuthenticates(t *testing.T) {
	o := dialTo(t, func(h protocol.Header, body []byte) (protocol.Opcode, []byte) {
		if h.Opcode == protocol.OpStartup {
			return protocol.OpAuthenticate, protocol.AppendString(nil, "org.apache.cassandra.auth.PasswordAuthenticator")
		}
		if token, err := protocol.ReadToken(body); err != nil || string(token) != "\x00bob\x00secret" {
			return refusal(&cassandra.Error{Code: cassandra.CodeBadCredentials, Message: "no"}, h.Version)
		}
		return protocol.OpAuthSuccess, protocol.AppendBytes(nil, nil)
	})
	o.Username, o.Password = "bob", "secret"
	connect(t, o)
	o.Version, o.Password = protocol.V4, "guess"
	if _, err := Dial(t.Context(), o); code(t, err) != cassandra.CodeBadCredentials {
		t.Error(err)
	}
}

func TestDialEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	o := dialTo(t, func(protocol.Header, []byte) (protocol.Opcode, []byte) { return silence, nil })
	if _, err := Dial(ctx, o); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestRequestsFailWhenTheServerGoes(t *testing.T) {
	c := connect(t, dialTo(t, ready(func(protocol.Header, []byte) (protocol.Opcode, []byte) { return hangup, nil })))
	if _, err := c.Query(t.Context(), "SELECT", nil); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	<-c.Done()
	if _, err := c.Query(t.Context(), "SELECT", nil); !errors.Is(err, io.EOF) || c.Err() == nil {
		t.Error(err)
	}
}

// A stream whose request was given up is free again only when the late answer has come, so the answer meets nobody else.
func TestLateAnswersMeetNobodyElse(t *testing.T) {
	asked, late := make(chan struct{}), make(chan struct{})
	first := true
	c := connect(t, dialTo(t, ready(func(h protocol.Header, body []byte) (protocol.Opcode, []byte) {
		if first {
			first = false
			close(asked)
			<-late
			return protocol.OpResult, protocol.AppendSetKeyspace(nil, "late")
		}
		return protocol.OpResult, protocol.AppendSetKeyspace(nil, "mine")
	})))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	if _, err := c.Query(ctx, "slow", nil); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	close(late)
	for range streamsMax + 10 {
		if res, err := c.Query(t.Context(), "quick", nil); err != nil || res.Keyspace != "mine" {
			t.Fatal(res, err)
		}
	}
}

func prepared(id string, v protocol.Version, names ...string) []byte {
	p := protocol.Prepared{ID: []byte(id), ResultID: []byte("r0")}
	for _, n := range names {
		p.Result.Columns = append(p.Result.Columns, Column{Keyspace: "ks", Table: "t", Name: n, Type: cqltype.Text})
	}
	return protocol.AppendPrepared(nil, &p, v)
}

func rows(m *protocol.Metadata, values ...string) []byte {
	body, at := protocol.AppendRowsHeader(nil, m)
	for _, v := range values {
		body = protocol.AppendBytes(body, []byte(v))
	}
	protocol.PatchRowCount(body, at, len(values))
	return body
}

func TestExecutePreparesAgain(t *testing.T) {
	var prepares atomic.Int32
	c := connect(t, dialTo(t, ready(func(h protocol.Header, body []byte) (protocol.Opcode, []byte) {
		if h.Opcode == protocol.OpPrepare {
			return protocol.OpResult, prepared(fmt.Sprint("id", prepares.Add(1)), h.Version, "v")
		}
		var e protocol.Execute
		if err := e.Decode(body, h.Version); err != nil {
			t.Error(err)
		}
		if string(e.ID) != "id2" {
			return refusal(&cassandra.Error{Code: cassandra.CodeUnprepared, StatementID: e.ID}, h.Version)
		}
		return protocol.OpResult, rows(&protocol.Metadata{Skip: e.SkipMetadata, Columns: []Column{{Name: "v", Type: cqltype.Text}}}, "a", "b")
	})))
	st, err := c.Prepare(t.Context(), "SELECT v FROM t", "")
	if err != nil {
		t.Fatal(err)
	}
	p := One()
	p.SkipMetadata = true
	res, err := c.Execute(t.Context(), st, p)
	if err != nil || len(res.Rows) != 2 || !bytes.Equal(res.Rows[1][0], []byte("b")) {
		t.Fatal(res, err)
	}
	if res.Column("v") != 0 || res.Column("w") != -1 {
		t.Errorf("columns %v are not the prepared statement's", res.Columns)
	}
	if prepares.Load() != 2 {
		t.Errorf("prepared %d times", prepares.Load())
	}
}

func TestPagesGoOnWithThePagingState(t *testing.T) {
	c := connect(t, dialTo(t, ready(func(h protocol.Header, body []byte) (protocol.Opcode, []byte) {
		var q protocol.Query
		if err := q.Decode(body, h.Version); err != nil {
			t.Error(err)
		}
		m := protocol.Metadata{Columns: []Column{{Name: "v", Type: cqltype.Text}}}
		n := len(q.PagingState)
		if n < 3 {
			m.PagingState = append([]byte(nil), "xxx"[:n+1]...)
		}
		if q.PageSize != pageRows {
			t.Errorf("page size %d", q.PageSize)
		}
		return protocol.OpResult, rows(&m, fmt.Sprint(n))
	})))
	var got []string
	for page, err := range c.Pages(t.Context(), "SELECT v FROM t", nil) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(page.Rows[0][0]))
	}
	if s := strings.Join(got, " "); s != "0 1 2 3" {
		t.Error(s)
	}
}

// A server's lies about counts and lengths end in errors, not in memory.
func TestAnswersAreNotTrusted(t *testing.T) {
	for name, body := range map[string][]byte{
		"rows":    {0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 1, 0x7F, 0xFF, 0xFF, 0xFF},
		"columns": {0, 0, 0, 2, 0, 0, 0, 4, 0x7F, 0xFF, 0xFF, 0xFF, 0, 0, 0, 1},
		"void":    {0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF},
		"kind":    {0, 0, 0, 9},
		"empty":   {},
	} {
		c := connect(t, dialTo(t, ready(func(protocol.Header, []byte) (protocol.Opcode, []byte) { return protocol.OpResult, body })))
		if res, err := c.Query(t.Context(), "SELECT", nil); err == nil {
			t.Errorf("%s: %v", name, res)
		}
	}
}
