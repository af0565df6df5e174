//go:build linux

package docker

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// memoryOf returns the memory that a container's node lives in, by its own account: MiB of Go's limit and of the cache.
func memoryOf(t *testing.T, name string) (limit float64, cache string) {
	t.Helper()
	info := docker(t, "exec", name, "nodetool", "info")
	m := regexp.MustCompile(`Heap Memory \(MB\)\s*: [0-9.]+ / ([0-9.]+)`).FindStringSubmatch(info)
	c := regexp.MustCompile(`Chunk Cache.*capacity ([0-9.]+ .iB)`).FindStringSubmatch(info)
	if m == nil || c == nil {
		t.Fatal(info)
	}
	limit, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	return limit, c[1]
}

// table is what a SELECT of the article shows.
const table = " id | content     | created_at                      | title\n----+-------------+---------------------------------+-------\n  1 | test entry. | "

// TestSmallNodes walks the article's way on two nodes of 64 MiB each, and of 1 GiB each, which they use.
func TestSmallNodes(t *testing.T) {
	for memory, want := range map[string]struct {
		limit float64
		cache string
	}{"64m": {48, "8 MiB"}, "1g": {870.4, "256 MiB"}} {
		t.Run(memory, func(t *testing.T) {
			first, second := "first-"+memory, "second-"+memory
			start(t, first, "-m", memory, imageName)
			ready(t, first)
			start(t, second, "-m", memory, "--link", first+":cassandra", imageName)
			ready(t, second)
			whole(t, readyWithin, first, second)
			cql(t, first, "create keyspace mykeyspace with replication = {'class':'SimpleStrategy','replication_factor':1}")
			cql(t, first, "create table mykeyspace.posts (id int primary key, title varchar, content text, created_at timestamp)")
			cql(t, first, "insert into mykeyspace.posts (id,title,content,created_at) values (1,'test','test entry.',dateof(now()))")
			if out := cql(t, second, "select * from mykeyspace.posts"); !strings.Contains(out, table) {
				t.Error(out)
			}
			for _, name := range []string{first, second} {
				alive(t, name)
				limit, cache := memoryOf(t, name)
				if limit != want.limit || cache != want.cache {
					t.Errorf("%s lives in %.1f MB with a cache of %s, want %.1f and %s", name, limit, cache, want.limit, want.cache)
				}
				t.Logf("%s: %.1f MiB after the walk", name, float64(usage(t, name))/(1<<20))
			}
		})
	}
}

// TestMemoryLimits guards that a node finds the limit that it lives in: the container's, one above it, or none.
func TestMemoryLimits(t *testing.T) {
	start(t, "no-limit", imageName)
	ready(t, "no-limit")
	if limit, _ := memoryOf(t, "no-limit"); limit < 100 || limit > 0.85*2048 {
		t.Errorf("without a limit a node lives in %.1f MB", limit)
	}
	root, file := "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
	if _, err := os.Stat(root); err != nil {
		root, file = "/sys/fs/cgroup", "memory.max"
		if raw, err := os.ReadFile("/sys/fs/cgroup/cgroup.subtree_control"); err != nil || !strings.Contains(string(raw), "memory") {
			t.Skip("groups above a container's can't be limited here")
		}
	}
	group := filepath.Join(root, "helenus-limited")
	if err := os.Mkdir(group, 0o755); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	// Version 2 hides the groups above; they are seen from the host's name space only.
	args := []string{"--cgroup-parent", "/helenus-limited"}
	if file == "memory.max" {
		args = append(args, "--cgroupns", "host")
	} else if err := os.WriteFile(filepath.Join(group, "memory.use_hierarchy"), []byte("1"), 0o600); err != nil {
		t.Log(err)
	}
	if err := os.WriteFile(filepath.Join(group, file), []byte("134217728"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(group) }) // after the container; a group that is left over is taken by the next run
	start(t, "limit-above", append(args, imageName)...)
	ready(t, "limit-above")
	if limit, _ := memoryOf(t, "limit-above"); limit != 108.8 {
		t.Errorf("under a group of 128 MiB a node lives in %.1f MB", limit)
	}
}
