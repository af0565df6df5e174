//go:build linux

package chaos

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"helenus/test/server"
)

// diskBytes is the size of the disk that is filled.
const diskBytes = "96m"

// TestFullDisk guards that a full disk refuses writes with a reason, keeps what was acknowledged, serves reads, and takes writes again
// once there is space.
func TestFullDisk(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size="+diskBytes); err != nil {
		t.Fatalf("mount a small disk (needs root): %v", err)
	}
	defer func() {
		if err := syscall.Unmount(disk, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	}()
	ballast := disk + "/ballast"
	if err := os.WriteFile(ballast, make([]byte, 40<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	node := server.Start(t, server.Options{DataDir: disk + "/data", Args: []string{"--memory", "128MiB"}})
	createLedger(t, node)
	session := connect(t, node)
	var l ledger
	refusal := fill(t, session, &l, time.Now().Add(time.Minute))
	var request gocql.RequestError
	if !errors.As(refusal, &request) || request.Code() != gocql.ErrCodeOverloaded || !strings.Contains(refusal.Error(), "MiB free") {
		t.Fatalf("after %d writes: %v\n%s", len(l.acked), refusal, node.Log())
	}
	l.check(t, node, 0, gocql.One)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	deadline := time.After(20 * time.Second)
	for tick := time.NewTicker(100 * time.Millisecond); ; {
		err := session.Query("INSERT INTO chaos.ledger (id, check, filler) VALUES (?, ?, ?)", l.next, l.next*7919, filler).Exec()
		if err == nil {
			l.acked = append(l.acked, l.next)
			break
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("writes are still refused with space free: %v", err)
		}
	}
	session.Close()
	node.Kill()
	l.check(t, node.Again(t), 1, gocql.One)
}

// fill writes until a write is refused.
func fill(t *testing.T, session *gocql.Session, l *ledger, until time.Time) error {
	t.Helper()
	big := strings.Repeat("x", 64<<10)
	for time.Now().Before(until) {
		id := l.next
		l.next++
		if err := session.Query("INSERT INTO chaos.ledger (id, check, filler) VALUES (?, ?, ?)", id, id*7919, big).Exec(); err != nil {
			return err
		}
		l.acked = append(l.acked, id)
	}
	return errors.New("the disk never filled")
}
