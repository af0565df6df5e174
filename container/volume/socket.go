package volume

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
)

// socketPath is where the engine finds the plugin, whose name is the file's.
const socketPath = "/run/docker/plugins/azurefile.sock"

// listen opens the socket, or takes the one that systemd has opened.
func listen(getenv func(string) string, log *slog.Logger) (net.Listener, error) {
	if l, err := inherited(getenv); l != nil || err != nil {
		return l, err
	}
	gid := 0
	if group, err := user.LookupGroup("docker"); err != nil {
		log.Warn("there is no group docker: only root reaches the socket", "socket", socketPath)
	} else if gid, err = strconv.Atoi(group.Gid); err != nil {
		return nil, err
	}
	return listenAt(socketPath, gid)
}

// listenAt opens a socket in place of one that a driver has left behind. One that a driver still answers at is its own.
func listenAt(path string, gid int) (net.Listener, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	if c, err := net.Dial("unix", path); err == nil {
		return nil, errors.Join(fmt.Errorf("another driver serves %s; stop it first", path), c.Close())
	}
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() != fs.ModeSocket {
		return nil, fmt.Errorf("%s is no socket; remove it", path)
	}
	return openSocket(path, gid)
}

// firstInherited is the descriptor that systemd passes first.
const firstInherited = 3

// inherited returns the socket that systemd passes by activation, nil where it passes none.
func inherited(getenv func(string) string) (net.Listener, error) {
	if pid, err := strconv.Atoi(getenv("LISTEN_PID")); err != nil || pid != os.Getpid() {
		return nil, nil
	}
	switch count, err := strconv.Atoi(getenv("LISTEN_FDS")); {
	case err != nil || count == 0:
		return nil, nil
	case count > 1:
		return nil, fmt.Errorf("systemd passes %d sockets; one is expected", count)
	}
	file := os.NewFile(firstInherited, "systemd's socket")
	l, err := net.FileListener(file)
	return l, errors.Join(err, file.Close())
}
