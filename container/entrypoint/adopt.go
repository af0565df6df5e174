//go:build linux

package entrypoint

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"helenus/container/process"
)

// directory is one that the server uses.
type directory struct {
	path string
	// written: the server can't do without writing there.
	written bool
}

// directories are the configuration's, the data's and the log's.
func directories(getenv func(string) string) []directory {
	configuration := getenv("CASSANDRA_CONF")
	if configuration == "" {
		configuration = "/etc/cassandra"
	}
	return []directory{{configuration, false}, {"/var/lib/cassandra", true}, {"/var/log/cassandra", false}}
}

// adopt gives what is in the directories to the server's user, and says whom the server runs as: that user, the owner of the data where
// only it may write, or root where nobody else may. Shares ignore or refuse a change of owner; that alone is no fault.
func adopt(all []directory, errs io.Writer) (process.Account, error) {
	account, err := process.ParseAccount(server)
	if err != nil {
		return account, fmt.Errorf("the image lacks the server's user: %w", err)
	}
	for _, d := range all {
		if err := give(d.path, account.UID); err != nil {
			return account, err
		}
	}
	for _, d := range all {
		if !d.written {
			continue
		}
		if account, err = writer(d.path, account, errs); err != nil {
			return account, err
		}
	}
	return account, nil
}

// give changes the owner of everything under a directory that is another's. Refusals are left to writer to judge; a directory that is
// missing needs no owner.
func give(root string, uid int) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return ignorable(err)
		}
		info, err := entry.Info()
		if err != nil {
			return ignorable(err)
		}
		if s, ok := info.Sys().(*syscall.Stat_t); ok && int(s.Uid) == uid {
			return nil
		}
		return ignorable(os.Lchown(path, uid, -1))
	})
}

// ignorable drops errors that say that the change is refused, or that a file has gone.
func ignorable(err error) error {
	for _, kind := range []error{fs.ErrNotExist, fs.ErrPermission, syscall.EROFS, syscall.ENOTSUP, syscall.EINVAL} {
		if errors.Is(err, kind) {
			return nil
		}
	}
	return err
}

// writer returns who can write to a directory: the account, the directory's owner, or root.
func writer(path string, account process.Account, errs io.Writer) (process.Account, error) {
	if writable(path, account.UID, account.GID) {
		return account, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return account, fmt.Errorf("data directory: %w; mount one there, or leave it to the image", err)
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return account, fmt.Errorf("data directory %s: its owner is unknown", path)
	}
	owner := process.Account{UID: int(s.Uid), GID: int(s.Gid), Home: account.Home}
	if owner.UID != 0 && writable(path, owner.UID, owner.GID) {
		fmt.Fprintf(errs, "%s can't be given to user %s; running as its owner, uid %d\n", path, server, owner.UID)
		return owner, nil
	}
	if writable(path, 0, 0) {
		fmt.Fprintf(errs, "%s can't be given to user %s and is writable for root only; running as root\n", path, server)
		return process.Account{Home: "/root"}, nil
	}
	return account, fmt.Errorf("data directory %s can't be written: owner uid %d gid %d, mode %04o; tried as uid %d, uid %d and root. "+
		"Mount it writable, make it writable for uid %d (chown %[5]d on the host), or start the container with --user and a uid that may write there",
		path, owner.UID, owner.GID, s.Mode&0o7777, account.UID, owner.UID, account.UID)
}
