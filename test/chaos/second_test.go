package chaos

import (
	"strings"
	"testing"

	"helenus/test/server"
)

// TestSecondProcessRefused guards the lock: two processes never share a data directory, and the second says why it ended.
func TestSecondProcessRefused(t *testing.T) {
	first := server.Start(t, server.Options{DataDir: t.TempDir()})
	for _, c := range []struct {
		name    string
		options server.Options
		says    string
	}{
		{"same directory", server.Options{DataDir: first.DataDir()}, first.DataDir()},
		{"same address", server.Options{Host: first.Host}, first.Host},
	} {
		t.Run(c.name, func(t *testing.T) {
			second, err := server.TryStart(t, c.options)
			if err == nil {
				second.Kill()
				t.Fatal("a second process started")
			}
			if !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "goroutine ") {
				t.Errorf("the refusal does not name %s: %v", c.says, err)
			}
		})
	}
	if !first.Running() {
		t.Error("the first process ended too")
	}
}

// TestOtherClusterRefused guards data of another cluster.
func TestOtherClusterRefused(t *testing.T) {
	dir := t.TempDir()
	node := server.Start(t, server.Options{DataDir: dir, Args: []string{"--cluster-name", "one"}})
	node.Kill()
	if _, err := server.TryStart(t, server.Options{DataDir: dir, Args: []string{"--cluster-name", "two"}}); err == nil || !strings.Contains(err.Error(), "one") {
		t.Errorf("got %v", err)
	}
}
