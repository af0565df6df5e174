package storage

import (
	"sync"

	"helenus/internal/key"
	"helenus/internal/schema"
)

// lockShards is the number of partition locks; partitions share them by token.
const lockShards = 1024

// partitionLocks keep read-modify-write of a partition apart from other writes of it. Blind writers hold them shared, so they
// never wait for each other. No two are ever held at once but in ascending order of their index.
type partitionLocks struct {
	shards [lockShards]sync.RWMutex
}

func (l *partitionLocks) of(table schema.DataID, t key.Token) *sync.RWMutex {
	return &l.shards[(uint64(t)^uint64(table)*0x9E3779B97F4A7C15)%lockShards]
}

// LockPartition keeps all other writers off a partition until the returned function is called. Write with ApplyLocked.
func (s *Store) LockPartition(table schema.DataID, t key.Token) (unlock func()) {
	m := s.locks.of(table, t)
	m.Lock()
	return m.Unlock
}
