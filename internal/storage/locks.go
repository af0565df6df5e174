package storage

import (
	"sync"

	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// lockShards is the number of partition locks; partitions share them by token.
const lockShards = 1024

// partitionLocks keep read-modify-write of a partition apart from other writes of it. Blind writers hold them shared, so they
// never wait for each other. Several are only ever held by who took them together, in ascending order of their index.
type partitionLocks struct {
	shards [lockShards]sync.RWMutex
}

func lockIndex(table schema.DataID, t key.Token) uint64 {
	return (uint64(t) ^ uint64(table)*0x9E3779B97F4A7C15) % lockShards
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
	s.locks.each(&set, (*sync.RWMutex).RLock)
	return func() { s.locks.each(&set, (*sync.RWMutex).RUnlock) }
}

// lockSet has a bit for each lock.
type lockSet [lockShards / 64]uint64

func locksOf(mutations []row.Mutation) lockSet {
	var set lockSet
	for i := range mutations {
		n := lockIndex(mutations[i].Table.DataID, mutations[i].Partition.Token)
		set[n/64] |= 1 << (n % 64)
	}
	return set
}

func (l *partitionLocks) each(set *lockSet, f func(*sync.RWMutex)) {
	for n := range uint64(lockShards) {
		if set[n/64]&(1<<(n%64)) != 0 {
			f(&l.shards[n])
		}
	}
}
