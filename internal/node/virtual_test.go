package node

import (
	"fmt"
	"strings"
	"testing"

	"helenus/client"
	"helenus/internal/cassandra"
)

// shown returns rows of a table of system_views, each as its values in CQL.
func shown(t *testing.T, c *client.Conn, cql string) (rows [][]string) {
	t.Helper()
	r := run(t, c, cassandra.One, cql)
	for _, values := range r.Rows {
		var row []string
		for i, v := range values {
			if v == nil {
				row = append(row, "null")
				continue
			}
			row = append(row, r.Columns[i].Type.Format(v))
		}
		rows = append(rows, row)
	}
	return rows
}

// What the node has done shows in system_views.
func TestViews(t *testing.T) {
	nodes := startNodes(t, 2)
	c := nodes[0].dial(t)
	run(t, c, cassandra.One, "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 2}")
	run(t, c, cassandra.One, "CREATE TABLE k.t (p int, c int, v text, PRIMARY KEY (p, c))")
	run(t, c, cassandra.One, "CREATE TABLE k.n (p int PRIMARY KEY, n counter)")
	for i := range 10 {
		run(t, c, cassandra.All, fmt.Sprintf("INSERT INTO k.t (p, c, v) VALUES (1, %d, 'x')", i))
	}
	run(t, c, cassandra.All, "DELETE v FROM k.t WHERE p = 1 AND c = 3")
	run(t, c, cassandra.All, "SELECT * FROM k.t WHERE p = 1")
	run(t, c, cassandra.All, "SELECT * FROM k.t")
	run(t, c, cassandra.One, "BEGIN BATCH INSERT INTO k.t (p, c) VALUES (2, 1) INSERT INTO k.t (p, c) VALUES (3, 1) INSERT INTO k.t (p, c) VALUES (4, 1) APPLY BATCH")
	run(t, c, cassandra.One, "BEGIN COUNTER BATCH UPDATE k.n SET n = n + 1 WHERE p = 1; UPDATE k.n SET n = n + 1 WHERE p = 2; APPLY BATCH")
	st, err := c.Prepare(t.Context(), "SELECT v FROM k.t WHERE p = 1 AND c = 1", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Execute(t.Context(), st, client.One()); err != nil {
		t.Fatal(err)
	}
	one := func(cql string, want ...string) {
		t.Helper()
		rows := shown(t, c, cql)
		if len(rows) != 1 || strings.Join(rows[0], " ") != strings.Join(want, " ") {
			t.Errorf("%s: %q, want %q", cql, rows, want)
		}
	}
	of := " WHERE keyspace_name = 'k' AND table_name = 't'"
	one("SELECT count FROM system_views.coordinator_read_latency"+of, "2")
	one("SELECT count FROM system_views.coordinator_scan_latency"+of, "1")
	one("SELECT count FROM system_views.coordinator_write_latency"+of, "12") // the batch too, which is of one table
	for _, table := range []string{"coordinator_read_latency", "local_write_latency", "local_read_latency", "local_scan_latency"} {
		row := shown(t, c, "SELECT p50th_ms, p99th_ms, max_ms, per_second FROM system_views."+table+of)[0]
		for _, v := range row {
			if v == "0.0" || v == "null" || strings.HasPrefix(v, "-") {
				t.Errorf("%s: %q", table, row)
			}
		}
	}
	one("SELECT max FROM system_views.rows_per_read"+of, "11.0") // ten and an eleventh, by a bucket's width
	one("SELECT max FROM system_views.tombstones_per_read"+of, "1.0")
	one("SELECT max, p50th FROM system_views.batch_metrics WHERE name = 'partitions_per_logged_batch'", "3", "3.0")
	one("SELECT max, p50th FROM system_views.batch_metrics WHERE name = 'partitions_per_counter_batch'", "2", "2.0")
	one("SELECT max, p50th FROM system_views.batch_metrics WHERE name = 'partitions_per_unlogged_batch'", "0", "0.0")
	one("SELECT value FROM system_views.cql_metrics WHERE name = 'prepared_statements_executed'", "1.0")
	one("SELECT value FROM system_views.cql_metrics WHERE name = 'prepared_statements_count'", "1.0")
	one("SELECT count FROM system_views.coordinator_read_latency WHERE keyspace_name = 'system' AND table_name = 'local'", "0")
	one("SELECT value FROM system_views.settings WHERE name = 'read_request_timeout'", "'5000ms'")

	task := "SELECT task FROM system_views.queries"
	if rows := shown(t, c, task); len(rows) != 1 || rows[0][0] != "'QUERY "+task+" [pageSize = 0] at consistency ONE'" {
		t.Errorf("running: %q", rows)
	}
	if err := nodes[0].store.Flush(); err != nil {
		t.Fatal(err)
	}
	one("SELECT mebibytes FROM system_views.disk_usage"+of, "1")
	one("SELECT mebibytes FROM system_views.max_sstable_size"+of, "1")
	peer := nodes[1].options.Native
	for _, cql := range []string{
		"SELECT sent_count, sent_bytes, active_connections, connection_attempts, successful_connection_attempts FROM system_views.internode_outbound WHERE address = '" + peer + "' AND port = 7000",
		"SELECT received_count, received_bytes, processed_count, processed_bytes FROM system_views.internode_inbound WHERE address = '" + peer + "' AND port = 7000",
	} {
		rows := shown(t, c, cql)
		if len(rows) != 1 {
			t.Fatalf("%s: %q", cql, rows)
		}
		for _, v := range rows[0] {
			if v == "0" {
				t.Errorf("%s: %q", cql, rows)
			}
		}
	}
	if rows := shown(t, c, "SELECT completed_tasks FROM system_views.thread_pools WHERE name = 'Native-Transport-Requests'"); len(rows) != 1 || rows[0][0] == "0" {
		t.Errorf("requests %q", rows)
	}
	if rows := shown(t, c, "SELECT message FROM system_views.system_logs"); !strings.Contains(fmt.Sprint(rows), "Startup complete") {
		t.Errorf("the log: %q", rows)
	}
	if rows := shown(t, c, "SELECT status, dc, rpc_ready FROM system_views.gossip_info"); len(rows) != 2 || !strings.HasPrefix(rows[1][0], "'NORMAL,") || rows[1][2] != "'true'" {
		t.Errorf("gossip %q", rows)
	}
	if err := nodes[0].store.MakeSnapshot("mine"); err != nil {
		t.Fatal(err)
	}
	one("SELECT name, keyspace_name, ephemeral FROM system_views.snapshots", "'mine'", "'*'", "false")

	nodes[0].tool(t, 0, "repair", "k", "t")
	one("SELECT command_id, completed, keyspace_name, status FROM system_views.repairs", "1", "true", "'k'", "'SUCCESS'")

	host := nodes[1].HostID().String()
	nodes[1].stop(t)
	waitFor(t, "the death of the second node", func() bool {
		return !nodes[0].monitor.Live(nodes[0].State().Members[0].Host) || !nodes[0].monitor.Live(nodes[0].State().Members[1].Host)
	})
	run(t, c, cassandra.One, "INSERT INTO k.t (p, c) VALUES (5, 1)")
	waitFor(t, "a hint", func() bool {
		rows := shown(t, c, "SELECT host_id, status, address, files FROM system_views.pending_hints")
		return len(rows) == 1 && strings.Join(rows[0], " ") == host+" 'DOWN' '"+peer+"' 1"
	})
	if rows := shown(t, c, "SELECT oldest, newest FROM system_views.pending_hints"); rows[0][0] == "null" || rows[0][1] == "null" {
		t.Errorf("hints from %q", rows)
	}
}

// A node that has joined tells what it has taken over.
func TestStreamingView(t *testing.T) {
	first := startNode(t, clusterOptions(t))
	c := first.dial(t)
	run(t, c, cassandra.One, "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
	run(t, c, cassandra.One, "CREATE TABLE k.t (p int PRIMARY KEY, v text)")
	for i := range 50 {
		run(t, c, cassandra.One, fmt.Sprintf("INSERT INTO k.t (p, v) VALUES (%d, 'x')", i))
	}
	second := startNode(t, clusterOptions(t, first.options.Native))
	rows := shown(t, second.dial(t), "SELECT operation, status, peers, progress_percentage, bytes_received FROM system_views.streaming")
	if len(rows) != 1 || rows[0][0] != "'Bootstrap'" || rows[0][1] != "'SUCCESS'" || rows[0][2] != "['"+first.options.Native+":7000']" || rows[0][3] != "100.0" || rows[0][4] == "0" {
		t.Errorf("%q", rows)
	}
	if rows := shown(t, c, "SELECT id FROM system_views.streaming"); len(rows) != 0 {
		t.Errorf("the first node took over %q", rows)
	}
}
