package node

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"

	"helenus/internal/lease"
	"helenus/internal/platform"
)

// ErrUnsafeFiles is returned by Start where the data directory is on a mount that loses acknowledged writes.
var ErrUnsafeFiles = errors.New("the data directory's mount can lose acknowledged writes")

// checkFiles finds out what the data directory lies on and whether that can hold data, before anything is opened. Of local file systems it asks nothing more. On one that other
// machines may have mounted, too, the node is to have the lease that it returns.
func checkFiles(dir string, acceptUnsafe bool, log *slog.Logger) (*lease.Options, error) {
	files, err := platform.FileSystemOf(dir)
	if err != nil {
		log.Warn("what the data directory lies on is unknown", "directory", dir, "error", err)
		return nil, nil // opening it says more
	}
	if files.Kind == platform.Local {
		return nil, nil
	}
	if files.Kind == platform.SMB {
		if err := judge(dir, files.Mount, acceptUnsafe, log); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory %s: %w", dir, err)
	}
	err = platform.Probe(dir)
	switch {
	case errors.Is(err, platform.ErrNoDirectorySync):
		log.Warn("this file system syncs no directories; names of new files may be lost with the power, not their contents", "directory", dir, "type", files.Mount.Type)
	case err != nil:
		return nil, fmt.Errorf("data directory %s (%s, %s) can't hold data: %w; choose another with --data, or mount it with other options", dir, files.Mount.Type, files.Mount.Source, err)
	}
	if !files.Shared() {
		return nil, nil
	}
	if !files.LocksReach() {
		log.Warn("locks on the data directory's mount stay on this host (nobrl, nolock): the lease in it keeps out nodes on other hosts; after a crash of the host the start waits for it", "source", files.Mount.Source, "type", files.Mount.Type)
	}
	return leaseOn(dir, files, log), nil
}

// leaseOn says how this machine takes part in a lease of a directory.
func leaseOn(dir string, files platform.FileSystem, log *slog.Logger) *lease.Options {
	o := &lease.Options{LocksReach: files.LocksReach(), Boot: platform.BootID()}
	var err error
	if o.Host, err = os.Hostname(); err != nil {
		log.Warn("the name of this host is unknown", "error", err)
	}
	if o.Device, err = platform.DeviceOf(dir); err != nil {
		log.Warn("the number of the data directory's file system is unknown; after a crash the start waits for the lease", "error", err)
	}
	return o
}

// losing are options of SMB mounts with which the kernel answers a sync before the server has the data.
var losing = []string{"cache=loose", "nostrictsync"}

// judge logs what of an SMB mount matters to data, and refuses one that loses them.
func judge(dir string, m platform.Mount, acceptUnsafe bool, log *slog.Logger) error {
	value := func(name, otherwise string) string {
		v, there := m.Option(name)
		switch {
		case there && v == "":
			return "yes"
		case there:
			return v
		}
		return otherwise
	}
	soft := value("soft", "no")
	log.Info("the data are on an SMB share", "source", m.Source, "vers", value("vers", "unknown"), "cache", value("cache", "unknown"), "soft", soft, "nobrl", value("nobrl", "no"))
	for _, option := range losing {
		if !slices.Contains(m.Options, option) {
			continue
		}
		if !acceptUnsafe {
			return fmt.Errorf("%w: %s at %s is mounted with %s; mount it without, or start with --accept-unsafe-mount=true to go on all the same", ErrUnsafeFiles, m.Source, dir, option)
		}
		log.Warn(ErrUnsafeFiles.Error()+"; it was accepted", "source", m.Source, "option", option)
	}
	return nil
}
