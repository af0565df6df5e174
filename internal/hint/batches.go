package hint

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"helenus/internal/cluster/metadata"
	"helenus/internal/platform"
	"helenus/internal/replica"
	"helenus/internal/rpc"
	"helenus/internal/storage"
)

// A logged batch is kept here and, when another member answers, there too: whoever is left of the two sees to it that all parts are written.
const (
	// batches this node coordinates, and those that it keeps for others.
	batches = "batchlog"
	entrust = "batchlog-of-others"

	entrustWithin = time.Second
	// entrustedGrace is longer than a batch takes from its log to the last answer or timeout: after it, its coordinator has failed.
	entrustedGrace = 10 * time.Second
)

// Keep makes a logged batch durable. forget is called once every part is written or hinted; whole says that every part met its level, so that
// the other member's copy is not needed any more either.
func (k *Keeper) Keep(mutations []byte) (forget func(whole bool), err error) {
	type outcome struct {
		number uint64
		err    error
	}
	there := platform.NewMailbox[outcome](k.options.Runtime)
	to := k.trustee()
	if to != nil {
		k.options.Call(rpc.Peer{Host: to.Host, Address: to.Address}, rpc.Data, rpc.Batch, mutations, entrustWithin, func(reply []byte, err error) {
			if err == nil {
				reply, err = replica.Answer(reply)
			}
			if err == nil && len(reply) != 8 {
				err = errMalformed
			}
			if err != nil {
				there.Put(outcome{err: err})
				return
			}
			there.Put(outcome{number: binary.BigEndian.Uint64(reply)})
		})
	}
	number, err := k.options.Store.EnqueueSynced(batches, k.stamp(0, mutations))
	if err != nil {
		return nil, err
	}
	var entrusted outcome
	if to != nil {
		if entrusted, err = there.Take(context.Background()); err != nil {
			return nil, err
		}
		if entrusted.err != nil {
			k.options.Logger.Debug("a batch is logged here alone", "error", entrusted.err)
		}
	}
	return func(whole bool) {
		if err := k.drop(batches, number); err != nil {
			k.options.Logger.Warn("forget a batch", "error", err)
		}
		if to == nil || entrusted.err != nil || !whole {
			return
		}
		k.options.Call(rpc.Peer{Host: to.Host, Address: to.Address}, rpc.Data, rpc.BatchDone, binary.BigEndian.AppendUint64(nil, entrusted.number), entrustWithin, func([]byte, error) {}) // one that is lost is replayed, which changes nothing
	}, nil
}

var errMalformed = errors.New("malformed message about a batch")

// trustee returns the member that keeps a second copy of a batch: one in another rack first, else any that answers, else none.
func (k *Keeper) trustee() *metadata.Member {
	s := k.options.State()
	self := s.Member(k.options.Self)
	if self == nil {
		return nil
	}
	var best []*metadata.Member
	elsewhere := false
	for i := range s.Members {
		m := &s.Members[i]
		if m.Host == k.options.Self || m.Status != metadata.Normal || m.Datacenter != self.Datacenter || !k.options.Live(m.Host) {
			continue
		}
		if other := m.Rack != self.Rack; other && !elsewhere {
			best, elsewhere = nil, true
		} else if !other && elsewhere {
			continue
		}
		best = append(best, m)
	}
	if len(best) == 0 {
		return nil
	}
	return best[k.options.Runtime.IntN(len(best))]
}

// ServeBatch keeps a batch for another node; the answer is its number.
func (k *Keeper) ServeBatch(mutations []byte, reply func([]byte)) {
	number, err := k.options.Store.EnqueueSynced(entrust, k.stamp(0, mutations))
	if err != nil {
		reply(replica.Failure(err))
		return
	}
	reply(binary.BigEndian.AppendUint64([]byte{byte(replica.OK)}, number))
}

// ServeBatchDone forgets a batch of another node.
func (k *Keeper) ServeBatchDone(body []byte, reply func([]byte)) {
	if len(body) != 8 {
		reply(replica.Failure(errMalformed))
		return
	}
	number := binary.BigEndian.Uint64(body)
	if err := k.drop(entrust, number); err != nil {
		reply(replica.Failure(err))
		return
	}
	reply([]byte{byte(replica.OK)})
}

// drop removes an item of a queue if it is there: who replays a batch and who forgets it may meet.
func (k *Keeper) drop(name string, number uint64) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	items, err := k.options.Store.Queued(name, number-1, 1)
	if err != nil || len(items) == 0 || items[0].Number != number {
		return err
	}
	return k.options.Store.Dequeue(name, items[0])
}

// replayBatches writes the batches that a process before this one left, and those of others that nobody finished in time.
func (k *Keeper) replayBatches() error {
	now := k.options.Runtime.Now()
	return errors.Join(
		k.replayQueue(batches, func(i storage.Item, _ kept) bool { return i.Number < k.began }),
		k.replayQueue(entrust, func(_ storage.Item, v kept) bool {
			age := now.Sub(v.made)
			return age < 0 || age > entrustedGrace
		}),
	)
}

// replayQueue replays what is due of a queue.
func (k *Keeper) replayQueue(name string, due func(storage.Item, kept) bool) error {
	if len(k.options.Store.Queues(name)) == 0 {
		return nil
	}
	after := uint64(0)
	for {
		items, err := k.options.Store.Queued(name, after, replayBytes)
		if err != nil || len(items) == 0 {
			return err
		}
		for _, item := range items {
			after = item.Number
			v, ok := unstamp(item.Value)
			if ok && !due(item, v) {
				continue
			}
			if ok {
				if v.mutations = k.recent(v, k.options.Runtime.Now()); len(v.mutations) > 0 {
					if err := k.options.Replay(v.mutations); err != nil {
						return fmt.Errorf("replay a batch: %w", err)
					}
				}
			}
			if err := k.drop(name, item.Number); err != nil {
				return err
			}
		}
	}
}
