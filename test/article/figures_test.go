//go:build linux

package article

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"helenus/client"
	"helenus/test/engine"
)

// rounds are repetitions of the measurement: go test ./test/article -run TestFigures -v -rounds=10
var rounds = flag.Int("rounds", 1, "rounds of TestFigures")

// answersWithin bounds how long a node may take to answer CQL.
const answersWithin = time.Minute

// TestFigures measures the page's walk over two nodes with 64 MB each. It holds no time against a bound, since machines differ.
func TestFigures(t *testing.T) {
	if err := engine.BuildImage(); err != nil {
		t.Fatal(err)
	}
	f := figures{}
	for range *rounds {
		f.round(t)
	}
	t.Logf("image: %s bytes", ask(t, "image", "inspect", "-f", "{{.Size}}", engine.ImageName))
	for _, name := range f.order {
		values := f.values[name]
		slices.Sort(values)
		t.Logf("%-72s median %8.1f (%.1f to %.1f, %d values)", name, values[len(values)/2], values[0], values[len(values)-1], len(values))
	}
}

// figures are measured values by what they are of.
type figures struct {
	order  []string
	values map[string][]float64
}

func (f *figures) add(name string, value float64) {
	if f.values == nil {
		f.values = map[string][]float64{}
	}
	if f.values[name] == nil {
		f.order = append(f.order, name)
	}
	f.values[name] = append(f.values[name], value)
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// round is one walk.
func (f *figures) round(t *testing.T) {
	t.Helper()
	const idle, one, two = "article-figures-0", "article-figures-1", "article-figures-2"
	defer func() {
		out, err := exec.Command("docker", "rm", "-f", "-v", idle, one, two).CombinedOutput()
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}()
	began := time.Now()
	// It stays, so that Docker's bridge is up: from one that comes up the kernel takes up to a second to let the machine through.
	ask(t, "run", "-d", "--name", idle, "-m", "64m", engine.ImageName, "sleep", "1000")
	f.add("docker run -d of a container that does nothing, ms", milliseconds(time.Since(began)))

	first := launch(t, one, "select release_version from system.local", "-m", "64m")
	f.add("first node: docker run until it returns, ms", milliseconds(first.returned))
	f.add("first node: docker run to first answer, ms", milliseconds(first.answered))
	f.add("first node: docker run to the start of its process, ms", milliseconds(first.answered-first.process))
	f.add("first node: start of its process to first answer, ms", milliseconds(first.process))
	f.add("first node: start of its process to its log, ms", milliseconds(first.log))
	f.add("first node: its log to serving, ms", milliseconds(first.serves-first.log))
	defer first.conn.Close()
	for _, statement := range []string{
		"create keyspace mykeyspace with replication = {'class':'SimpleStrategy','replication_factor':1}",
		"create table mykeyspace.posts (id int primary key, title varchar, content text, created_at timestamp)",
		"insert into mykeyspace.posts (id,title,content,created_at) values (1,'test','test entry.',dateof(now()))",
	} {
		if _, err := first.conn.Query(t.Context(), statement, nil); err != nil {
			t.Fatal(err)
		}
	}

	began = time.Now()
	second := launch(t, two, "select * from mykeyspace.posts", "-m", "64m", "--link", one+":cassandra")
	defer second.conn.Close()
	if second.rows != 1 {
		t.Errorf("%d rows through the second node", second.rows)
	}
	f.add("second node: docker run until it returns, ms", milliseconds(second.returned))
	f.add("second node: docker run until it has joined and reads, ms", milliseconds(second.answered))
	f.add("second node: start of its process until it has joined and reads, ms", milliseconds(second.process))
	for strings.Count(ask(t, "exec", one, "nodetool", "status"), "\nUN ") != 2 {
		if time.Since(began) > answersWithin {
			t.Fatal("nodetool status does not show two nodes")
		}
	}
	f.add("second node: docker run until nodetool shows both UN, ms", milliseconds(time.Since(began)))
	for i, name := range []string{one, two} {
		node := []string{"first node", "second node"}[i]
		// Its own pages and the program's, which both nodes share.
		status := ask(t, "exec", name, "cat", "/proc/1/status")
		f.add(node+": resident, MiB", kibibytes(t, status, "VmRSS:")/1024)
		f.add(node+": resident, not of files, MiB", kibibytes(t, status, "RssAnon:")/1024)
		// The most that was ever counted for its cgroup, of version 1 or 2.
		peak := ask(t, "exec", name, "sh", "-c", "cat /sys/fs/cgroup/memory/memory.max_usage_in_bytes 2> /dev/null || cat /sys/fs/cgroup/memory.peak")
		bytes, err := strconv.ParseFloat(peak, 64)
		if err != nil {
			t.Fatal(err)
		}
		f.add(node+": most memory of its cgroup, MiB", bytes/(1<<20))
		f.add(node+": docker stats, MiB", mebibytes(t, ask(t, "stats", "--no-stream", "--format", "{{.MemUsage}}", name)))
	}
}

// launched is a node and how long it took.
type launched struct {
	returned, answered time.Duration // since docker run began
	process            time.Duration // from the start of the container's process to the answer
	log, serves        time.Duration // from there to the first line of its log, and to the one that says that it serves
	conn               *client.Conn
	rows               int
}

// launch starts a container and asks at its port until a statement is answered.
func launch(t *testing.T, name, statement string, args ...string) launched {
	t.Helper()
	port := freePort(t)
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	ctx, cancel := context.WithTimeout(t.Context(), answersWithin)
	defer cancel()
	run := exec.CommandContext(ctx, "docker", append(append([]string{"run", "-d", "--name", name, "-p", fmt.Sprintf("127.0.0.1:%d:9042", port)}, args...), engine.ImageName)...)
	began := time.Now()
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("docker run: %v\n%s", err, out)
	}
	// Asked any sooner, the kernel would look for the container's address before there is one, and again after a second only.
	l := launched{returned: time.Since(began)}
	for {
		conn, rows, err := askAt(ctx, address, statement)
		if err == nil {
			l.conn, l.rows, l.answered = conn, rows, time.Since(began)
			break
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s does not answer: %v", name, err)
		case <-time.After(2 * time.Millisecond):
		}
	}
	at := began.Add(l.answered)
	started, err := time.Parse(time.RFC3339Nano, ask(t, "inspect", "-f", "{{.State.StartedAt}}", name))
	if err != nil {
		t.Fatal(err)
	}
	l.process = at.Sub(started)
	l.log, l.serves = logged(t, name, "Cassandra version").Sub(started), logged(t, name, "Startup complete").Sub(started)
	return l
}

// logged returns when the engine got a line of a container's log.
func logged(t *testing.T, name, text string) time.Time {
	t.Helper()
	for line := range strings.Lines(ask(t, "logs", "--timestamps", name)) {
		if at, rest, _ := strings.Cut(line, " "); strings.Contains(rest, text) {
			when, err := time.Parse(time.RFC3339Nano, at)
			if err != nil {
				t.Fatal(err)
			}
			return when
		}
	}
	t.Fatalf("%s has not logged %q", name, text)
	return time.Time{}
}

// attemptWithin bounds one attempt: what is lost while a network comes up would be sent again after a second only.
const attemptWithin = 100 * time.Millisecond

// askAt connects and asks.
func askAt(ctx context.Context, address, statement string) (*client.Conn, int, error) {
	ctx, cancel := context.WithTimeout(ctx, attemptWithin)
	defer cancel()
	conn, err := client.Dial(ctx, client.Options{Addr: address})
	if err != nil {
		return nil, 0, err
	}
	r, err := conn.Query(ctx, statement, nil)
	if err != nil {
		conn.Close()
		return nil, 0, err
	}
	return conn, len(r.Rows), nil
}

// freePort is one that nobody listens at.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// ask runs a docker command that must succeed.
func ask(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "docker", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("docker %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// kibibytes reads a line of /proc/1/status.
func kibibytes(t *testing.T, status, key string) float64 {
	t.Helper()
	_, rest, found := strings.Cut(status, key)
	words := strings.Fields(rest)
	if !found || len(words) < 2 || words[1] != "kB" {
		t.Fatalf("no %s in\n%s", key, status)
	}
	n, err := strconv.ParseFloat(words[0], 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// mebibytes reads what docker stats says, as "6.5MiB / 64MiB".
func mebibytes(t *testing.T, usage string) float64 {
	t.Helper()
	used, _, _ := strings.Cut(usage, "MiB / ")
	n, err := strconv.ParseFloat(used, 64)
	if err != nil {
		t.Fatalf("%q: %v", usage, err)
	}
	return n
}
