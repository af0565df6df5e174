package node

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"helenus/client"
	"helenus/internal/lease"
)

// localLocks are files on a share that another host has mounted, too, and whose locks neither sees of the other.
type localLocks struct{ vfs.FS }

func (localLocks) Lock(string) (io.Closer, error) { return io.NopCloser(nil), nil }

// leased are options of a node on such a share.
func leased(t *testing.T, dir, host string) Options {
	o := clusterOptions(t)
	o.DataDir, o.FS = dir, localLocks{vfs.Default}
	o.Lease = &lease.Options{Host: host, Boot: host, Device: 1, Every: 50 * time.Millisecond, Valid: 20 * time.Second, Silent: 30 * time.Second}
	return o
}

// TestTwoNodesOnOneDirectory guards that a second node is refused the data of a node that lives, that it gets them once that one has ended, and that a node ends when another has them.
func TestTwoNodesOnOneDirectory(t *testing.T) {
	dir := t.TempDir()
	a, b := leased(t, dir, "one"), leased(t, dir, "two")
	first := startNode(t, a)
	query(t, first.Node, "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
	var held *lease.HeldError
	for deadline := time.Now().Add(time.Minute); held == nil || !strings.Contains(held.Holder, first.HostID().String()); { // it says who it is at its next renewal
		n, err := Start(t.Context(), b)
		if n != nil || !errors.As(err, &held) || time.Now().After(deadline) {
			t.Fatalf("the second node: %v, %v", n, err)
		}
	}
	if !strings.Contains(held.Error(), "on host one (node "+first.HostID().String()+" at "+a.Native) {
		t.Error(held)
	}
	query(t, first.Node, "CREATE TABLE k.t (p int PRIMARY KEY)")
	host := first.HostID()
	first.stop(t)

	ended := make(chan error, 10)
	b.OnFatal = func(err error) {
		select {
		case ended <- err:
		default:
		}
	}
	began := time.Now()
	second, err := Start(t.Context(), b) // its process would end; a test can't stop it, since stopping writes
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 25*time.Second {
		t.Errorf("what was given back was waited for: %s", took)
	}
	if second.HostID() != host {
		t.Error("it is another node")
	}
	query(t, second, "INSERT INTO k.t (p) VALUES (1)")

	// A third host comes, as one that has not seen the second for long.
	raw, err := os.ReadFile(filepath.Join(dir, lease.FilePrefix+"2"))
	if err != nil {
		t.Fatal(err)
	}
	next := strings.Replace(strings.Replace(string(raw), `"number":2`, `"number":3`, 1), `"host":"two"`, `"host":"six"`, 1)
	for _, name := range []string{lease.FilePrefix + "3", lease.FileName} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(next), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var lost *lease.LostError
	if err := <-ended; !errors.As(err, &lost) || !strings.Contains(err.Error(), "on host six (node "+host.String()) {
		t.Errorf("it ends with %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if c, err := client.Dial(ctx, client.Options{Addr: second.Address().String()}); err == nil {
		if _, err := c.Query(ctx, "INSERT INTO k.t (p) VALUES (2)", nil); err == nil {
			t.Error("a write is acknowledged after the loss")
		}
		c.Close()
	}
}
