package storage

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"helenus/internal/key"
	"helenus/internal/row"
)

// TestPowerLoss guards S1 in batch mode: after losing everything unsynced, what was acknowledged is there.
func TestPowerLoss(t *testing.T) {
	const seed = 11
	random := rand.New(rand.NewPCG(seed, 0))
	for round := range 30 {
		fs := vfs.NewCrashableMem()
		s := open(t, Options{FS: fs, MemTableBytes: 64 << 10})
		n := 1 + random.IntN(300)
		for i := range n {
			put(t, s, uint32(i), "c", 1, fmt.Sprint(i))
		}
		crashed := fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: random.IntN(101), RNG: random})
		closeStore(t, s)
		s = open(t, Options{FS: crashed})
		for i := range n {
			expect(t, fmt.Sprintf("seed %d, round %d, write %d of %d", seed, round, i, n), read(t, s, one(uint32(i))), fmt.Sprintf("%d/c=%d", i, i))
		}
		closeStore(t, s)
	}
}

// TestKill guards S1 in both modes: what the process handed to the operating system before it was acknowledged is enough.
func TestKill(t *testing.T) {
	for _, mode := range []SyncMode{SyncBatch, SyncPeriodic} {
		for round := range 10 {
			fs := vfs.NewCrashableMem()
			s := open(t, Options{FS: fs, Sync: mode, MemTableBytes: 64 << 10})
			n := 1 + round*40
			for i := range n {
				put(t, s, uint32(i), "c", 1, fmt.Sprint(i))
			}
			// a killed process leaves all that it wrote, synced or not
			killed := fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: rand.New(rand.NewPCG(1, uint64(round)))})
			closeStore(t, s)
			s = open(t, Options{FS: killed, Sync: mode})
			for i := range n {
				expect(t, fmt.Sprintf("mode %d, round %d, write %d of %d", mode, round, i, n), read(t, s, one(uint32(i))), fmt.Sprintf("%d/c=%d", i, i))
			}
			closeStore(t, s)
		}
	}
}

// TestPowerLossAtEverySync guards S1 and S2 while memtables are flushed and compacted under the writers: the disk is cloned at
// the Nth sync of any file. What was acknowledged before is there, and a mutation of two partitions is there as a whole.
func TestPowerLossAtEverySync(t *testing.T) {
	const seed = 5
	random := rand.New(rand.NewPCG(seed, 0))
	for at := int64(3); at < 120; at += 1 + random.Int64N(6) {
		fs := vfs.NewCrashableMem()
		var syncs, acknowledged atomic.Int64
		var crashed *vfs.MemFS
		var before int64
		percent := random.IntN(101)
		var once sync.Mutex
		hooked := errorfs.Wrap(fs, errorfs.InjectorFunc(func(op errorfs.Op) error {
			if op.Kind != errorfs.OpFileSync && op.Kind != errorfs.OpFileSyncData && op.Kind != errorfs.OpFileSyncTo {
				return nil
			}
			once.Lock()
			defer once.Unlock()
			if syncs.Add(1) >= at && crashed == nil {
				before = acknowledged.Load()
				crashed = fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: rand.New(rand.NewPCG(seed, uint64(at)))})
			}
			return nil
		}))
		s := open(t, Options{FS: hooked, MemTableBytes: 64 << 10})
		n := 0
		for ; n < 400; n++ {
			write(t, s,
				row.Mutation{Table: table, Partition: partition(uint32(n)), Rows: []row.RowDelta{{Clustering: []byte("c"), Delta: delta(1, fmt.Sprintf("%0400d", n))}}},
				row.Mutation{Table: table, Partition: partition(uint32(n + 1000)), Rows: []row.RowDelta{{Clustering: []byte("c"), Delta: delta(1, "pair")}}})
			acknowledged.Store(int64(n + 1))
		}
		closeStore(t, s)
		if crashed == nil {
			t.Fatalf("seed %d: only %d syncs", seed, syncs.Load())
		}
		s = open(t, Options{FS: crashed})
		for i := range n {
			first, second := len(read(t, s, one(uint32(i)))), len(read(t, s, one(uint32(i+1000))))
			if first != second {
				t.Fatalf("seed %d, sync %d: half of mutation %d is there", seed, at, i)
			}
			if first == 0 && int64(i) < before {
				t.Fatalf("seed %d, sync %d: acknowledged write %d of %d is gone", seed, at, i, before)
			}
		}
		closeStore(t, s)
	}
}

// TestPowerLossAtTheFirstStart guards that a store can be made after a first start was cut short at any sync, whatever of it is on the disk.
func TestPowerLossAtTheFirstStart(t *testing.T) {
	for at := int64(1); ; at++ {
		for round := range uint64(20) {
			fs := vfs.NewCrashableMem()
			var syncs atomic.Int64
			var crashed *vfs.MemFS
			var once sync.Mutex
			hooked := errorfs.Wrap(fs, errorfs.InjectorFunc(func(op errorfs.Op) error {
				if op.Kind != errorfs.OpFileSync && op.Kind != errorfs.OpFileSyncData && op.Kind != errorfs.OpFileSyncTo {
					return nil
				}
				once.Lock()
				defer once.Unlock()
				if syncs.Add(1) == at {
					crashed = fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 50, RNG: rand.New(rand.NewPCG(round, uint64(at)))})
				}
				return nil
			}))
			s := open(t, Options{FS: hooked})
			closeStore(t, s)
			if crashed == nil {
				if at < 8 {
					t.Fatalf("a first start makes %d syncs only: the test tests little", at-1)
				}
				return
			}
			s, err := Open(Options{Dir: "data", FS: crashed})
			if err != nil {
				t.Fatalf("sync %d, round %d: %v", at, round, err)
			}
			put(t, s, 1, "c", 1, "x")
			closeStore(t, s)
		}
	}
}

// TestFailedSyncEndsTheProcess guards that a log which can't be synced is told to OnFatal, and the write isn't acknowledged.
func TestFailedSyncEndsTheProcess(t *testing.T) {
	var broken atomic.Bool
	fs := errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
		if broken.Load() && isLog(op.Path) && (op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData) {
			return errorfs.ErrInjected
		}
		return nil
	}))
	fatal := make(chan error, 10)
	s := open(t, Options{FS: fs, OnFatal: func(err error) {
		select {
		case fatal <- err:
		default:
		}
	}})
	put(t, s, 1, "a", 1, "kept")
	broken.Store(true)
	c, err := s.Apply([]row.Mutation{{Table: table, Partition: partition(2), Rows: []row.RowDelta{{Delta: delta(1, "x")}}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); !errors.Is(err, errorfs.ErrInjected) {
		t.Errorf("the write was answered with %v", err)
	}
	if err := <-fatal; !errors.Is(err, errorfs.ErrInjected) {
		t.Errorf("OnFatal was told %v", err)
	}
	if err := s.Close(); err == nil {
		t.Error("Close did not mention that the log is broken")
	}
}

// TestDiskFails: a compaction that can't read its files is tried again, but not at once; a flush that can't write its file ends the process.
func TestDiskFails(t *testing.T) {
	var reads, writes atomic.Bool
	var failed atomic.Int64
	fs := errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
		if !strings.HasSuffix(op.Path, ".sst") {
			return nil
		}
		switch op.Kind {
		case errorfs.OpFileReadAt, errorfs.OpFileRead:
			if reads.Load() {
				failed.Add(1)
				return errorfs.ErrInjected
			}
		case errorfs.OpFileWrite, errorfs.OpFileSync, errorfs.OpCreate:
			if writes.Load() {
				return errorfs.ErrInjected
			}
		}
		return nil
	}))
	fatal := make(chan error, 16)
	s := open(t, Options{FS: fs, CacheBytes: 1, OnFatal: func(err error) { fatal <- err }})
	reads.Store(true)
	for n := range uint32(8) { // more files in level 0 than are left alone
		put(t, s, n%2, "c", int64(n), "v")
		if err := s.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	for failed.Load() == 0 {
		runtime.Gosched()
	}
	<-time.After(compactAgainAfter / 2)
	if n := failed.Load(); n > 50 {
		t.Errorf("a compaction that fails read %d times within a moment", n)
	}
	put(t, s, 1, "c", 9, "w")
	reads.Store(false)
	if got := read(t, s, &row.Command{Partitions: []key.Partition{partition(1)}}); len(got) != 1 {
		t.Errorf("read %q", got)
	}
	for s.Metrics().Compact.Count == 0 { // once the disk reads again
		runtime.Gosched()
	}
	writes.Store(true)
	put(t, s, 3, "c", 9, "w")
	if _, err := s.db.AsyncFlush(); err != nil {
		t.Fatal(err)
	}
	if err := <-fatal; !errors.Is(err, errorfs.ErrInjected) || !strings.Contains(err.Error(), "write a data file") {
		t.Errorf("a flush failed: %v", err)
	}
	writes.Store(false)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
