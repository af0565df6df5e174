//go:build linux

package process

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

func TestFind(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{"bin/tool": 0o755, "bin/text": 0o644, "script": 0o755} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, mode); err != nil {
			t.Fatal(err)
		}
	}
	path := "/nowhere:" + filepath.Join(dir, "bin")
	if file, err := Find("tool", path, "/"); err != nil || file != filepath.Join(dir, "bin", "tool") {
		t.Errorf("tool: %s, %v", file, err)
	}
	if file, err := Find("./script", path, dir); err != nil || file != filepath.Join(dir, "script") {
		t.Errorf("./script: %s, %v", file, err)
	}
	if file, err := Find("tool", "bin", dir); err != nil || file != filepath.Join(dir, "bin", "tool") {
		t.Errorf("a relative PATH: %s, %v", file, err)
	}
	for _, name := range []string{"text", "script", "bin"} {
		if _, err := Find(name, path, dir); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Find("bin/text", path, dir); !errors.Is(err, os.ErrPermission) {
		t.Errorf("bin/text: %v", err)
	}
}

func TestAccounts(t *testing.T) {
	for text, want := range map[string]Account{
		"root": {UID: 0, GID: 0, Home: "/root"}, "4242": {UID: 4242, Home: "/"}, "4242:17": {UID: 4242, GID: 17, Home: "/"}, "root:4": {UID: 0, GID: 4, Home: "/root"},
	} {
		got, err := ParseAccount(text)
		if err != nil || got.UID != want.UID || got.GID != want.GID || got.Home != want.Home {
			t.Errorf("%s is %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"no-such-user", "root:no-such-group", "-3"} {
		if _, err := ParseAccount(text); err == nil {
			t.Errorf("%s is accepted", text)
		}
	}
	for text, want := range map[string][2]int{"root": {0, -1}, "root:": {0, 0}, ":7": {-1, 7}, "5:6": {5, 6}} {
		uid, gid, err := ParseOwner(text)
		if err != nil || uid != want[0] || gid != want[1] {
			t.Errorf("owner %s is %d:%d, %v", text, uid, gid, err)
		}
	}
}

// TestReapLeavesOwnChildren guards that a child of Start is left to who waits for it, and others are collected.
func TestReapLeavesOwnChildren(t *testing.T) {
	own, orphan := exec.Command("true"), exec.Command("true")
	if err := Start(own); err != nil {
		t.Fatal(err)
	}
	if err := orphan.Start(); err != nil {
		t.Fatal(err)
	}
	both := []int{own.Process.Pid, orphan.Process.Pid}
	for {
		ended := zombies(os.Getpid())
		if slices.Contains(ended, both[0]) && slices.Contains(ended, both[1]) {
			break
		}
	}
	reapZombies()
	if ended := zombies(os.Getpid()); slices.Contains(ended, orphan.Process.Pid) || !slices.Contains(ended, own.Process.Pid) {
		t.Errorf("of %v there are still %v", both, ended)
	}
	if err := Wait(own); err != nil {
		t.Error(err)
	}
	Drain()
}
