//go:build linux

package chaos

import (
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"helenus/test/server"
)

var smallMiB = flag.Int("small", 64, "MiB of data for two nodes of 64 MiB of memory each")

// controlGroup makes a memory control group, of version 1 or 2, and returns the directory and a command prefix that runs a program in it.
func controlGroup(t *testing.T, name string, bytes int) (dir string, prefix []string) {
	t.Helper()
	root, limit := "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
	if _, err := os.Stat(root); err != nil {
		root, limit = "/sys/fs/cgroup", "memory.max"
	}
	dir = filepath.Join(root, fmt.Sprintf("helenus-%d-%s", os.Getpid(), name))
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatalf("make a control group (needs root): %v", err)
	}
	t.Cleanup(func() { os.Remove(dir) })
	if err := os.WriteFile(filepath.Join(dir, limit), fmt.Append(nil, bytes), 0o600); err != nil {
		t.Fatalf("limit the memory: %v", err)
	}
	return dir, []string{"/bin/sh", "-c", "echo $$ > " + dir + `/cgroup.procs && exec "$@"`, "sh"}
}

// oomKills returns how often the kernel killed something in a control group.
func oomKills(t *testing.T, dir string) string {
	t.Helper()
	for _, name := range []string{"memory.oom_control", "memory.events"} {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			continue
		}
		for _, line := range strings.Split(string(raw), "\n") {
			if n, ok := strings.CutPrefix(line, "oom_kill "); ok {
				return n
			}
		}
	}
	return "0"
}

// TestTwoSmallNodes walks the way of two containers of 64 MiB each: data goes into the first, the second joins and takes over its half, and all of it is
// read through the second. The kernel has nothing to kill.
func TestTwoSmallNodes(t *testing.T) {
	const limit = 64 << 20
	var groups []string
	start := func(name string, args ...string) *server.Node {
		dir, prefix := controlGroup(t, name, limit)
		groups = append(groups, dir)
		return server.Start(t, server.Options{Args: args, Prefix: prefix, ReadyWithin: 10 * time.Minute})
	}
	first := start("first")
	session := connect(t, first)
	for _, cql := range []string{
		"CREATE KEYSPACE small WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
		"CREATE TABLE small.data (id int PRIMARY KEY, payload blob)",
	} {
		if err := session.Query(cql).Exec(); err != nil {
			t.Fatal(err)
		}
	}
	const rowBytes = 16 << 10
	rows := *smallMiB << 20 / rowBytes
	began := time.Now()
	eachRow(t, rows, func(id int) error {
		return session.Query("INSERT INTO small.data (id, payload) VALUES (?, ?)", id, payload(id, rowBytes)).Exec()
	})
	session.Close()
	t.Logf("%d MiB written in %s", *smallMiB, time.Since(began).Round(time.Millisecond))
	began = time.Now()
	second := start("second", "--seeds", first.Host)
	t.Logf("the second node joined in %s", time.Since(began).Round(time.Millisecond))
	began = time.Now()
	session = connect(t, second)
	defer session.Close()
	eachRow(t, rows, func(id int) error {
		var got []byte
		if err := session.Query("SELECT payload FROM small.data WHERE id = ?", id).Scan(&got); err != nil {
			return err
		}
		if string(got) != string(payload(id, rowBytes)) {
			return fmt.Errorf("it holds %d other bytes", len(got))
		}
		return nil
	})
	t.Logf("read through the second in %s", time.Since(began).Round(time.Millisecond))
	count := 0
	all := session.Query("SELECT id FROM small.data").PageSize(1000).Iter()
	for id := 0; all.Scan(&id); count++ {
	}
	if err := all.Close(); err != nil || count != rows {
		t.Errorf("a scan found %d of %d rows: %v", count, rows, err)
	}
	for i, n := range []*server.Node{first, second} {
		if kills := oomKills(t, groups[i]); kills != "0" || !n.Running() {
			t.Errorf("node %d: %s kills for want of memory, running: %t\n%s", i+1, kills, n.Running(), n.Log())
		}
	}
}

// payload is a row's content, which does not compress.
func payload(id, size int) []byte {
	random := rand.New(rand.NewPCG(uint64(id), 7))
	b := make([]byte, 0, size)
	for len(b) < size {
		b = binary.LittleEndian.AppendUint64(b, random.Uint64())
	}
	return b
}

// eachRow calls f for every row, a few at a time.
func eachRow(t *testing.T, rows int, f func(id int) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ids := make(chan int)
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for id := range ids {
				var err error
				for attempt := 0; attempt < 20; attempt++ { // a small node sheds load
					if err = f(id); err == nil {
						break
					}
					<-time.After(50 * time.Millisecond)
				}
				if err != nil {
					t.Errorf("row %d: %v", id, err)
					cancel()
				}
			}
		})
	}
	for id := 0; id < rows && ctx.Err() == nil; id++ {
		ids <- id
	}
	close(ids)
	workers.Wait()
	if t.Failed() {
		t.FailNow()
	}
}
