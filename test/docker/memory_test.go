//go:build linux

package docker

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"helenus/client"
	"helenus/internal/protocol"
)

var (
	overloadFor = flag.Duration("overload", 20*time.Second, "how long a container of 64 MiB is loaded with three times what it bears")
	abuseFor    = flag.Duration("abuse", 2*time.Second, "how long each kind of abuse of a container of 64 MiB goes on")
)

// usage returns what a container's memory group is charged for, without the pages of files that the kernel gives back at once.
func usage(t *testing.T, name string) int64 {
	t.Helper()
	text := docker(t, "exec", name, "sh", "-c", "cat /sys/fs/cgroup/memory/memory.usage_in_bytes /sys/fs/cgroup/memory.current; cat /sys/fs/cgroup/memory/memory.stat /sys/fs/cgroup/memory.stat; exit 0")
	var used, inactive int64
	for i, line := range strings.Split(text, "\n") {
		fields := strings.Fields(line)
		switch {
		case i == 0:
			used, _ = strconv.ParseInt(line, 10, 64)
		case len(fields) == 2 && (fields[0] == "total_inactive_file" || fields[0] == "inactive_file"):
			inactive, _ = strconv.ParseInt(fields[1], 10, 64)
		}
	}
	if used == 0 {
		t.Fatalf("no memory figures:\n%s", text)
	}
	return used - inactive
}

// processorTime returns how long a container has had a processor.
func processorTime(t *testing.T, name string) time.Duration {
	t.Helper()
	text := docker(t, "exec", name, "sh", "-c", "cat /sys/fs/cgroup/cpuacct/cpuacct.usage 2> /dev/null || cat /sys/fs/cgroup/cpu.stat")
	if ns, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Duration(ns)
	}
	for line := range strings.Lines(text) {
		if us, ok := strings.CutPrefix(line, "usage_usec "); ok {
			if n, err := strconv.ParseInt(strings.TrimSpace(us), 10, 64); err == nil {
				return time.Duration(n) * time.Microsecond
			}
		}
	}
	t.Fatalf("no processor time:\n%s", text)
	return 0
}

// alive fails the test when a container has ended or the kernel has killed something in it.
func alive(t *testing.T, name string) {
	t.Helper()
	if state := docker(t, "inspect", "-f", "{{.State.Running}} {{.State.OOMKilled}}", name); state != "true false" {
		t.Fatalf("%s: running, killed for want of memory: %s, exit status %s", name, state, docker(t, "inspect", "-f", "{{.State.ExitCode}}", name))
	}
}

// normalWithin is how soon after a load a node has to answer as before.
const normalWithin = 10 * time.Second

// normal waits until a node answers ten requests in a row without shedding any.
func normal(t *testing.T, name, addr string) {
	t.Helper()
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), normalWithin)
	defer cancel()
	var last error
	for row := 0; row < 10 && ctx.Err() == nil; {
		c, err := client.Dial(ctx, client.Options{Addr: addr})
		for err == nil && row < 10 {
			if _, err = c.Query(ctx, "INSERT INTO load.rows (id, c, v) VALUES (-1, 0, 0x00)", nil); err == nil {
				_, err = c.Query(ctx, "SELECT v FROM load.rows WHERE id = -1", nil)
			}
			row++
		}
		if c != nil {
			c.Close()
		}
		if err != nil {
			row, last = 0, err
		}
	}
	alive(t, name)
	if ctx.Err() != nil {
		t.Fatalf("%s is not back to normal after %s: %v", name, normalWithin, last)
	}
	t.Logf("back to normal after %d ms; %.1f MiB", time.Since(began).Milliseconds(), float64(usage(t, name))/(1<<20))
}

// startTiny starts a node in a container of 64 MiB, with no swap, and half a processor, so that the load's own work leaves it what it has.
func startTiny(t *testing.T, name string, args ...string) (addr string) {
	t.Helper()
	start(t, name, append(append([]string{"-m", "64m", "--memory-swap", "64m", "--cpus", "0.5"}, args...), imageName)...)
	ready(t, name)
	addr = address(t, name)
	run(t, dial(t, addr), "CREATE KEYSPACE load WITH replication = {'class':'SimpleStrategy','replication_factor':1}",
		"CREATE TABLE load.rows (id bigint, c int, v blob, PRIMARY KEY (id, c))")
	return addr
}

const insertRow = "INSERT INTO load.rows (id, c, v) VALUES (?, ?, ?)"

// insertOf writes rows of a size, prepared once a connection by the client's text.
func insertOf(size int) operation {
	return func(ctx context.Context, c *client.Conn, random *rand.Rand) error {
		_, err := c.Query(ctx, insertRow, one(int64Of(random.Int64N(1000)), int32Of(random.Int32N(100)), client.Value{Bytes: bytesOf(random, size)}))
		return err
	}
}

// mixed is what an application does: rows of 1 KiB, some larger, batches and reads of a page.
func mixed(ctx context.Context, c *client.Conn, random *rand.Rand) error {
	switch n := random.IntN(100); {
	case n < 60:
		return insertOf(1<<10)(ctx, c, random)
	case n < 65:
		return insertOf(64<<10)(ctx, c, random)
	case n < 70:
		return batchOf(20, 1<<10)(ctx, c, random)
	}
	p := one(int64Of(random.Int64N(1000)))
	p.PageSize = 100
	_, err := c.Query(ctx, "SELECT c, v FROM load.rows WHERE id = ?", p)
	return err
}

// batchOf writes so many rows at once.
func batchOf(rows, size int) operation {
	return func(ctx context.Context, c *client.Conn, random *rand.Rand) error {
		items := make([]client.BatchItem, rows)
		for i := range items {
			items[i] = client.BatchItem{CQL: insertRow, Values: []client.Value{int64Of(random.Int64N(1000)), int32Of(int32(i)), {Bytes: bytesOf(random, size)}}}
		}
		_, err := c.Batch(ctx, protocol.BatchUnlogged, items, nil)
		return err
	}
}

// TestOverload guards that a small container under three times the load it can bear sheds what is too much and says so: no kill for want of
// memory, no answer but the one asked for or Overloaded, and as before soon after. go test ./test/docker -run TestOverload -overload=5m is long.
func TestOverload(t *testing.T) {
	addr := startTiny(t, "overloaded")
	const learn = 4 * time.Second
	each := time.Duration(0) // of the processor, for each that was done
	cost := func(what string, load func() *tally) *tally {
		before, began := processorTime(t, "overloaded"), time.Now()
		a := load()
		took, spent := time.Since(began), processorTime(t, "overloaded")-before
		each = spent / time.Duration(max(a.done.Load(), 1))
		t.Logf("%s: %s; %.0f done a second, %d µs of the processor for each, %.2f processors in all; half of them within %d ms, 99 %% within %d ms; %.1f MiB", what, a, float64(a.done.Load())/took.Seconds(),
			each.Microseconds(), spent.Seconds()/took.Seconds(), a.within(50).Milliseconds(), a.within(99).Milliseconds(), float64(usage(t, "overloaded"))/(1<<20))
		return a
	}
	bears := cost("what it bears", func() *tally { return press(t, addr, 8, 4, learn, mixed) })
	rate := 3 * float64(bears.done.Load()) / learn.Seconds()
	began := time.Now()
	a := cost(fmt.Sprintf("%.0f requests a second for %s", rate, overloadFor), func() *tally { return flood(t, addr, 64, rate, *overloadFor, mixed) })
	took, flooded := time.Since(began), each
	alive(t, "overloaded")
	if a.other.Load() > 0 {
		t.Error("not all requests were answered or refused as Overloaded")
	}
	normal(t, "overloaded", addr)
	// By now there is more to read than at first, so that a request costs more: this is what the load has to be held against.
	after := cost("what it bears now", func() *tally { return press(t, addr, 8, 4, learn, mixed) })
	// In time of the node's own processor, whatever else this machine does meanwhile. Refusing is cheap beside it.
	if flooded > 4*each {
		t.Errorf("with what it refuses, a request costs %s of the processor, and %s without", flooded, each)
	}
	t.Logf("under three times its load %.0f %% of what it bears", 100*float64(a.done.Load())/took.Seconds()/(float64(after.done.Load())/learn.Seconds()))
}

// TestAbuse guards that no single kind of request, however many clients send it, brings a small container down.
func TestAbuse(t *testing.T) {
	addr := startTiny(t, "abused")
	c := dial(t, addr)
	run(t, c, "CREATE TABLE load.big (id bigint, c int, v blob, PRIMARY KEY (id, c))")
	random := rand.New(rand.NewPCG(1, 1))
	for i := range 48 { // 48 MiB in one partition
		if _, err := c.Query(t.Context(), "INSERT INTO load.big (id, c, v) VALUES (1, ?, ?)", one(int32Of(int32(i)), client.Value{Bytes: bytesOf(random, 1<<20)})); err != nil {
			t.Fatal(err)
		}
	}
	read := func(statement string, page int32) operation {
		return func(ctx context.Context, c *client.Conn, _ *rand.Rand) error {
			p := client.One()
			p.PageSize = page
			_, err := c.Query(ctx, statement, p)
			return err
		}
	}
	for _, test := range []struct {
		name        string
		conns, each int
		op          operation
	}{
		{"rows of 1 KiB", 64, 64, insertOf(1 << 10)},
		{"rows of 100 KiB", 64, 16, insertOf(100 << 10)},
		{"rows of 1 MiB", 32, 4, insertOf(1 << 20)},
		{"batches of 40 KiB", 64, 8, batchOf(4, 10<<10)},
		{"batches of 400 rows", 32, 8, batchOf(400, 8)},
		{"large pages", 32, 4, read("SELECT * FROM load.big WHERE id = 1", 5000)},
		{"pages of a scan", 32, 4, read("SELECT * FROM load.rows", 5000)},
		{"ORDER BY over partitions", 16, 2, read("SELECT id, c FROM load.rows WHERE id IN (1,2,3,4,5,6,7,8) ORDER BY c", 0)},
		{"prepared statements", 32, 16, func(ctx context.Context, c *client.Conn, random *rand.Rand) error {
			_, err := c.Prepare(ctx, fmt.Sprintf("SELECT id, c, v FROM load.rows WHERE id = ? AND c IN (%d, ?, ?, ?, ?) LIMIT %d", random.Int32(), 1+random.Int32N(1<<30)), "")
			return err
		}},
		{"aggregates", 16, 4, read("SELECT count(*), max(c) FROM load.rows", 0)},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := press(t, addr, test.conns, test.each, *abuseFor, test.op)
			t.Log(a)
			alive(t, "abused")
			if a.other.Load() > 0 || a.done.Load() == 0 {
				t.Error("requests were neither answered nor refused as Overloaded, or none was answered")
			}
			normal(t, "abused", addr)
		})
	}
	t.Run("a result that nobody bounds", func(t *testing.T) {
		a := press(t, addr, 16, 2, *abuseFor, read("SELECT * FROM load.big", 0))
		t.Log(a)
		normal(t, "abused", addr)
	})
	t.Run("clients that do not read", func(t *testing.T) {
		var open []*stalled
		for range 64 {
			open = append(open, stall(t, addr, "SELECT * FROM load.big", 64))
		}
		normal(t, "abused", addr)
		for _, s := range open {
			s.net.Close()
		}
		normal(t, "abused", addr)
	})
	t.Run("many tables", func(t *testing.T) {
		var a tally
		c := dial(t, addr)
		end := time.Now().Add(4 * *abuseFor)
		for i := 0; i < 500 && time.Now().Before(end); i++ {
			_, err := c.Query(t.Context(), fmt.Sprintf("CREATE TABLE load.t%d (id int PRIMARY KEY, a text, b text, c map<text, text>)", i), nil)
			a.note(err)
		}
		t.Log(&a)
		normal(t, "abused", addr)
	})
}

// stalled is a client that sends and never reads.
type stalled struct{ net net.Conn }

// stall sends a query so often and leaves the answers unread.
func stall(t *testing.T, addr, statement string, times int) *stalled {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	if err := nc.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	out := frame(nil, protocol.OpStartup, protocol.AppendStringMap(nil, map[string]string{"CQL_VERSION": "3.0.0"}))
	p := client.One()
	for range times {
		q := protocol.Query{CQL: []byte(statement), Params: protocol.Params{Consistency: p.Consistency, PageSize: 5000}}
		out = frame(out, protocol.OpQuery, q.Append(nil, protocol.V4))
	}
	if err := nc.SetWriteDeadline(time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := nc.Write(out); err != nil {
		t.Logf("a stalled client: %v", err) // the node may refuse it
	}
	return &stalled{nc}
}

// frame appends a frame of protocol v4.
func frame(dst []byte, op protocol.Opcode, body []byte) []byte {
	dst = protocol.AppendHeader(dst, protocol.Header{Version: protocol.V4, Opcode: op, Length: len(body)})
	return append(dst, body...)
}

// TestIdleConnections guards that connections which ask for nothing are bounded by what the container has: those beyond are told why.
func TestIdleConnections(t *testing.T) {
	addr := startTiny(t, "crowded")
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		t.Fatal(err)
	}
	want := min(20_000, int(files.Cur)-500)
	startup := frame(nil, protocol.OpStartup, protocol.AppendStringMap(nil, map[string]string{"CQL_VERSION": "3.0.0"}))
	held, refused, other := 0, 0, 0
	var first error
	var open []net.Conn
	for range want {
		answer, nc, err := greet(addr, startup)
		if nc != nil {
			open = append(open, nc)
		}
		switch {
		case err == nil && protocol.Opcode(answer[4]) == protocol.OpReady:
			held++
		case err == nil && strings.Contains(string(answer), "connections"):
			refused++
		default:
			if other++; first == nil {
				first = fmt.Errorf("%q: %w", answer, err)
			}
		}
		if other > 20 {
			break
		}
	}
	t.Logf("%d connections: %d held, %d told that there are too many, %d others; %s", want, held, refused, other, docker(t, "stats", "--no-stream", "--format", "{{.MemUsage}}", "crowded"))
	alive(t, "crowded")
	if other > 0 || held < 100 || refused == 0 {
		t.Errorf("unlike what was expected; the first: %v", first)
	}
	docker(t, "exec", "crowded", "helenus", "health") // busy is not ill
	for _, nc := range open {
		nc.Close()
	}
	normal(t, "crowded", addr)
	if log := docker(t, "logs", "crowded"); !strings.Contains(log, "connections are refused") {
		t.Error("the log does not tell of refused connections")
	}
}

// greet connects and returns the answer to STARTUP.
func greet(addr string, startup []byte) (answer []byte, nc net.Conn, err error) {
	if nc, err = net.DialTimeout("tcp", addr, 3*time.Second); err != nil {
		return nil, nil, err
	}
	if err = nc.SetDeadline(time.Now().Add(3 * time.Second)); err != nil {
		return nil, nc, err
	}
	if _, err = nc.Write(startup); err != nil {
		return nil, nc, err
	}
	answer = make([]byte, 512)
	n, err := nc.Read(answer)
	if n >= protocol.HeaderBytes {
		err = nil
	}
	return append(answer[:n], make([]byte, max(0, protocol.HeaderBytes-n))...), nc, err
}
