package differential

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"time"

	"helenus/client"
	"helenus/internal/cassandra"
	"helenus/test/golden"
)

var keyspace = flag.String("keyspace", "golden", "the keyspace that scripts run in; several processes, each with its own, may share two servers")

// answerWithin bounds one answer; a schema change of the real server may take seconds on a busy machine.
const answerWithin = 40 * time.Second

// side is one server.
type side struct {
	addr string
	conn *client.Conn
}

// pair are the real server and Helenus.
type pair struct{ real, ours side }

func (p *pair) close() error { return errors.Join(p.real.close(), p.ours.close()) }

func (s *side) close() error {
	if s.conn == nil {
		return nil
	}
	c := s.conn
	s.conn = nil
	return c.Close()
}

// begin makes an empty keyspace, on a new connection if the last has ended.
func (s *side) begin(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*answerWithin)
	defer cancel()
	if s.conn != nil && s.conn.Err() != nil {
		if err := s.close(); err != nil {
			return err
		}
	}
	if s.conn == nil {
		c, err := client.Dial(ctx, client.Options{Addr: s.addr, Version: 4})
		if err != nil {
			return err
		}
		s.conn = c
	}
	for _, cql := range []string{
		"DROP KEYSPACE IF EXISTS " + *keyspace,
		"CREATE KEYSPACE " + *keyspace + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
		"USE " + *keyspace,
	} {
		if _, err := s.conn.Query(ctx, cql, nil); err != nil {
			return fmt.Errorf("%s: %s: %w", s.addr, cql, err)
		}
	}
	return nil
}

// ask runs one statement. What ends the connection is an answer, too; the next statement has a new connection.
func (s *side) ask(ctx context.Context, script string, g golden.Statement) answer {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	if s.conn == nil || s.conn.Err() != nil {
		if err := s.close(); err != nil {
			return answer{fault: err.Error()}
		}
		c, err := client.Dial(ctx, client.Options{Addr: s.addr, Version: 4, Keyspace: *keyspace})
		if err != nil {
			return answer{fault: err.Error()}
		}
		s.conn = c
	}
	if *keyspace != "golden" {
		g.CQL = strings.ReplaceAll(g.CQL, "keyspace_name = 'golden'", "keyspace_name = '"+*keyspace+"'")
	}
	r := golden.Runner{Conn: s.conn, Script: script}
	out, err := r.Ask(ctx, &g)
	var e *cassandra.Error
	switch {
	case errors.As(err, &e):
		return answer{fault: e.Error()}
	case err != nil:
		return answer{fault: err.Error()}
	}
	if err := s.built(ctx, g.CQL, out); err != nil {
		return answer{fault: err.Error()}
	}
	return answer{Outcome: out}
}

// built waits after the making of an index or view until all of the keyspace are built: what is not is no answer to compare.
func (s *side) built(ctx context.Context, cql string, out golden.Outcome) error {
	var made, ready string
	switch words := strings.Fields(cql); {
	case out.Error != nil || len(words) < 2 || words[0] != "CREATE":
		return nil
	case words[1] == "INDEX":
		made, ready = "SELECT index_name FROM system_schema.indexes WHERE keyspace_name = '%s'", `SELECT index_name FROM system."IndexInfo" WHERE table_name = '%s'`
	case words[1] == "MATERIALIZED":
		made, ready = "SELECT view_name FROM system_schema.views WHERE keyspace_name = '%s'", "SELECT view_name FROM system.built_views WHERE keyspace_name = '%s'"
	default:
		return nil
	}
	names := func(query string) (map[string]bool, error) {
		r, err := s.conn.Query(ctx, fmt.Sprintf(query, *keyspace), nil)
		if err != nil {
			return nil, err
		}
		all := map[string]bool{}
		for _, row := range r.Rows {
			all[string(row[0])] = true
		}
		return all, nil
	}
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		want, err := names(made)
		if err != nil {
			return err
		}
		have, err := names(ready)
		if err != nil {
			return err
		}
		for name := range have {
			delete(want, name)
		}
		if len(want) == 0 {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("not built: %v", want)
		}
	}
}

// begin makes both sides empty.
func (p *pair) begin(ctx context.Context) error {
	return errors.Join(p.real.begin(ctx), p.ours.begin(ctx))
}

// ask runs a statement on both sides, one after the other: both are on the same two cores.
func (p *pair) ask(ctx context.Context, text string, s *statement) (want, got answer) {
	g := s.golden(0)
	return p.real.ask(ctx, text, g), p.ours.ask(ctx, text, g)
}
