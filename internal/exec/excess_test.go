package exec_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"helenus/client"
	"helenus/internal/cassandra"
	"helenus/internal/exec"
	"helenus/internal/protocol"
	"helenus/internal/replica"
	"helenus/internal/row"
)

// TestTombstonesWarnAndFail: what Cassandra 5.0.5 answered with tombstone_warn_threshold 5 and tombstone_failure_threshold 20.
func TestTombstonesWarnAndFail(t *testing.T) {
	limits := exec.ReadLimits{Reads: replica.Reads{Bounds: row.Bounds{TombstonesWarn: 5, TombstonesFail: 20}}}
	c := dialStack(t, startStack(t, exec.Options{Reads: limits}), protocol.V5)
	run(t, c, "CREATE TABLE ks.m (p int, c int, v int, w text, PRIMARY KEY (p, c))")
	for p := 1; p < 3; p++ {
		for i := range 30 {
			run(t, c, fmt.Sprintf("INSERT INTO ks.m (p, c, v, w) VALUES (%d, %d, 1, 'a')", p, i))
		}
	}
	for i := range 10 {
		run(t, c, fmt.Sprintf("DELETE FROM ks.m WHERE p = 1 AND c = %d", i))
	}
	const one, two = "; token -4069959284402364209 (see tombstone_warn_threshold)", "; token -3248873570005575792 (see tombstone_warn_threshold)"
	for _, q := range []struct {
		cql  string
		rows int
		want []string
	}{
		{"SELECT * FROM ks.m WHERE p = 1", 20, []string{"Read 20 live rows and 10 tombstone cells for query SELECT * FROM ks.m WHERE p = 1 LIMIT 5000 ALLOW FILTERING" + one}},
		{"SELECT v FROM ks.m WHERE p = 1 LIMIT 3", 3, []string{"Read 3 live rows and 10 tombstone cells for query SELECT v FROM ks.m WHERE p = 1 LIMIT 3 ALLOW FILTERING" + one}},
		{"SELECT v, w FROM ks.m WHERE p = 1 AND c > 3 ORDER BY c DESC", 20, []string{"Read 20 live rows and 6 tombstone cells for query SELECT v, w FROM ks.m WHERE p = 1 AND c > 3 ORDER BY c DESC LIMIT 5000 ALLOW FILTERING" + one}},
		{"SELECT * FROM ks.m WHERE p = 1 AND c < 5", 0, nil},
		{"SELECT * FROM ks.m WHERE p = 1 AND c < 6", 0, []string{"Read 0 live rows and 6 tombstone cells for query SELECT * FROM ks.m WHERE p = 1 AND c < 6 LIMIT 5000 ALLOW FILTERING" + one}},
		{"SELECT * FROM ks.m WHERE p IN (1, 2)", 50, []string{"Read 20 live rows and 10 tombstone cells for query SELECT * FROM ks.m WHERE p = 1 LIMIT 5000 ALLOW FILTERING" + one}},
		{"SELECT * FROM ks.m", 50, []string{"Read 50 live rows and 10 tombstone cells for query SELECT * FROM ks.m LIMIT 5000 ALLOW FILTERING" + two}},
		{"SELECT count(*) FROM ks.m", 1, []string{"Aggregation query used without partition key", "Read 50 live rows and 10 tombstone cells for query SELECT * FROM ks.m LIMIT 5000 ALLOW FILTERING" + two}},
		{"SELECT * FROM ks.m WHERE p = 1 AND v = 1 ALLOW FILTERING", 20, []string{"Read 20 live rows and 10 tombstone cells for query SELECT * FROM ks.m WHERE p = 1 AND v = 1 LIMIT 5000 ALLOW FILTERING" + one}},
		{"SELECT * FROM ks.m WHERE p = 1 AND c IN (1, 2, 3, 4, 5, 6, 7)", 0, []string{"Read 0 live rows and 7 tombstone cells for query SELECT * FROM ks.m WHERE p = 1 AND c IN (1, 2, 3, 4, 5, 6, 7) LIMIT 5000 ALLOW FILTERING" + one}},
		{"SELECT DISTINCT p FROM ks.m", 2, []string{"Read 2 live rows and 10 tombstone cells for query SELECT * FROM ks.m LIMIT 5000 PER PARTITION LIMIT 1 ALLOW FILTERING" + two}},
	} {
		r, err := c.Query(t.Context(), q.cql, &client.Params{Consistency: cassandra.One, PageSize: 5000})
		if err != nil || len(r.Rows) != q.rows || !slices.Equal(r.Warnings, q.want) {
			t.Errorf("%s: %v, %+v\nwant %d rows and %q", q.cql, err, r, q.rows, q.want)
		}
	}
	for i := 10; i < 24; i++ {
		run(t, c, fmt.Sprintf("DELETE v FROM ks.m WHERE p = 1 AND c = %d", i))
	}
	for _, cql := range []string{"SELECT * FROM ks.m WHERE p = 1", "SELECT * FROM ks.m", "SELECT * FROM ks.m WHERE p IN (1, 2)", "SELECT count(*) FROM ks.m WHERE p = 1"} {
		_, err := c.Query(t.Context(), cql, &client.Params{Consistency: cassandra.LocalOne, PageSize: 5000})
		e := wantError(t, err, cassandra.CodeReadFailure, "")
		if !strings.HasPrefix(e.Message, "Operation failed - received 0 responses and 1 failures: READ_TOO_MANY_TOMBSTONES from /") || len(e.Failures) != 1 ||
			e.Failures[0].Reason != cassandra.FailureTooManyTombstones || e.Consistency != cassandra.LocalOne || e.Received != 0 || e.Required != 1 || e.DataPresent {
			t.Errorf("%s: %+v", cql, e)
		}
	}
	if r := run(t, c, "SELECT c FROM ks.m WHERE p = 1 LIMIT 1"); len(r.Rows) != 1 {
		t.Error("a read that stops before them fails")
	}
	run(t, c, "UPDATE ks.m SET v = 2 WHERE p = 1 AND c = 29 IF v = 1")
}

// TestReadThresholds: what Cassandra 5.0.5 answered with read_thresholds_enabled, the same thresholds, and results of 300 and 600 KiB.
func TestReadThresholds(t *testing.T) {
	limits := exec.ReadLimits{Reads: replica.Reads{Bounds: row.Bounds{TombstonesWarn: 5, TombstonesFail: 20, BytesWarn: 900 << 10, BytesFail: 2 << 20}, Track: true}, ResultWarn: 300 << 10, ResultFail: 600 << 10}
	c := dialStack(t, startStack(t, exec.Options{Reads: limits}), protocol.V5)
	run(t, c, "CREATE TABLE ks.m (p int, c int, v int, w text, PRIMARY KEY (p, c))")
	ask := func(cql string) (*client.Result, error) {
		return c.Query(t.Context(), cql, &client.Params{Consistency: cassandra.One, PageSize: 5000})
	}
	remove := func(from, to int) {
		for i := from; i < to; i++ {
			run(t, c, fmt.Sprintf("DELETE FROM ks.m WHERE p = 1 AND c = %d", i))
		}
	}
	remove(0, 10)
	const one, all = " with token=-4069959284402364209", " with token range: (-9223372036854775808, -9223372036854775808]"
	for where, with := range map[string]string{" WHERE p = 1": one, "": all} {
		r, err := ask("SELECT * FROM ks.m" + where)
		want := "1 nodes scanned up to 10 tombstones and issued tombstone warnings for query SELECT * FROM ks.m" + where + " LIMIT 5000 ALLOW FILTERING (see tombstone_warn_threshold)" + with
		if err != nil || !slices.Equal(r.Warnings, []string{want}) {
			t.Errorf("%v, %+v, want %q", err, r, want)
		}
	}
	remove(10, 24)
	for _, where := range []string{" WHERE p = 1", ""} {
		_, err := ask("SELECT * FROM ks.m" + where)
		e := wantError(t, err, cassandra.CodeReadFailure, "")
		want := "Operation failed - 1 nodes scanned over 21 tombstones and aborted the query SELECT * FROM ks.m" + where + " LIMIT 5000 ALLOW FILTERING (see tombstone_failure_threshold): READ_TOO_MANY_TOMBSTONES from /"
		if !strings.HasPrefix(e.Message, want) || len(e.Failures) != 1 || e.Failures[0].Reason != cassandra.FailureTooManyTombstones {
			t.Errorf("%+v, want %q", e, want)
		}
	}
	for i := range 24 {
		run(t, c, fmt.Sprintf("INSERT INTO ks.m (p, c, w) VALUES (2, %d, '%s')", i, strings.Repeat("x", 100_000)))
	}
	for _, q := range []struct {
		cql, warning, failure string
		reason                cassandra.FailureReason
	}{
		{"SELECT w FROM ks.m WHERE p = 2 LIMIT 3", "", "", 0},
		{"SELECT w FROM ks.m WHERE p = 2 LIMIT 4", "Read on table ks.m has exceeded the size warning threshold of 307,200 bytes with token: -3248873570005575792", "", 0},
		{"SELECT w FROM ks.m WHERE p = 2 LIMIT 7", "Read on table ks.m has exceeded the size warning threshold of 307,200 bytes with token: -3248873570005575792", "", 0},
		{"SELECT w FROM ks.m WHERE p = 2 LIMIT 8", "", "Operation failed - Read on table ks.m has exceeded the size failure threshold of 614,400 bytes with token: -3248873570005575792: READ_SIZE from /", cassandra.FailureReadSize},
		{"SELECT max(c) FROM ks.m WHERE p = 2 AND c < 12", "1 nodes loaded over 1", "", 0},
		{"SELECT max(c) FROM ks.m WHERE p = 2", "", "nodes loaded over 2", cassandra.FailureReadSize},
	} {
		r, err := ask(q.cql)
		if q.failure != "" {
			if e := wantError(t, err, cassandra.CodeReadFailure, ""); !strings.Contains(e.Message, q.failure) || len(e.Failures) != 1 || e.Failures[0].Reason != q.reason {
				t.Errorf("%s: %+v", q.cql, e)
			}
			continue
		}
		if err != nil || (len(r.Warnings) > 0) != (q.warning != "") || q.warning != "" && !strings.Contains(r.Warnings[0], q.warning) {
			t.Errorf("%s: %v, %+v", q.cql, err, r)
		}
	}
}
