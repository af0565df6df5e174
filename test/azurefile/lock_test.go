//go:build linux

package azurefile

import (
	"strings"
	"testing"

	"helenus/test/azurefile/lab"
)

// TestSecondHost guards that a node is refused a volume that another node has, with the reason: two mounts with connections of their own are to
// the server what two hosts are.
func TestSecondHost(t *testing.T) {
	volume(t, "first", "share=contended", "mountopts=nosharesock")
	volume(t, "second", "share=contended", "mountopts=nosharesock actimeo=0")
	start(t, "first", "-p", "9042:9042", "-v", "first:/var/lib/cassandra", imageName)
	query(t, dial(t), "CREATE KEYSPACE k WITH replication = {'class':'SimpleStrategy','replication_factor':1}")
	if log := docker(t, "logs", "first"); !strings.Contains(log, "the data are on an SMB share source=//"+lab.Account+".file.core.windows.net/contended vers=3.0 cache=strict") || !strings.Contains(log, "nobrl=no") {
		t.Errorf("what the data are on is not said:\n%s", log)
	}
	out := fails(t, "run", "--rm", "-v", "second:/var/lib/cassandra", imageName)
	if !strings.Contains(out, "is in use by another process") {
		t.Errorf("the second node:\n%s", out)
	}
	if n := mounts(t); n != "1" {
		t.Errorf("%s mounts are left of two", n)
	}
	query(t, dial(t), "CREATE KEYSPACE l WITH replication = {'class':'SimpleStrategy','replication_factor':1}")
	docker(t, "rm", "-f", "first")
	start(t, "second", "-p", "9042:9042", "-v", "second:/var/lib/cassandra", imageName)
	query(t, dial(t), "DROP KEYSPACE k", "DROP KEYSPACE l")
}

// TestUnsafeMount guards that a node refuses a mount that loses what was acknowledged, unless it is told otherwise.
func TestUnsafeMount(t *testing.T) {
	volume(t, "loose", "share=loose", "mountopts=cache=loose")
	if out := fails(t, "run", "--rm", "-v", "loose:/var/lib/cassandra", imageName); !strings.Contains(out, "can lose acknowledged writes") || !strings.Contains(out, "is mounted with cache=loose") {
		t.Errorf("the node:\n%s", out)
	}
	if *rounds == 0 {
		return // the rest takes long
	}
	start(t, "accepted", "-e", "HELENUS_ACCEPT_UNSAFE_MOUNT=true", "-v", "loose:/var/lib/cassandra", imageName)
	until(t, "a node that was told otherwise", func() bool {
		log := docker(t, "logs", "accepted")
		return strings.Contains(log, "it was accepted") && strings.Contains(log, "Startup complete")
	})
}
