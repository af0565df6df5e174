package storage

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/atomicfs"

	"helenus/internal/key"
	"helenus/internal/lease"
	"helenus/internal/platform"
	"helenus/internal/schema"
)

// SyncMode says when a write is acknowledged: Cassandra's commitlog_sync.
type SyncMode uint8

const (
	// SyncBatch acknowledges when the log is synced; concurrent writers share a sync. It is the default.
	SyncBatch SyncMode = iota
	// SyncPeriodic acknowledges when the operating system has the log; the sync follows within the period.
	SyncPeriodic
)

// Options configure a Store. The zero value of each field but Dir is sensible.
type Options struct {
	// Dir is the data directory; it is made when it is missing.
	Dir string
	// LockWait is how long to wait for another process that has the directory. Runtime measures it.
	LockWait time.Duration
	// Lease, when not nil, is taken after the lock, which may not keep out other hosts. Dir, Runtime, Wait and Logger are the store's. Once it is lost, no file is changed any more.
	Lease *lease.Options
	// Waiting, when not nil, ends the wait for another process.
	Waiting context.Context
	// FS is where files live: the machine's by default, memory in tests.
	FS vfs.FS
	// Clock decides expiry and purging.
	Runtime platform.Runtime
	Sync    SyncMode
	// SyncPeriod is the longest time between a write and its sync in SyncPeriodic; default 10 s.
	SyncPeriod time.Duration
	// CacheBytes is the block cache, default 8 MiB; MemTableBytes one memtable, default 16 MiB.
	CacheBytes    int64
	MemTableBytes uint64
	// CentroidBytes bounds the memory for the middles of clusters of vectors, default 4 MiB: past it clusters are parted no more, and grow.
	CentroidBytes int
	// PurgeBefore returns when a table's deletions on a token must have been made to be old enough to be purged, in seconds since 1970;
	// default ten days before now. Safe for concurrent use.
	PurgeBefore func(id schema.DataID, token key.Token, now int64) int64
	// FreeBytes returns the bytes free and in total on the disk of Dir; default: what FS tells.
	FreeBytes func() (free, total uint64, err error)
	// Random makes the store id; default crypto/rand.
	Random io.Reader
	// PatrolPeriod is the time between two passes of the patrol; default a day.
	PatrolPeriod time.Duration
	Logger       *slog.Logger
	// OnFatal is told of a failure after which the store can't keep its promises, such as a failed sync. It must end the
	// process; the default panics.
	OnFatal func(error)
}

const gcGraceDefault = 10 * 24 * 3600

func (o *Options) setDefaults() {
	if o.FS == nil {
		o.FS = vfs.Default
	}
	if o.Waiting == nil {
		o.Waiting = context.Background()
	}
	if o.Runtime == nil {
		o.Runtime = platform.System{}
	}
	if o.SyncPeriod == 0 {
		o.SyncPeriod = 10 * time.Second
	}
	if o.CacheBytes == 0 {
		o.CacheBytes = 8 << 20
	}
	if o.MemTableBytes == 0 {
		o.MemTableBytes = 16 << 20
	}
	if o.CentroidBytes == 0 {
		o.CentroidBytes = 4 << 20
	}
	if o.PurgeBefore == nil {
		o.PurgeBefore = func(_ schema.DataID, _ key.Token, now int64) int64 { return now - gcGraceDefault }
	}
	if o.FreeBytes == nil {
		o.FreeBytes = spaceOf(o.FS, o.Dir)
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.PatrolPeriod == 0 {
		o.PatrolPeriod = 24 * time.Hour
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.OnFatal == nil {
		o.OnFatal = func(err error) { panic(err) }
	}
}

// Store is one node's data. Its methods are safe for concurrent use until Close.
type Store struct {
	options   Options
	db        *pebble.DB
	id        [16]byte
	lock      *pebble.Lock
	lease     *lease.Lease  // nil: there is none
	sync      *periodicSync // nil in SyncBatch on files of the machine
	locks     partitionLocks
	collapse  collapser
	space     spaceGuard
	patrol    patrol
	queues    queues
	tables    tableStats
	indexes   indexes
	format    int        // of the directory; guarded by indexes.mu
	router    ViewRouter // nil: all rows of views belong here
	opened    time.Time
	timers    []*platform.Periodic
	ctx       context.Context // ends with Close
	cancel    context.CancelFunc
	compactor compactor
	// compactions are the engine's own.
	compactions compactions
	jobs        sync.WaitGroup
	faults      FaultyFS // nil: the file system has no faults of its own choice
}

// Open opens or makes the store in o.Dir. A directory that another process uses, or that a newer Helenus wrote, is refused.
func Open(o Options) (*Store, error) {
	o.setDefaults()
	s := &Store{options: o, opened: o.Runtime.Now(), compactor: compactor{wake: make(chan struct{}, 1)}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if s.faults, _ = o.FS.(FaultyFS); s.faults == nil {
		o.FS = &directories{FS: o.FS, log: o.Logger}
		s.options.FS = o.FS
	}
	s.collapse.init()
	s.indexes.init()
	if err := o.FS.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory %s: %w", o.Dir, err)
	}
	lock, err := s.takeDirectory()
	if err != nil {
		return nil, err
	}
	if err := s.open(lock); err != nil {
		return nil, errors.Join(err, s.leaveDirectory(lock))
	}
	s.jobs.Go(s.collapseLoop)
	s.jobs.Go(s.compactLoop)
	s.jobs.Go(s.forgetLoop)
	s.checkSpace()
	s.timers = []*platform.Periodic{
		platform.Every(o.Runtime, spacePeriod, s.checkSpace),
		platform.Every(o.Runtime, patrolStep, s.patrolTick),
		platform.Every(o.Runtime, statsWindow, func() { s.tables.rotate(o.Runtime.Monotonic()) }),
	}
	return s, nil
}

func (s *Store) open(lock *pebble.Lock) error {
	o := s.options
	format, err := readFormat(o.FS, o.Dir)
	if err != nil {
		return err
	}
	s.format = format
	var files vfs.FS = &reserve{o.FS, s}
	switch {
	case o.Sync == SyncPeriodic:
		s.sync = newPeriodicSync(files, o.Runtime, o.SyncPeriod, o.OnFatal)
		files = s.sync
	case s.faults != nil:
		s.sync = newPeriodicSync(files, o.Runtime, 0, o.OnFatal)
		files = s.sync
	}
	cache := pebble.NewCache(o.CacheBytes)
	defer cache.Unref()
	filter := bloom.FilterPolicy(10)
	options := &pebble.Options{
		FS:                          files,
		Lock:                        lock,
		Comparer:                    comparer,
		Merger:                      s.newMerger(),
		Cache:                       cache,
		MemTableSize:                o.MemTableBytes,
		MemTableStopWritesThreshold: 4,
		L0CompactionThreshold:       4,
		L0StopWritesThreshold:       1000,
		LBaseMaxBytes:               64 << 20,
		MaxOpenFiles:                1000,
		FormatMajorVersion:          pebble.FormatNewest,
		Logger:                      &pebbleLogger{o.Logger, o.OnFatal},
	}
	for i := range options.Levels {
		l := &options.Levels[i]
		l.BlockSize = 16 << 10
		l.IndexBlockSize = 64 << 10
		l.FilterPolicy = filter
	}
	options.FlushSplitBytes = 2 << 20
	patience := newPatience(o.Logger)
	options.Experimental.CompactionScheduler = patience
	listen(options, patience, &s.compactions, o.OnFatal)
	if err := prepare(files, o.Dir); err != nil {
		return err
	}
	db, err := pebble.Open(o.Dir, options)
	if err != nil {
		return fmt.Errorf("open the data in %s: %w", o.Dir, err)
	}
	s.db, s.lock = db, lock
	if err := errors.Join(s.loadID(), s.queues.load(db)); err != nil {
		return errors.Join(err, db.Close())
	}
	return nil
}

// prepare readies a directory in which there is no store yet. Pebble by itself begins with its oldest format and goes through all formats up to the
// newest, with two syncs of the directory each, which is a third of a node's first start. And what a first start has left that was cut short by
// a loss of power, perhaps the name of a manifest without the manifest, is taken away: nothing was in it.
func prepare(files vfs.FS, dir string) error {
	names, err := files.List(dir)
	if err != nil {
		return fmt.Errorf("look into the data directory: %w", err)
	}
	var begun []string
	for _, name := range names {
		switch path.Ext(name) {
		case ".log", ".sst", ".blob":
			return nil // there is a store
		}
		if strings.HasPrefix(name, "MANIFEST-") || strings.HasPrefix(name, "marker.manifest.") {
			begun = append(begun, name)
		}
	}
	for _, name := range begun {
		if err := files.Remove(files.PathJoin(dir, name)); err != nil {
			return fmt.Errorf("begin the data in %s: %w", dir, err)
		}
	}
	marker, _, err := atomicfs.LocateMarker(files, dir, "format-version")
	if err != nil {
		return fmt.Errorf("begin the data in %s: %w", dir, err)
	}
	if err := errors.Join(marker.Move(pebble.FormatNewest.String()), marker.Close()); err != nil { // it syncs the directory
		return fmt.Errorf("begin the data in %s: %w", dir, err)
	}
	return nil
}

// ID is the store id: made with the files, so that a copy restored elsewhere can be told apart.
func (s *Store) ID() [16]byte { return s.id }

func (s *Store) now() int64 { return s.options.Runtime.Now().Unix() }

// Flush writes all memtables to data files.
func (s *Store) Flush() error {
	defer s.dies()
	if err := s.db.Flush(); err != nil {
		return fmt.Errorf("flush: %w", err)
	}
	return nil
}

// Compact rewrites all data files, so that what was deleted gives its space back.
func (s *Store) Compact() error {
	defer s.dies()
	if err := s.db.Compact(s.ctx, []byte{0}, bytes.Repeat([]byte{0xFF}, 16), true); err != nil {
		return fmt.Errorf("compact: %w", err)
	}
	return nil
}

// CompactTable rewrites what a table has in data files; rows of others that lie in the same files go with it.
func (s *Store) CompactTable(ctx context.Context, id schema.DataID) error {
	defer s.dies()
	if err := s.db.Compact(ctx, binary.BigEndian.AppendUint32(nil, uint32(id)), binary.BigEndian.AppendUint32(nil, uint32(id)+1), true); err != nil {
		return fmt.Errorf("compact: %w", err)
	}
	return nil
}

// Close ends background work, syncs the log and closes the files.
func (s *Store) Close() error {
	s.cancel()
	s.stopBuilding()
	for _, t := range s.timers {
		t.Stop()
	}
	s.jobs.Wait()
	err := s.db.Close()
	if s.sync != nil {
		err = errors.Join(err, s.sync.close())
	}
	if err = errors.Join(err, s.leaveDirectory(s.lock)); err != nil {
		return fmt.Errorf("close the data in %s: %w", s.options.Dir, err)
	}
	return nil
}

// Metrics returns Pebble's own figures.
func (s *Store) Metrics() *pebble.Metrics { return s.db.Metrics() }

// pebbleLogger passes Pebble's messages on.
type pebbleLogger struct {
	log     *slog.Logger
	onFatal func(error)
}

func (l *pebbleLogger) Infof(format string, args ...any) { l.log.Debug(fmt.Sprintf(format, args...)) }

func (l *pebbleLogger) Errorf(format string, args ...any) {
	l.log.Error("storage: " + fmt.Sprintf(format, args...))
}

// Fatalf is called when Pebble can't go on; it must not return.
func (l *pebbleLogger) Fatalf(format string, args ...any) {
	err := fmt.Errorf("storage: "+format, args...)
	l.onFatal(err)
	panic(err)
}
