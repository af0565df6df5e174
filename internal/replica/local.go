// Package replica is a replica's side of every request: what a coordinator asks of this node's data. Today the coordinator calls it
// directly; remote verbs come in by the same door.
package replica

import (
	"bytes"
	"errors"
	"fmt"

	"helenus/internal/cassandra"
	"helenus/internal/row"
	"helenus/internal/schema"
	"helenus/internal/storage"
)

// Local is this node's replica.
type Local struct {
	store *storage.Store
}

// NewLocal returns the replica over a store.
func NewLocal(s *storage.Store) *Local { return &Local{store: s} }

// Commit is a write that is visible and waits for the disk.
type Commit interface {
	Wait() error
}

// Read returns a cursor over what a command asks for.
func (l *Local) Read(cmd *row.Command) row.Cursor { return l.store.Read(cmd) }

// Write applies mutations as one.
func (l *Local) Write(mutations []row.Mutation) (Commit, error) {
	c, err := l.store.Apply(mutations)
	if err != nil {
		return nil, clientError(err)
	}
	return c, nil
}

// Update runs a read-modify-write of one partition with all other writers kept off: change reads what it needs through read and
// returns the mutations to apply, none for nothing. The write is durable when Update returns.
func (l *Local) Update(table *schema.Table, at row.Mutation, change func(read func(*row.Command) row.Cursor) ([]row.Mutation, error)) error {
	c, err := l.update(table, at, change)
	if err != nil || c == nil {
		return err
	}
	return c.Wait() // without the lock: the next one builds upon what is visible, and shares the sync
}

func (l *Local) update(table *schema.Table, at row.Mutation, change func(read func(*row.Command) row.Cursor) ([]row.Mutation, error)) (*storage.Commit, error) {
	unlock := l.store.LockPartition(table.DataID, at.Partition.Token)
	defer unlock()
	mutations, err := change(l.store.Read)
	if err != nil || len(mutations) == 0 {
		return nil, err
	}
	for i := range mutations {
		if mutations[i].Table.DataID != table.DataID || !bytes.Equal(mutations[i].Partition.Key, at.Partition.Key) {
			return nil, fmt.Errorf("an update of one partition writes another")
		}
	}
	c, err := l.store.ApplyLocked(mutations)
	if err != nil {
		return nil, clientError(err)
	}
	return c, nil
}

// StoreID is the store's id, under which this replica keeps its shards of counters.
func (l *Local) StoreID() [16]byte { return l.store.ID() }

// clientError turns a refusal of the store into what a client is told: nothing was applied.
func clientError(err error) error {
	if errors.Is(err, storage.ErrNoSpace) {
		return cassandra.Overloadedf("%v", err)
	}
	return err
}
