package storage

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/cockroachdb/pebble/v2"
)

// Queues are lists of values that outlive a restart: hints and batches under way. An item is a record named queue/<name>/ and its number,
// 8 bytes; numbers ascend over all queues and are not used again while an item with a higher one is there.
const queuePrefix = "queue/"

// QueueState is what a queue holds.
type QueueState struct {
	Items int
	Bytes int64
}

// Item is a value of a queue.
type Item struct {
	Number uint64
	Value  []byte
}

type queues struct {
	removing sync.Mutex // two that remove the same count it once; taken before mu

	mu     sync.Mutex
	next   uint64
	states map[string]QueueState
}

func queueKey(name string, number uint64) []byte {
	return binary.BigEndian.AppendUint64(metaKey(queuePrefix+name+"/"), number)
}

// load counts what the queues hold.
func (q *queues) load(db *pebble.DB) error {
	q.states, q.next = map[string]QueueState{}, 1
	it, err := db.NewIter(&pebble.IterOptions{LowerBound: metaKey(queuePrefix), UpperBound: append(metaKey(queuePrefix), 0xFF)})
	if err != nil {
		return fmt.Errorf("read the queues: %w", err)
	}
	for it.First(); it.Valid(); it.Next() {
		k := it.Key()[4+len(queuePrefix):]
		if len(k) < 9 {
			continue
		}
		q.next = max(q.next, binary.BigEndian.Uint64(k[len(k)-8:])+1)
		value := it.LazyValue()
		q.count(string(k[:len(k)-9]), 1, int64(value.Len())) // the length is known without reading the value
	}
	if err := errors.Join(it.Error(), it.Close()); err != nil {
		return fmt.Errorf("read the queues: %w", err)
	}
	return nil
}

func (q *queues) count(name string, items int, bytes int64) {
	s := q.states[name]
	s.Items, s.Bytes = s.Items+items, s.Bytes+bytes
	if s.Items == 0 {
		delete(q.states, name)
		return
	}
	q.states[name] = s
}

// NextNumber returns the number of the next item.
func (s *Store) NextNumber() uint64 {
	s.queues.mu.Lock()
	defer s.queues.mu.Unlock()
	return s.queues.next
}

// take gives out the number of an item that is about to be written.
func (q *queues) take(name string, size int64) uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.next++
	q.count(name, 1, size)
	return q.next - 1
}

// number gives out a number that no item has.
func (q *queues) number() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.next++
	return q.next - 1
}

// Enqueue appends a value to a queue.
func (s *Store) Enqueue(name string, value []byte) (number uint64, c *Commit, err error) {
	defer s.dies()
	if err := s.space.check(); err != nil {
		return 0, nil, err
	}
	number = s.queues.take(name, int64(len(value)))
	b := s.db.NewBatch()
	if err = b.Set(queueKey(name, number), value, nil); err == nil {
		err = s.db.ApplyNoSyncWait(b, pebble.Sync)
	}
	if err != nil {
		return 0, nil, fmt.Errorf("append to the queue %s: %w", name, errors.Join(err, b.Close()))
	}
	return number, s.applied(b), nil
}

// EnqueueSynced appends a value to a queue; it is on the disk in every sync mode when it returns.
func (s *Store) EnqueueSynced(name string, value []byte) (number uint64, err error) {
	number, c, err := s.Enqueue(name, value)
	if err != nil {
		return 0, err
	}
	if err := c.Wait(); err != nil {
		return 0, err
	}
	if s.sync != nil {
		return number, s.sync.syncNow()
	}
	return number, nil
}

// Queued returns the oldest items of a queue behind a number, at least one and no more than about so many bytes.
func (s *Store) Queued(name string, after uint64, bytesMax int) ([]Item, error) {
	lower, upper := queueKey(name, after+1), append(queueKey(name, 1<<64-1), 0)
	it, err := s.iterator(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return nil, fmt.Errorf("read the queue %s: %w", name, err)
	}
	var items []Item
	size := 0
	for it.First(); it.Valid() && size < bytesMax; it.Next() {
		var value []byte
		if value, err = it.ValueAndErr(); err != nil {
			break
		}
		k := it.Key()
		items = append(items, Item{binary.BigEndian.Uint64(k[len(k)-8:]), bytes.Clone(value)})
		size += len(value)
	}
	if err := errors.Join(err, it.Error(), it.Close()); err != nil {
		return nil, fmt.Errorf("read the queue %s: %w", name, err)
	}
	return items, nil
}

// QueueEnds returns the oldest and the newest item of a queue; ok is false when there is none.
func (s *Store) QueueEnds(name string) (oldest, newest Item, ok bool, err error) {
	it, err := s.iterator(&pebble.IterOptions{LowerBound: queueKey(name, 0), UpperBound: append(queueKey(name, 1<<64-1), 0)})
	if err != nil {
		return oldest, newest, false, fmt.Errorf("read the queue %s: %w", name, err)
	}
	take := func(there bool) (i Item) {
		if !there || err != nil {
			return i
		}
		var value []byte
		if value, err = it.ValueAndErr(); err == nil {
			k := it.Key()
			i, ok = Item{binary.BigEndian.Uint64(k[len(k)-8:]), bytes.Clone(value)}, true
		}
		return i
	}
	oldest = take(it.First())
	newest = take(it.Last())
	if err := errors.Join(err, it.Error(), it.Close()); err != nil {
		return oldest, newest, false, fmt.Errorf("read the queue %s: %w", name, err)
	}
	return oldest, newest, ok, nil
}

// Dequeue removes items; what somebody else has removed meanwhile is left alone. What is removed may come back after a crash.
func (s *Store) Dequeue(name string, items ...Item) error {
	defer s.dies()
	s.queues.removing.Lock()
	defer s.queues.removing.Unlock()
	b := s.db.NewBatch()
	size := int64(0)
	for _, i := range items {
		k := queueKey(name, i.Number)
		value, closer, err := s.db.Get(k)
		if errors.Is(err, pebble.ErrNotFound) {
			continue
		}
		if err == nil {
			size += int64(len(value))
			err = errors.Join(closer.Close(), b.Delete(k, nil))
		}
		if err != nil {
			return fmt.Errorf("remove from the queue %s: %w", name, errors.Join(err, b.Close()))
		}
	}
	removed := int(b.Count())
	if err := b.Commit(s.later()); err != nil {
		return fmt.Errorf("remove from the queue %s: %w", name, err)
	}
	s.queues.mu.Lock()
	defer s.queues.mu.Unlock()
	s.queues.count(name, -removed, -size)
	return nil
}

// Queues returns what the queues whose names begin with prefix hold, by name.
func (s *Store) Queues(prefix string) map[string]QueueState {
	s.queues.mu.Lock()
	defer s.queues.mu.Unlock()
	found := map[string]QueueState{}
	for name, state := range s.queues.states {
		if strings.HasPrefix(name, prefix) {
			found[name] = state
		}
	}
	return found
}
