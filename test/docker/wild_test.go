//go:build linux

package docker

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// composeFile runs docker compose on a file of testdata; project names its containers.
func composeFile(t *testing.T, project, file string, args ...string) string {
	t.Helper()
	return compose(t, "", append([]string{"-p", project, "-f", filepath.Join("testdata", file)}, args...)...)
}

// up starts what a file describes, and takes it down, with its volumes, at the end of the test.
func up(t *testing.T, project, file string, args ...string) {
	t.Helper()
	composeFile(t, project, file, "down", "-v")
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(composeFile(t, project, file, "logs", "--no-color"))
		}
		composeFile(t, project, file, "down", "-v")
	})
	composeFile(t, project, file, append([]string{"up", "-d"}, args...)...)
}

// containers returns the names of a service's containers.
func containers(t *testing.T, project, service string) []string {
	t.Helper()
	return strings.Fields(docker(t, "ps", "-a", "--format", "{{.Names}}", "--filter", "label=com.docker.compose.project="+project, "--filter", "label=com.docker.compose.service="+service))
}

// TestComposeFiles runs compose files of each kind that people have for Cassandra.
func TestComposeFiles(t *testing.T) {
	// each returns the containers of services that have one.
	each := func(t *testing.T, project string, services ...string) []string {
		var names []string
		for _, s := range services {
			names = append(names, containers(t, project, s)...)
		}
		for _, name := range names {
			ready(t, name)
		}
		return names
	}
	began := func() func(t *testing.T) {
		at := time.Now()
		return func(t *testing.T) { t.Logf("%d ms", time.Since(at).Milliseconds()) }
	}
	t.Run("one node and an application", func(t *testing.T) {
		took := began()
		up(t, "one", "one.yml")
		took(t)
		schema := containers(t, "one", "schema")[0]
		ended(t, schema)
		if code := docker(t, "inspect", "-f", "{{.State.ExitCode}}", schema); code != "0" {
			t.Errorf("the application ended with %s", code)
		}
		cql(t, each(t, "one", "cassandra")[0], "USE app")
		composeFile(t, "one", "one.yml", "up", "-d", "--force-recreate")
		cql(t, each(t, "one", "cassandra")[0], "USE app") // its data are in the volume
	})
	t.Run("one after another", func(t *testing.T) {
		took := began()
		up(t, "chain", "chain.yml")
		whole(t, readyWithin, each(t, "chain", "cassandra-1", "cassandra-2", "cassandra-3")...)
		took(t)
	})
	t.Run("all are seeds", func(t *testing.T) {
		took := began()
		up(t, "all", "all.yml")
		whole(t, readyWithin, each(t, "all", "cassandra-1", "cassandra-2", "cassandra-3")...)
		took(t)
	})
	t.Run("one service scaled", func(t *testing.T) {
		t.Setenv("NODES", "3")
		took := began()
		up(t, "scaled", "scale.yml", "--scale", "cassandra=3")
		whole(t, readyWithin, each(t, "scaled", "cassandra")...)
		took(t)
		composeFile(t, "scaled", "scale.yml", "up", "-d", "--scale", "cassandra=4")
		whole(t, readyWithin, each(t, "scaled", "cassandra")...)
	})
	t.Run("one service scaled without a number", func(t *testing.T) {
		if err := os.Unsetenv("NODES"); err != nil {
			t.Fatal(err)
		}
		t.Setenv("NODES", "")
		up(t, "unnumbered", "scale.yml", "--scale", "cassandra=2")
		deadline := time.Now().Add(readyWithin)
		for !strings.Contains(composeFile(t, "unnumbered", "scale.yml", "logs", "--no-color"), "HELENUS_INITIAL_NODES") {
			if time.Now().After(deadline) {
				t.Fatal("nobody says what to set")
			}
		}
	})
	t.Run("names to listen at", func(t *testing.T) {
		took := began()
		up(t, "tasks", "tasks.yml")
		names := each(t, "tasks", "cassandra-1", "cassandra-2")
		was := whole(t, readyWithin, names...)
		took(t)
		composeFile(t, "tasks", "tasks.yml", "up", "-d", "--force-recreate")
		is := whole(t, readyWithin, each(t, "tasks", "cassandra-1", "cassandra-2")...)
		for id := range was {
			if is[id] == "" {
				t.Errorf("node %s is gone: %v", id, is)
			}
		}
	})
	t.Run("published ports", func(t *testing.T) {
		for _, n := range []string{"81", "82"} {
			network(t, "host-"+n, "--subnet", "172.31."+n+".0/24", "--gateway", "172.31."+n+".1")
		}
		took := began()
		up(t, "hosts", "hosts.yml")
		names := each(t, "hosts", "here", "there")
		deadline := time.Now().Add(readyWithin)
		for len(members(t, names[0])) != 2 || len(members(t, names[1])) != 2 {
			if time.Now().After(deadline) {
				t.Fatal(try(t, "", "exec", names[0], "nodetool", "status").out)
			}
		}
		took(t)
		for _, at := range members(t, names[1]) {
			if at != "172.31.81.1" && at != "172.31.82.1" {
				t.Errorf("a node is known as %s", at)
			}
		}
	})
	t.Run("links", func(t *testing.T) {
		took := began()
		up(t, "links", "links.yml")
		whole(t, readyWithin, each(t, "links", "cassandra", "second")...)
		took(t)
		app := containers(t, "links", "app")[0]
		ended(t, app)
		if code := docker(t, "inspect", "-f", "{{.State.ExitCode}}", app); code != "0" {
			t.Errorf("the application ended with %s", code)
		}
	})
}
