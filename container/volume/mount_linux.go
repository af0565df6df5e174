package volume

import (
	"errors"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/docker/go-connections/sockets"
	"golang.org/x/sys/unix"

	"helenus/internal/platform"
)

// system is this machine's kernel.
type system struct{}

var _ kernel = system{}

// Mount calls mount(2), with the key in its data: no process list and no environment shows that.
func (system) Mount(source, target, data string) error {
	return unix.Mount(source, target, "cifs", 0, data)
}

func (system) Unmount(target string, lazy bool) error {
	flags := unix.UMOUNT_NOFOLLOW
	if lazy {
		flags |= unix.MNT_DETACH
	}
	return unix.Unmount(target, flags)
}

func (system) Mounts() ([]platform.Mount, error) { return platform.Mounts() }

// answersWithin bounds the look at a mounted directory.
const answersWithin = 10 * time.Second

// Answers asks for the space that is free, which the client has to ask the server for.
func (system) Answers(path string) error {
	answer := make(chan error, 1)
	go func() { // it may wait as long as the server is away
		var s unix.Statfs_t
		answer <- unix.Statfs(path, &s)
	}()
	select {
	case err := <-answer:
		return err
	case <-time.After(answersWithin):
		return errors.New("no answer within " + answersWithin.String())
	}
}

// keyRefused says whether an error is the kernel's for keys in particular.
func keyRefused(err syscall.Errno) bool { return err == syscall.ENOKEY || err == syscall.EKEYREJECTED }

// release is the kernel's version.
func release() string {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return "of unknown version"
	}
	text, _, _ := strings.Cut(string(name.Release[:]), "\x00")
	return text
}

// openSocket opens a Unix socket of root's and a group's, mode 0660, in place of what is there.
func openSocket(path string, gid int) (net.Listener, error) { return sockets.NewUnixSocket(path, gid) }
