package functions

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"helenus/client"
	"helenus/internal/cassandra"
	"helenus/internal/udf/worker"
	"helenus/test/server"
)

func TestMain(m *testing.M) {
	code := m.Run()
	server.RemoveBinary()
	os.Exit(code)
}

// enabled are the flags of a node with functions in every language.
var enabled = []string{"--user-defined-functions=true", "--scripted-user-defined-functions=true"}

func dial(t *testing.T, addr string) *client.Conn {
	t.Helper()
	c, err := client.Dial(t.Context(), client.Options{Addr: addr, Version: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Log(err)
		}
	})
	return c
}

func ask(t *testing.T, c *client.Conn, cql string) *client.Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, err := c.Query(ctx, cql, nil)
	if err != nil {
		t.Fatalf("%s: %v", cql, err)
	}
	return r
}

// runaways are bodies without an end in time or memory, by language.
var runaways = map[string][]string{
	"java": {
		`while (true) { }`, `String r = "x"; while (true) r += r;`, `List l = new ArrayList(); while (true) l.add(l);`, `int[] a = new int[2147483647]; return 1;`,
		`java.math.BigInteger n = java.math.BigInteger.TEN; while (true) n = n.multiply(n);`, `Map m = new HashMap(); int n = 0; while (true) m.put(n++, "x".repeat(100));`,
	},
	"javascript": {
		`while (true);`, `let r = "x"; while (true) r += r;`, `for (const a = [];;) a.push([a]);`, `return "x".repeat(2 ** 29).length;`, `return new ArrayBuffer(2 ** 33).byteLength;`,
		`return (function f() { return 1 + f(); })();`, `const a = []; a.length = 2 ** 32 - 1; return a.indexOf(1);`, `return /^(a+)+(?=b)$/.test("a".repeat(50)) ? 1 : 2;`,
	},
	"wasm": {
		wasm(0x03, 0x40, 0x0c, 0, 0x0b, 0x41, 0), // a loop without an end
		wasm(0x03, 0x40, 0x41, 1, 0x40, 0, 0x41, 0x7f, 0x47, 0x0d, 0, 0x0b, 0x03, 0x40, 0x0c, 0, 0x0b, 0x41, 0), // grows the memory as far as it can, then loops
		wasm(0x20, 0, 0x10, 0), // calls itself
	},
}

// wasm is a module of one function f: (i32) -> i32 with this code, in hexadecimal.
func wasm(code ...byte) string {
	body := append(append([]byte{0}, code...), 0x0b)
	module := "\x00asm\x01\x00\x00\x00" + "\x01\x06\x01\x60\x01\x7f\x01\x7f" + "\x03\x02\x01\x00" + "\x05\x03\x01\x00\x01" + "\x07\x05\x01\x01f\x00\x00"
	module += "\x0a" + string([]byte{byte(len(body) + 2), 1, byte(len(body))}) + string(body)
	return fmt.Sprintf("0x%x", module)
}

// TestRunaways: functions that never end or take all memory fail alone. The node answers others meanwhile and does not grow.
func TestRunaways(t *testing.T) {
	node := server.Start(t, server.Options{Args: append([]string{"--memory=256MiB"}, enabled...)})
	c, other := dial(t, node.Addr), dial(t, node.Addr)
	ask(t, c, "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
	ask(t, c, "CREATE TABLE ks.t (k int PRIMARY KEY, v int)")
	ask(t, c, "INSERT INTO ks.t (k, v) VALUES (1, 1)")
	before := resident(t, node.Pid)
	done := make(chan struct{})
	slowest := make(chan time.Duration, 1)
	go func() { // somebody else's requests
		most := time.Duration(0)
		defer func() { slowest <- most }()
		for {
			select {
			case <-done:
				return
			default:
			}
			began := time.Now()
			if _, err := other.Query(context.Background(), "SELECT v FROM ks.t WHERE k = 1", nil); err != nil {
				t.Errorf("another request: %v", err)
				return
			}
			most = max(most, time.Since(began))
		}
	}()
	for language, bodies := range runaways {
		for _, body := range bodies {
			create := fmt.Sprintf("CREATE OR REPLACE FUNCTION ks.f (x int) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE %s AS $$%s$$", language, body)
			if language == "javascript" && !worker.JavaScript {
				if _, err := c.Query(t.Context(), create, nil); err == nil || !strings.Contains(err.Error(), "-tags javascript") {
					t.Errorf("without its engine JavaScript is refused with %v", err)
				}
				continue
			}
			ask(t, c, create)
			began := time.Now()
			_, err := c.Query(t.Context(), "SELECT ks.f(v) FROM ks.t", nil)
			var e *cassandra.Error
			if !errors.As(err, &e) || e.Code != cassandra.CodeFunctionFailure || e.Keyspace != "ks" || e.Function != "f" || len(e.ArgTypes) != 1 || e.ArgTypes[0] != "int" {
				t.Errorf("%s: %s: got %v (%+v), want the failure of ks.f(int)", language, body, err, e)
			}
			t.Logf("%s: %.60s: %v after %s", language, body, err, time.Since(began).Round(time.Millisecond))
		}
	}
	close(done)
	t.Logf("the slowest other request took %s", <-slowest)
	if grown := resident(t, node.Pid) - before; grown > 128<<20 {
		t.Errorf("the node grew by %d MiB", grown>>20)
	} else {
		t.Logf("the node grew by %d MiB", grown>>20)
	}
}

// resident is the memory of a process in bytes; 0 where that can't be read.
func resident(t *testing.T, pid int) int64 {
	t.Helper()
	if runtime.GOOS != "linux" {
		return 0
	}
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(raw), "VmRSS:")
	kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kib << 10
}

// TestRing: what one node was told is known to the other, and computed by the one that is asked; it is there after a kill.
func TestRing(t *testing.T) {
	first := server.Start(t, server.Options{Args: enabled})
	second := server.Start(t, server.Options{Args: append([]string{"--seeds", first.Host}, enabled...)})
	a, b := dial(t, first.Addr), dial(t, second.Addr)
	ask(t, a, "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
	ask(t, a, "CREATE TABLE ks.t (k int PRIMARY KEY, v int)")
	ask(t, a, "CREATE FUNCTION ks.twice (x int) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE java AS 'return x * 2;'")
	ask(t, a, "CREATE FUNCTION ks.plus (s int, x int) CALLED ON NULL INPUT RETURNS int LANGUAGE java AS 'return s + x;'")
	ask(t, a, "CREATE AGGREGATE ks.total (int) SFUNC plus STYPE int INITCOND 0")
	for k := range 100 {
		ask(t, b, fmt.Sprintf("INSERT INTO ks.t (k, v) VALUES (%d, ks.twice(%[1]d))", k))
	}
	for _, c := range []*client.Conn{a, b} {
		if got := ask(t, c, "SELECT ks.total(ks.twice(v)) FROM ks.t").Rows[0][0]; !bytes.Equal(got, []byte{0, 0, 0x4d, 0x58}) { // 4 × 4950
			t.Errorf("the total is %x", got)
		}
	}
	described := ask(t, b, "DESCRIBE FUNCTION ks.twice").Rows[0][3]
	second.Kill()
	again := second.Again(t)
	c := dial(t, again.Addr)
	if got := ask(t, c, "DESCRIBE FUNCTION ks.twice").Rows[0][3]; !bytes.Equal(got, described) {
		t.Errorf("after a kill: %s", got)
	}
	ask(t, c, "SELECT ks.total(v) FROM ks.t")
}

// TestOff: without the settings functions are refused, in Cassandra's words.
func TestOff(t *testing.T) {
	node := server.Start(t, server.Options{})
	c := dial(t, node.Addr)
	ask(t, c, "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
	_, err := c.Query(t.Context(), "CREATE FUNCTION ks.f (x int) CALLED ON NULL INPUT RETURNS int LANGUAGE java AS 'return x;'", nil)
	var e *cassandra.Error
	if !errors.As(err, &e) || e.Code != cassandra.CodeInvalid || e.Message != "User-defined functions are disabled in cassandra.yaml - set user_defined_functions_enabled=true to enable" {
		t.Errorf("got %v", err)
	}
}
