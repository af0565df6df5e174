// The walk of the Go driver before its move to Apache: walk HOST. Prints one line a check.
package main

import (
	"bytes"
	"context"
	"fmt"
	"math/big"
	"net"
	"os"
	"strings"
	"time"

	"github.com/gocql/gocql"
	"gopkg.in/inf.v0"
)

func check(name string, held bool, why ...any) {
	if held {
		fmt.Println("ok", name)
		return
	}
	fmt.Printf("not ok %s: %v\n", name, why)
}

func main() {
	session, err := connect(os.Args[1], 0)
	if err != nil {
		fmt.Printf("not ok connect: %v\n", err)
		os.Exit(1)
	}
	defer session.Close()
	for _, cql := range []string{
		"CREATE KEYSPACE old WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
		"CREATE TYPE old.address (street text, zip int)",
		"CREATE TABLE old.rows (k int, c int, v text, PRIMARY KEY (k, c))",
		"CREATE TABLE old.hits (k int PRIMARY KEY, n counter)",
		"CREATE TABLE old.kinds (id uuid PRIMARY KEY, a ascii, b bigint, bl blob, bo boolean, d date, de decimal, dou double, du duration, f float, i inet, ti time," +
			" ts timestamp, tu timeuuid, ty tinyint, sm smallint, v varint, l list<int>, s set<text>, m map<text, bigint>, t tuple<int, text>, u frozen<address>)",
	} {
		if err := session.Query(cql).Exec(); err != nil {
			check(cql, false, err)
		}
	}
	types(session)
	conditions(session)
	batches(session)
	pages(session)
	trace(session)
	metadata(session)
	for _, version := range []int{3, 4} {
		s, err := connect(os.Args[1], version)
		if err != nil {
			check(fmt.Sprint("v", version), false, err)
			continue
		}
		var n int
		err = s.Query("SELECT count(*) FROM old.rows").Scan(&n)
		check(fmt.Sprint("v", version), err == nil && n > 0, n, err)
		s.Close()
	}
}

// connect opens a session; version 0 is the one that the driver finds.
func connect(host string, version int) (*gocql.Session, error) {
	cluster := gocql.NewCluster(host)
	cluster.Timeout, cluster.ConnectTimeout = time.Minute, 30*time.Second
	cluster.PoolConfig.HostSelectionPolicy = gocql.TokenAwareHostPolicy(gocql.DCAwareRoundRobinPolicy("datacenter1"))
	cluster.Compressor = gocql.SnappyCompressor{}
	cluster.ProtoVersion = version
	return cluster.CreateSession()
}

type address struct {
	Street string `cql:"street"`
	Zip    int    `cql:"zip"`
}

func types(session *gocql.Session) {
	id, now := gocql.TimeUUID(), time.Now().UTC().Truncate(time.Millisecond)
	err := session.Query("INSERT INTO old.kinds (id, a, b, bl, bo, d, de, dou, du, f, i, ti, ts, tu, ty, sm, v, l, s, m, u, t)"+
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (?, ?))",
		id, "a", int64(-5), []byte{0, 1}, true, time.Date(1969, 7, 20, 0, 0, 0, 0, time.UTC), inf.NewDec(-12345, 3), 1e300, gocql.Duration{Months: 1, Nanoseconds: 5},
		float32(.5), net.ParseIP("::1"), 5*time.Hour, now, id, int8(-128), int16(7), new(big.Int).Lsh(big.NewInt(-1), 100), []int{1, 2}, []string{"a"},
		map[string]int64{"x": 1}, address{"Main", 7}, 1, "one").Exec()
	check("writes types", err == nil, err)
	row := map[string]any{}
	err = session.Query("SELECT * FROM old.kinds WHERE id = ?", id).MapScan(row)
	check("reads types", err == nil && fmt.Sprintln(row["de"], row["v"], row["l"], row["s"], row["m"], row["i"], row["ti"], row["ty"]) ==
		"-12.345 -1267650600228229401496703205376 [1 2] [a] map[x:1] ::1 5h0m0s -128\n" && row["ts"].(time.Time).Equal(now), row, err)
	var u address
	var n int
	var text string
	err = session.Query("SELECT u, t FROM old.kinds WHERE id = ?", id).Scan(&u, &n, &text)
	check("user type and tuple", err == nil && u == address{"Main", 7} && n == 1 && text == "one", u, n, text, err)
}

func conditions(session *gocql.Session) {
	applied, err := session.Query("INSERT INTO old.rows (k, c, v) VALUES (1, 1, 'a') IF NOT EXISTS").MapScanCAS(map[string]any{})
	check("IF NOT EXISTS", applied && err == nil, err)
	found := map[string]any{}
	applied, err = session.Query("UPDATE old.rows SET v = 'b' WHERE k = 1 AND c = 1 IF v = 'z'").MapScanCAS(found)
	check("IF", !applied && found["v"] == "a" && err == nil, found, err)
	b := session.NewBatch(gocql.LoggedBatch)
	b.Query("INSERT INTO old.rows (k, c, v) VALUES (?, ?, ?) IF NOT EXISTS", 1, 1, "x")
	b.Query("INSERT INTO old.rows (k, c, v) VALUES (?, ?, ?)", 1, 9, "x")
	applied, rows, err := session.MapExecuteBatchCAS(b, map[string]any{})
	closed := rows.Close()
	check("a batch with IF", !applied && err == nil && closed == nil, applied, err, closed)
}

func batches(session *gocql.Session) {
	b := session.NewBatch(gocql.LoggedBatch)
	b.Query("INSERT INTO old.rows (k, c, v) VALUES (?, ?, ?)", 1, 2, "x")
	b.Query("UPDATE old.rows SET v = ? WHERE k = ? AND c = ?", "y", 1, 3)
	check("batch", session.ExecuteBatch(b) == nil)
	b = session.NewBatch(gocql.CounterBatch)
	b.Query("UPDATE old.hits SET n = n + ? WHERE k = ?", int64(5), 1)
	err := session.ExecuteBatch(b)
	var n int64
	check("counters", err == nil && session.Query("SELECT n FROM old.hits").Scan(&n) == nil && n == 5, n, err)
}

func pages(session *gocql.Session) {
	var seen []int
	rows := session.Query("SELECT c FROM old.rows WHERE k = ?", 1).PageSize(1).Prefetch(.5).Iter()
	for c := 0; rows.Scan(&c); {
		seen = append(seen, c)
	}
	err := rows.Close()
	check("pages", err == nil && fmt.Sprint(seen) == "[1 2 3]", seen, err)
	key, err := session.Query("SELECT c FROM old.rows WHERE k = ?", 5).GetRoutingKey()
	check("routing key", err == nil && bytes.Equal(key, []byte{0, 0, 0, 5}), key, err)
}

// trace looks as this driver does: once, as soon as the request is answered.
func trace(session *gocql.Session) {
	var out bytes.Buffer
	err := session.Query("SELECT * FROM old.rows WHERE k = 1").Trace(gocql.NewTraceWriter(session, &out)).Exec()
	check("trace", err == nil && strings.Contains(out.String(), "coordinator: 127.") && !strings.Contains(out.String(), "duration: 0s") &&
		strings.Contains(out.String(), "Executing single-partition query on rows"), out.String(), err)
}

func metadata(session *gocql.Session) {
	check("schema agreement", session.AwaitSchemaAgreement(context.Background()) == nil)
	keyspace, err := session.KeyspaceMetadata("old")
	check("metadata", err == nil && len(keyspace.Tables) == 3 && len(keyspace.UserTypes) == 1 && keyspace.Tables["rows"].ClusteringColumns[0].Name == "c", err)
}
