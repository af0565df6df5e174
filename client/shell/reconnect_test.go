package shell

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"helenus/client"
)

// TestGoesOnWithAnotherNode: when the node of a session is gone, the next statement runs on another, in the same keyspace.
func TestGoesOnWithAnotherNode(t *testing.T) {
	n := startNode(t)
	address := n.Address().String()
	first := forward(t, address)
	var out, errs bytes.Buffer
	s, err := Open(t.Context(), Options{Connect: client.Options{Addr: first.address}, Others: []string{"127.0.0.1:1", address}, Out: &out, Err: &errs})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	text := "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}; CREATE TABLE k.t (p int PRIMARY KEY); USE k; INSERT INTO t (p) VALUES (7)"
	if failures, err := s.RunText(t.Context(), text); failures > 0 || err != nil {
		t.Fatal(errs.String(), err)
	}
	first.end()
	<-s.conn.Done()
	if failures, err := s.RunText(t.Context(), "SELECT * FROM t"); failures > 0 || err != nil || !strings.Contains(out.String(), "(1 rows)") {
		t.Errorf("%s%s %v", out.String(), errs.String(), err)
	}
}

// forwarder stands for a node: it passes connections on until it ends.
type forwarder struct {
	address string
	end     func()
}

func forward(t *testing.T, to string) forwarder {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	open := []io.Closer{l}
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			onward, err := net.Dial("tcp", to)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			open = append(open, from, onward)
			mu.Unlock()
			for _, pair := range [][2]net.Conn{{from, onward}, {onward, from}} {
				go func() {
					if _, err := io.Copy(pair[0], pair[1]); err != nil && !errors.Is(err, net.ErrClosed) {
						t.Log(err)
					}
				}()
			}
		}
	}()
	end := func() {
		mu.Lock()
		defer mu.Unlock()
		for _, c := range open {
			_ = c.Close() // some have ended by themselves
		}
		open = nil
	}
	t.Cleanup(end)
	return forwarder{l.Addr().String(), end}
}
