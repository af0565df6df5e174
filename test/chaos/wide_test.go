//go:build linux

package chaos

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"helenus/test/server"
)

var wideRows = flag.Int("wide", 20_000, "rows of the one partition of TestWidePartition")

// TestWidePartition guards that a node with 64 MiB of memory stays within them, resident memory too, over one partition of many rows: while it is
// written, read in pages forwards and backwards, counted, and deleted from by ranges that are open, that overlap and that are many. What is read
// is what a model says each time.
func TestWidePartition(t *testing.T) {
	const limit = 64 << 20
	group, prefix := controlGroup(t, "wide", limit)
	node := server.Start(t, server.Options{Prefix: prefix, ReadyWithin: 10 * time.Minute})
	session := patient(t, node)
	n := *wideRows
	w := wide{t: t, node: node, session: session, rows: n, limit: limit}
	w.exec("CREATE KEYSPACE wide WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
	w.exec("CREATE TABLE wide.data (p int, c int, payload blob, PRIMARY KEY (p, c))")

	w.phase("write", func() { w.write() })
	w.phase("pages of 5000", func() { w.page("", 5000) })
	w.phase("pages of 1000, reversed", func() { w.page(" ORDER BY c DESC", 1000) })
	w.phase("count", func() { w.count(" WHERE p = 1") })
	w.phase("count of the table", func() { w.count("") })
	w.phase("deletes by range", func() {
		for from := 0; from < n; from += 1000 {
			w.deleteRange(from+100, from+200)
		}
		w.deleteRange(n/2, n/2+n/20)
		w.exec("DELETE FROM wide.data WHERE p = 1 AND c >= ?", n/10*9)
		w.deleted = append(w.deleted, [2]int{n / 10 * 9, n})
	})
	for _, when := range []string{"", ", compacted"} {
		w.phase("pages of 5000 after the deletes"+when, func() { w.page("", 5000) })
		w.phase("pages of 1000, reversed, after the deletes"+when, func() { w.page(" ORDER BY c DESC", 1000) })
		w.phase("count after the deletes"+when, func() { w.count(" WHERE p = 1") })
		if when == "" {
			w.phase("flush and compact", func() { verb(t, node, "flush"); verb(t, node, "compact") })
		}
	}
	w.phase("delete of the partition", func() {
		w.exec("DELETE FROM wide.data WHERE p = 1")
		w.deleted = [][2]int{{0, n}}
		w.page("", 5000)
		w.count(" WHERE p = 1")
	})
	if kills := oomKills(t, group); kills != "0" || !node.Running() {
		t.Errorf("%s kills for want of memory, running: %t\n%s", kills, node.Running(), node.Log())
	}
}

// patient connects with time for answers that take long.
func patient(t *testing.T, node *server.Node) *gocql.Session {
	t.Helper()
	cluster := gocql.NewCluster(node.Host)
	cluster.Consistency, cluster.RetryPolicy, cluster.Timeout, cluster.ConnectTimeout = gocql.One, nil, 10*time.Minute, time.Minute
	session, err := cluster.CreateSession()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	return session
}

// wide is the partition and what should be in it.
type wide struct {
	t       *testing.T
	node    *server.Node
	session *gocql.Session
	rows    int
	limit   int
	deleted [][2]int // from, to
}

const wideBytes = 96 // of a row's payload

func (w *wide) exec(cql string, values ...any) {
	w.t.Helper()
	if err := w.session.Query(cql, values...).Exec(); err != nil {
		w.t.Fatalf("%s: %v", cql, err)
	}
}

func (w *wide) deleteRange(from, to int) {
	w.exec("DELETE FROM wide.data WHERE p = 1 AND c >= ? AND c < ?", from, to)
	w.deleted = append(w.deleted, [2]int{from, to})
}

// phase runs a part, tells what it took, and checks the highest resident memory meanwhile.
func (w *wide) phase(name string, run func()) {
	w.t.Helper()
	proc := filepath.Join("/proc", strconv.Itoa(w.node.Pid))
	if err := os.WriteFile(filepath.Join(proc, "clear_refs"), []byte("5"), 0); err != nil { // the peak begins anew
		w.t.Fatal(err)
	}
	began := time.Now()
	run()
	took := time.Since(began)
	peak := peakResident(w.t, proc)
	w.t.Logf("%-55s %10s, at most %4.1f MiB resident", name, took.Round(time.Millisecond), float64(peak)/(1<<20))
	if peak > w.limit {
		w.t.Errorf("%s: %d bytes resident, more than %d", name, peak, w.limit)
	}
}

func peakResident(t *testing.T, proc string) int {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(proc, "status"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(raw), "VmHWM:")
	kilobytes, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}

// write inserts all rows, a hundred a batch.
func (w *wide) write() {
	const together = 100
	eachRow(w.t, (w.rows+together-1)/together, func(batch int) error {
		b := w.session.Batch(gocql.UnloggedBatch)
		for c := batch * together; c < min((batch+1)*together, w.rows); c++ {
			b.Query("INSERT INTO wide.data (p, c, payload) VALUES (1, ?, ?)", c, payload(c, wideBytes))
		}
		return b.Exec()
	})
}

// alive are the rows that were not deleted, in order.
func (w *wide) alive() (all []int) {
	gone := make([]bool, w.rows)
	for _, d := range w.deleted {
		for c := d[0]; c < min(d[1], w.rows); c++ {
			gone[c] = true
		}
	}
	for c, is := range gone {
		if !is {
			all = append(all, c)
		}
	}
	return all
}

// page reads the partition page by page.
func (w *wide) page(order string, size int) {
	w.t.Helper()
	want := w.alive()
	rows := w.session.Query("SELECT c, payload FROM wide.data WHERE p = 1" + order).PageSize(size).Iter()
	var got int
	var held []byte
	i := 0
	for ; rows.Scan(&got, &held); i++ {
		if i >= len(want) {
			w.t.Fatalf("a row too many: %d", got)
		}
		expected := want[i]
		if order != "" {
			expected = want[len(want)-1-i]
		}
		if got != expected || string(held) != string(payload(got, wideBytes)) {
			w.t.Fatalf("row %d is %d of %d bytes, want %d", i, got, len(held), expected)
		}
	}
	if err := rows.Close(); err != nil || i != len(want) {
		w.t.Fatalf("%d rows of %d: %v", i, len(want), err)
	}
}

func (w *wide) count(where string) {
	w.t.Helper()
	var got int
	if err := w.session.Query("SELECT count(*) FROM wide.data" + where).Scan(&got); err != nil {
		w.t.Fatalf("count%s: %v", where, err)
	}
	if want := len(w.alive()); got != want {
		w.t.Fatalf("count%s: %d, want %d", where, got, want)
	}
}

func verb(t *testing.T, node *server.Node, name string) {
	t.Helper()
	binary, err := server.Binary()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(binary, "nodetool", "-h", node.Host, name).CombinedOutput(); err != nil {
		t.Fatalf("nodetool %s: %v\n%s", name, err, out)
	}
}
