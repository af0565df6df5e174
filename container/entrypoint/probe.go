//go:build linux

package entrypoint

import (
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// writable says whether a user may make files in a directory, or in one of those in it where it is itself read-only and they are mounted
// apart. It tries, as a thread with that user's rights: modes alone do not tell on network file systems.
func writable(dir string, uid, gid int) bool {
	answer := make(chan bool)
	go func() {
		// The thread ends with the goroutine: nothing else ever runs on it with these rights.
		runtime.LockOSThread()
		answer <- tryAs(dir, uid, gid)
	}()
	return <-answer
}

func tryAs(dir string, uid, gid int) bool {
	if uid != 0 {
		if unix.Setfsgid(gid) != nil || unix.Setfsuid(uid) != nil {
			return false
		}
		if now, err := unix.SetfsuidRetUid(-1); err != nil || now != uid {
			return false
		}
	}
	if try(dir) == nil {
		return true
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	apart := false
	for _, e := range entries {
		if sub := dir + "/" + e.Name(); e.IsDir() && mounted(dir, sub) {
			if try(sub) != nil {
				return false
			}
			apart = true
		}
	}
	return apart
}

// try makes a file and removes it.
func try(dir string) error {
	f, err := os.CreateTemp(dir, ".helenus-write-test-")
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Remove(f.Name())
}

// mounted says whether a directory is another file system than the one it is in.
func mounted(dir, sub string) bool {
	var outer, inner syscall.Stat_t
	return syscall.Stat(dir, &outer) == nil && syscall.Stat(sub, &inner) == nil && outer.Dev != inner.Dev
}
