package platform

import (
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// magics of file systems, from statfs(2).
var (
	smbMagics   = []uint32{unix.CIFS_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC, unix.SMB_SUPER_MAGIC}
	localMagics = []uint32{unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.TMPFS_MAGIC, unix.OVERLAYFS_SUPER_MAGIC, unix.F2FS_SUPER_MAGIC, 0x2FC12FC1 /* ZFS */}
)

// FileSystemOf tells what a directory lies on, or will when it is made.
func FileSystemOf(dir string) (FileSystem, error) {
	at, err := existing(dir)
	if err != nil {
		return FileSystem{}, err
	}
	var s unix.Statfs_t
	if err := unix.Statfs(at, &s); err != nil {
		return FileSystem{}, err
	}
	f := FileSystem{Kind: Other}
	switch magic := uint32(s.Type); {
	case slices.Contains(localMagics, magic):
		return FileSystem{Kind: Local}, nil // what it is mounted from is of no interest, and takes time to find
	case slices.Contains(smbMagics, magic):
		f.Kind = SMB
	case magic == unix.NFS_SUPER_MAGIC:
		f.Kind = NFS
	}
	if all, err := Mounts(); err == nil {
		f.Mount = mountOf(all, at)
	}
	return f, nil
}

// lockFile takes the lock that a store takes; it goes with the file's descriptor.
func lockFile(f *os.File) error {
	return unix.FcntlFlock(f.Fd(), unix.F_SETLK, &unix.Flock_t{Type: unix.F_WRLCK})
}
