package exec_test

import (
	"bytes"
	"crypto/md5"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"helenus/client"
	"helenus/internal/cassandra"
	"helenus/internal/exec"
	"helenus/internal/protocol"
)

func TestPreparedReadsAndWrites(t *testing.T) {
	address := startStack(t, exec.Options{})
	for _, v := range []protocol.Version{protocol.V3, protocol.V4, protocol.V5} {
		t.Run(fmt.Sprintf("v%d", v), func(t *testing.T) {
			c := dialStack(t, address, v)
			insert := prepare(t, c, "INSERT INTO ks.t (k, c, v) VALUES (?, ?, ?)", "")
			read := prepare(t, c, "SELECT v FROM ks.t WHERE k = ? AND c = ?", "")
			if v >= protocol.V4 && fmt.Sprint(read.PartitionKey()) != "[0]" {
				t.Errorf("partition key %v", read.PartitionKey())
			}
			for i := range int32(50) {
				if _, err := c.Execute(t.Context(), insert, bound(number(int32(v)), number(i), text(fmt.Sprint("v", i)))); err != nil {
					t.Fatal(err)
				}
			}
			p := bound(number(int32(v)), number(49))
			p.SkipMetadata = true
			res, err := c.Execute(t.Context(), read, p)
			if err != nil || len(res.Rows) != 1 || string(res.Rows[0][0]) != "v49" {
				t.Fatal(res, err)
			}
			n := 0
			for page, err := range c.Pages(t.Context(), fmt.Sprintf("SELECT c FROM ks.t WHERE k = %d", v), &client.Params{Consistency: cassandra.One, PageSize: 7}) {
				if err != nil {
					t.Fatal(err)
				}
				n += len(page.Rows)
			}
			if n != 50 {
				t.Errorf("%d rows in all pages", n)
			}
		})
	}
}

func TestIDsAreCassandras(t *testing.T) {
	c := dialStack(t, startStack(t, exec.Options{}), protocol.V5)
	const qualified, bare = "SELECT v FROM ks.t WHERE k = ?", "SELECT v FROM t WHERE k = ?"
	if id, want := prepare(t, c, qualified, "").ID(), md5.Sum([]byte(qualified)); !bytes.Equal(id, want[:]) {
		t.Errorf("qualified: %x", id)
	}
	if id, want := prepare(t, c, bare, "ks").ID(), md5.Sum([]byte("ks"+bare)); !bytes.Equal(id, want[:]) {
		t.Errorf("with a keyspace: %x", id)
	}
	run(t, c, "USE ks")
	if id, want := prepare(t, c, qualified, "").ID(), md5.Sum([]byte(qualified)); !bytes.Equal(id, want[:]) {
		t.Errorf("qualified after USE: %x", id)
	}
}

// A statement whose table was dropped, or dropped and made again, has to be prepared again: its columns have other ids.
func TestUnpreparedAfterDrop(t *testing.T) {
	c := dialStack(t, startStack(t, exec.Options{}), protocol.V4)
	read := prepare(t, c, "SELECT v FROM ks.t WHERE k = ?", "")
	insert := prepare(t, c, "INSERT INTO ks.t (k, c) VALUES (?, 1)", "")
	run(t, c, "DROP TABLE ks.t")
	_, err := c.Batch(t.Context(), protocol.BatchLogged, []client.BatchItem{{Statement: insert, Values: []client.Value{number(1)}}}, nil)
	if e := wantError(t, err, cassandra.CodeUnprepared, ""); !bytes.Equal(e.StatementID, insert.ID()) {
		t.Errorf("id %x", e.StatementID)
	}
	_, err = c.Execute(t.Context(), read, bound(number(1))) // is prepared again, in vain
	wantError(t, err, cassandra.CodeInvalid, "table t does not exist")
	run(t, c, "CREATE TABLE ks.t (k int, c int, v text, PRIMARY KEY (k, c))")
	_, err = c.Batch(t.Context(), protocol.BatchLogged, []client.BatchItem{{Statement: insert, Values: []client.Value{number(1)}}}, nil)
	wantError(t, err, cassandra.CodeUnprepared, "")
	if _, err := c.Execute(t.Context(), read, bound(number(1))); err != nil {
		t.Error(err)
	}
}

// After ALTER a prepared SELECT * returns the new column; a v5 client that skips metadata is told so.
func TestAlterChangesResultMetadata(t *testing.T) {
	address := startStack(t, exec.Options{})
	c := dialStack(t, address, protocol.V5)
	read := prepare(t, c, "SELECT * FROM ks.t WHERE k = ?", "")
	run(t, c, "INSERT INTO ks.t (k, c, v) VALUES (1, 1, 'x')")
	run(t, c, "ALTER TABLE ks.t ADD w int")
	p := bound(number(1))
	p.SkipMetadata = true
	for range 2 {
		res, err := c.Execute(t.Context(), read, p)
		if err != nil || len(res.Columns) != 4 || len(res.Rows[0]) != 4 || len(read.Columns()) != 4 {
			t.Fatalf("%v %v, the statement has %d columns", res, err, len(read.Columns()))
		}
	}
}

func TestValuesByName(t *testing.T) {
	c := dialStack(t, startStack(t, exec.Options{}), protocol.V4)
	run(t, c, "INSERT INTO ks.t (k, c, v) VALUES (1, 2, 'x')")
	named := func(values ...client.Value) *client.Params {
		p := bound(values...)
		p.Named = true
		return p
	}
	one, two := number(1), number(2)
	one.Name, two.Name = "k", "second"
	res, err := c.Query(t.Context(), "SELECT v FROM ks.t WHERE k = ? AND c = :second", named(two, one))
	if err != nil || len(res.Rows) != 1 {
		t.Error(res, err)
	}
	_, err = c.Query(t.Context(), "SELECT v FROM ks.t WHERE k = ? AND c = :other", named(two, one))
	wantError(t, err, cassandra.CodeInvalid, "Invalid amount of bind variables")
	_, err = c.Execute(t.Context(), prepare(t, c, "SELECT v FROM ks.t WHERE k = ? AND c = ?", ""), bound(one))
	wantError(t, err, cassandra.CodeInvalid, "there were 2 markers(?) in CQL but 1 bound variables")
	_, err = c.Query(t.Context(), "CREATE TABLE ks.z (k int PRIMARY KEY)", bound(one))
	wantError(t, err, cassandra.CodeInvalid, "Invalid amount of bind variables")
}

func TestRequestKeyspaceTimestampAndNow(t *testing.T) {
	c := dialStack(t, startStack(t, exec.Options{}), protocol.V5)
	p := client.One()
	stamp, now := int64(1234), int32(2_000_000_000)
	p.Keyspace, p.Timestamp, p.Now = "ks", &stamp, &now
	if _, err := c.Query(t.Context(), "INSERT INTO t (k, c, v) VALUES (1, 1, 'x') USING TTL 100", p); err != nil {
		t.Fatal(err)
	}
	_, err := c.Query(t.Context(), "SELECT v FROM t", nil)
	wantError(t, err, cassandra.CodeInvalid, "No keyspace has been specified. USE a keyspace, or explicitly specify keyspace.tablename")
	now += 60
	res, err := c.Query(t.Context(), "SELECT writetime(v), ttl(v) FROM t", p)
	if err != nil || len(res.Rows) != 1 {
		t.Fatal(res, err)
	}
	if got := res.Columns[1].Type.Format(res.Rows[0][1]); got != "40" || res.Rows[0][0][7] != 1234&0xFF {
		t.Errorf("ttl %s, written at %x", got, res.Rows[0][0])
	}
	now += 60
	if res, err = c.Query(t.Context(), "SELECT v FROM t", p); err != nil || len(res.Rows) != 0 {
		t.Errorf("%d rows after they expired, %v", len(res.Rows), err)
	}
}

func TestPrepareAfterUseWarnsOnce(t *testing.T) {
	c := dialStack(t, startStack(t, exec.Options{}), protocol.V4)
	run(t, c, "USE ks")
	st := prepare(t, c, "INSERT INTO t (k, c, v) VALUES (?, ?, ?)", "")
	if _, err := c.Execute(t.Context(), st, bound(number(1), number(1), client.Value{Unset: true})); err != nil {
		t.Fatal(err)
	}
	if w := st.Warnings(); len(w) != 1 || !strings.HasSuffix(w[0], fmt.Sprintf("Keyspace used: ks, statement keyspace: ks, statement id: %x", st.ID())) {
		t.Errorf("%q", w)
	}
	if w := prepare(t, c, "SELECT * FROM t", "").Warnings(); len(w) > 0 {
		t.Errorf("warned again: %q", w)
	}
}

// What is traced by chance is traced as whole as what is asked for, and the client that did not ask hears nothing of it.
func TestUnaskedTracesAreWhole(t *testing.T) {
	address, executor := startExecutor(t, exec.Options{})
	c := dialStack(t, address, protocol.V4)
	executor.SetTraceProbability(1)
	before := time.Now().Add(-time.Second).UnixMilli()
	st := prepare(t, c, "SELECT v FROM ks.t WHERE k = ?", "")
	for range 3 { // pooled executions keep no start of an earlier request
		if res, err := c.Execute(t.Context(), st, bound(number(1))); err != nil || res.TraceID != nil {
			t.Fatal(res, err)
		}
	}
	executor.SetTraceProbability(0)
	sessions := run(t, c, "SELECT request, parameters, started_at, duration FROM system_traces.sessions")
	executed := 0
	for _, row := range sessions.Rows {
		if started := int64(binary.BigEndian.Uint64(row[2])); started < before || started > time.Now().UnixMilli() {
			t.Errorf("%s started at %d", row[0], started)
		}
		if micros := int32(binary.BigEndian.Uint32(row[3])); micros < 0 || micros > 10_000_000 {
			t.Errorf("%s took %d µs", row[0], micros)
		}
		if string(row[0]) == "Execute CQL3 prepared query" && bytes.Contains(row[1], []byte("SELECT v FROM ks.t WHERE k = ?")) {
			executed++
		}
	}
	if executed != 3 {
		t.Errorf("%d executions are traced with their text, want 3: %q", executed, sessions.Rows)
	}
}

// Clients that prepare text after text push each other's statements out and are told to prepare again; memory stays.
func TestPreparedStatementsAreBounded(t *testing.T) {
	c := dialStack(t, startStack(t, exec.Options{PreparedBytesMax: 20_000}), protocol.V4)
	var all []*client.Statement
	for i := range 100 {
		all = append(all, prepare(t, c, fmt.Sprintf("SELECT v FROM ks.t WHERE k = %d", i), ""))
	}
	forgotten := 0
	for _, st := range all {
		before := st.ID()
		if _, err := c.Batch(t.Context(), protocol.BatchLogged, []client.BatchItem{{Statement: st}}, nil); err != nil && strings.Contains(err.Error(), "not found") {
			forgotten++
		}
		if _, err := c.Execute(t.Context(), st, nil); err != nil || !bytes.Equal(before, st.ID()) {
			t.Fatal(err)
		}
	}
	if forgotten < 80 {
		t.Errorf("only %d of 100 statements were forgotten", forgotten)
	}
}
