package storage

import (
	"math/bits"
	"sync"

	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// lockShards is the number of partition locks; partitions share them by token. Those of views are behind those of all other tables, so that who
// writes a base may take the locks of its views' partitions once it knows them.
const (
	lockShards     = lockShardsEach * 2
	lockShardsEach = 1024
)

// partitionLocks keep read-modify-write of a partition apart from other writes of it. Blind writers hold them shared, so they
// never wait for each other. Several are only ever held by who took them together, in ascending order of their index.
type partitionLocks struct {
	shards [lockShards]sync.RWMutex
}

func lockIndex(table schema.DataID, t key.Token) uint64 {
	n := (uint64(t) ^ uint64(table)*0x9E3779B97F4A7C15) % lockShardsEach
	if table.IsView() {
		n += lockShardsEach
	}
	return n
}

func (l *partitionLocks) of(table schema.DataID, t key.Token) *sync.RWMutex {
	return &l.shards[lockIndex(table, t)]
}

// LockPartition keeps all other writers off a partition until the returned function is called. Write with ApplyLocked. A
// caller that holds one must not ask for another.
func (s *Store) LockPartition(table schema.DataID, t key.Token) (unlock func()) {
	m := s.locks.of(table, t)
	m.Lock()
	return m.Unlock
}

func (s *Store) shareWithOthers(mutations []row.Mutation) (release func()) {
	set := locksOf(mutations)
	return s.share(&set)
}

// share takes locks shared.
func (s *Store) share(set *lockSet) (release func()) {
	s.locks.each(set, (*sync.RWMutex).RLock)
	return func() { s.locks.each(set, (*sync.RWMutex).RUnlock) }
}

// lockSet has a bit for each lock.
type lockSet [lockShards / 64]uint64

func locksOf(mutations []row.Mutation) lockSet {
	var set lockSet
	for i := range mutations {
		set.add(&mutations[i])
	}
	return set
}

func (set *lockSet) add(m *row.Mutation) {
	n := lockIndex(m.Table.DataID, m.Partition.Token)
	set[n/64] |= 1 << (n % 64)
}

// less are the locks of a set that are not in another.
func (set *lockSet) less(other *lockSet) (rest lockSet) {
	for i := range set {
		rest[i] = set[i] &^ other[i]
	}
	return rest
}

func (set *lockSet) has(n uint64) bool { return set[n/64]&(1<<(n%64)) != 0 }

func (l *partitionLocks) each(set *lockSet, f func(*sync.RWMutex)) {
	for i, word := range set {
		for ; word != 0; word &= word - 1 {
			f(&l.shards[i*64+bits.TrailingZeros64(word)])
		}
	}
}
