package sim

import (
	"io"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"

	"helenus/internal/storage"
)

// dataDir is the data directory of each node on its own disk.
const dataDir = "data"

// disk is a machine's disk. It forgets what was not synced when the power goes, and it can be full or broken.
type disk struct {
	files *vfs.MemFS
	held  *vfs.MemFS // what it held when it began to fail writes; nothing is kept after that
	ill   atomic.Int32
	full  atomic.Bool
}

// illness is what a broken disk can't do any more.
type illness int32

const (
	healthy     illness = iota
	failsWrites         // of the log, and its syncs
	failsReads          // of data
	failsOpens          // so that no node starts
	illnesses
)

func newDisk() *disk { return &disk{files: vfs.NewCrashableMem()} }

func (d *disk) illness() illness { return illness(d.ill.Load()) }

// sicken gives the disk an illness.
func (d *disk) sicken(i illness) {
	if i == failsWrites {
		d.held = d.files.CrashClone(vfs.CrashCloneCfg{})
	}
	d.ill.Store(int32(i))
}

// heal makes the disk well again. A node that ran on one that failed writes must be gone before.
func (d *disk) heal() {
	d.ill.Store(int32(healthy))
	d.held = nil
}

// open returns the disk as a node sees it. What the node's process opened stays with the files of its time.
func (d *disk) open() vfs.FS { return mounted{d.files, d} }

// mounted is a disk in use.
type mounted struct {
	vfs.FS
	disk *disk
}

var _ storage.FaultyFS = mounted{}

func (f mounted) ReadFault() error { return f.fault(failsReads) }

func (f mounted) WriteFault() error { return f.fault(failsWrites) }

func (f mounted) fault(i illness) error {
	if f.disk.illness() == i {
		return syscall.EIO
	}
	return nil
}

// Open opens a file.
func (f mounted) Open(name string, options ...vfs.OpenOption) (vfs.File, error) {
	if err := f.fault(failsOpens); err != nil {
		return nil, err
	}
	return f.FS.Open(name, options...)
}

// GetDiskUsage tells how much space there is.
func (f mounted) GetDiskUsage(string) (vfs.DiskUsage, error) {
	const total = 100 << 30
	if f.disk.full.Load() {
		return vfs.DiskUsage{TotalBytes: total, UsedBytes: total}, nil
	}
	return vfs.DiskUsage{TotalBytes: total, AvailBytes: total}, nil
}

// crash leaves on the disk what was synced, and of the logs also so many percent of the bytes behind that; 100 percent is all. Files that the engine was
// writing count as not begun: what it was about to write is none of the seed's choice, and no store needs them.
func (d *disk) crash(percent int) {
	was := d.files
	if d.held != nil {
		d.files = d.held.CrashClone(vfs.CrashCloneCfg{})
		return
	}
	if d.files = was.CrashClone(vfs.CrashCloneCfg{}); percent == 0 {
		return
	}
	names, _ := d.files.List(dataDir) // none before the first start
	for _, name := range names {
		if !strings.HasSuffix(name, ".log") {
			continue
		}
		all, safe := read(was, name), read(d.files, name)
		if len(all) > len(safe) {
			write(d.files, name, all[:len(safe)+(len(all)-len(safe))*percent/100])
		}
	}
}

// read returns a file of the data directory, nothing when it is missing.
func read(files *vfs.MemFS, name string) []byte {
	f, err := files.Open(files.PathJoin(dataDir, name))
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }() // it is memory
	all, err := io.ReadAll(f)
	if err != nil {
		panic(err)
	}
	return all
}

func write(files *vfs.MemFS, name string, all []byte) {
	f, err := files.Create(files.PathJoin(dataDir, name), vfs.WriteCategoryUnspecified)
	if err == nil {
		_, err = f.Write(all)
	}
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		panic(err)
	}
}
