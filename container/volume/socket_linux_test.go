package volume

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestSocket wants a socket that only owner and group reach, in place of one that was left behind, and none in place of a living driver's or a file.
func TestSocket(t *testing.T) {
	dir, err := os.MkdirTemp("", "azf-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "plugins", "azurefile.sock")
	l, err := listenAt(path, os.Getgid())
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("%v %v", info, err)
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("%v %v", info, err)
	}
	if _, err := listenAt(path, os.Getgid()); err == nil || !strings.Contains(err.Error(), "another driver serves") {
		t.Error(err)
	}
	l.Close()
	if l, err = listenAt(path, os.Getgid()); err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := listenAt(path, os.Getgid()); err == nil || !strings.Contains(err.Error(), "is no socket") {
		t.Error(err)
	}
}

// TestInherited takes the socket that systemd passes: this test starts itself as systemd does.
func TestInherited(t *testing.T) {
	if os.Getenv("LISTEN_FDS") != "" {
		l, err := listen(os.Getenv, nil)
		if err != nil {
			t.Fatal(err)
		}
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(c, "served")
		c.Close()
		return
	}
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	file, err := l.(*net.UnixListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cmd := exec.Command("sh", "-c", `LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" -test.run=^TestInherited$`, os.Args[0])
	cmd.ExtraFiles = []*os.File{file}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("unix", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if text, err := io.ReadAll(c); err != nil || string(text) != "served" {
		t.Errorf("%q %v", text, err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	pid := fmt.Sprint(os.Getpid())
	if _, err := inherited(func(name string) string { return map[string]string{"LISTEN_PID": pid, "LISTEN_FDS": "2"}[name] }); err == nil || !strings.Contains(err.Error(), "2 sockets") {
		t.Error(err)
	}
	if l, err := inherited(func(name string) string { return map[string]string{"LISTEN_PID": "1", "LISTEN_FDS": "1"}[name] }); l != nil || err != nil {
		t.Error(l, err)
	}
}
