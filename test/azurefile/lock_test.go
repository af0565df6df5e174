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

// TestSecondHostWithoutLocks is the same with nolock: locks stay in a mount, and two mounts with connections of their own see nothing of each other's. The lease in the directory keeps
// the second node out, lets a killed one start again, and is taken when it has not changed for long.
func TestSecondHostWithoutLocks(t *testing.T) {
	volume(t, "free1", "share=lockless", "nolock=true", "mountopts=nosharesock")
	volume(t, "free2", "share=lockless", "nolock=true", "mountopts=nosharesock actimeo=0")
	start(t, "free1", "-p", "9042:9042", "-v", "free1:/var/lib/cassandra", imageName)
	query(t, dial(t), "CREATE KEYSPACE k WITH replication = {'class':'SimpleStrategy','replication_factor':1}")
	if log := docker(t, "logs", "free1"); !strings.Contains(log, "nobrl=yes") || !strings.Contains(log, "the lease in it keeps out nodes on other hosts") {
		t.Errorf("that there are no locks is not said:\n%s", log)
	}
	out := fails(t, "run", "--rm", "-v", "free2:/var/lib/cassandra", imageName) // it waits a minute, as a Swarm's task does
	if !strings.Contains(out, "whose lease was seen to change") || !strings.Contains(out, "it still was after 1m") {
		t.Errorf("the second node:\n%s", out)
	}
	query(t, dial(t), "CREATE KEYSPACE l WITH replication = {'class':'SimpleStrategy','replication_factor':1}")

	docker(t, "kill", "free1")
	docker(t, "start", "free1")
	query(t, dial(t), "CREATE KEYSPACE m WITH replication = {'class':'SimpleStrategy','replication_factor':1}")
	switch log := docker(t, "logs", "free1"); {
	case strings.Contains(log, "its holder has ended"):
	case strings.Contains(log, "has not changed for a while; it is taken"):
		t.Log("the mount has another number than before, so the start had to wait")
	default:
		t.Errorf("the start after a kill says nothing of the lease:\n%s", log)
	}

	docker(t, "rm", "-f", "free1") // as a host that crashes: nothing is given back
	start(t, "free2", "-p", "9042:9042", "-v", "free2:/var/lib/cassandra", imageName)
	query(t, dial(t), "DROP KEYSPACE k", "DROP KEYSPACE l", "DROP KEYSPACE m")
	if log := docker(t, "logs", "free2"); !strings.Contains(log, "has not changed for a while; it is taken") && !strings.Contains(log, "its holder has ended") {
		t.Errorf("the lease was not taken:\n%s", log)
	}
}
