package hint

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
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
	others  = "batchlog-of-others"

	// trusteesMax is how many members are asked to keep a batch, one after the other, until one does.
	trusteesMax   = 3
	entrustWithin = time.Second
	// entrustedGrace is longer than a batch takes from its log to the last answer or timeout: after it, its coordinator has failed.
	entrustedGrace = 10 * time.Second
)

// Keep makes a logged batch durable, here and, when other members answer, at one of those too. forget is called once every part is written or hinted; whole says that every part met its level, so that
// the other member's copy is not needed any more either.
func (k *Keeper) Keep(mutations []byte) (forget func(whole bool), err error) {
	trustees := k.trustees()
	var answer *platform.Mailbox[entrusted]
	if len(trustees) > 0 {
		answer = k.entrust(trustees[0], 0, mutations) // while this node's own disk works
	}
	number, err := k.options.Store.EnqueueSynced(batches, stamp(k.options.Runtime.Now(), 0, mutations))
	if err != nil {
		return nil, err
	}
	var there entrusted
	for i := 0; i < len(trustees); i++ {
		if i > 0 {
			answer = k.entrust(trustees[i], 0, mutations)
		}
		if there, err = answer.Take(context.Background()); err != nil {
			return nil, err
		}
		if there.err == nil {
			break
		}
		k.options.Logger.Debug("a batch was not taken", "node", trustees[i].Address, "error", there.err)
	}
	if there.err != nil { // nothing was written yet, and this node alone would be all that knows of it
		return nil, errors.Join(fmt.Errorf("no other node took it: %w", there.err), k.finish(number))
	}
	return func(whole bool) {
		if !whole && there.to == nil { // nobody else will see to it
			k.mu.Lock()
			k.unfinished[number] = struct{}{}
			k.mu.Unlock()
			return
		}
		if err := k.finish(number); err != nil {
			k.options.Logger.Warn("forget a batch", "error", err)
		}
		if there.to == nil || !whole {
			return
		}
		k.options.Call(peerOf(there.to), rpc.Data, rpc.BatchDone, binary.BigEndian.AppendUint64(nil, there.number), entrustWithin, func([]byte, error) {}) // one that is lost is replayed, which changes nothing
	}, nil
}

// entrusted is a batch that another member was asked to keep.
type entrusted struct {
	to     *metadata.Member
	number uint64
	err    error
}

func peerOf(m *metadata.Member) rpc.Peer { return rpc.Peer{Host: m.Host, Address: m.Address} }

// entrust asks a member to keep a batch of some age. The message is the age in seconds, 8 bytes, and the mutations.
func (k *Keeper) entrust(to *metadata.Member, age time.Duration, mutations []byte) *platform.Mailbox[entrusted] {
	answer := platform.NewMailbox[entrusted](k.options.Runtime)
	body := append(binary.BigEndian.AppendUint64(make([]byte, 0, 8+len(mutations)), uint64(max(age, 0)/time.Second)), mutations...)
	k.options.Call(peerOf(to), rpc.Data, rpc.Batch, body, entrustWithin, func(reply []byte, err error) {
		if err == nil {
			reply, err = replica.Answer(reply)
		}
		if err == nil && len(reply) != 8 {
			err = errMalformed
		}
		e := entrusted{to: to, err: err}
		if err == nil {
			e.number = binary.BigEndian.Uint64(reply)
		}
		answer.Put(e)
	})
	return answer
}

var errMalformed = errors.New("malformed message about a batch")

// trustees returns the members that may keep a second copy of a batch, at most trusteesMax: those in other racks first.
func (k *Keeper) trustees() (all []*metadata.Member) {
	s := k.options.State()
	self := s.Member(k.options.Self)
	if self == nil {
		return nil
	}
	for i := range s.Members {
		m := &s.Members[i]
		if m.Host != k.options.Self && m.Status == metadata.Normal && m.Datacenter == self.Datacenter && k.options.Live(m.Host) {
			all = append(all, m)
		}
	}
	for i := range all { // shuffled, so that the load is shared
		j := i + k.options.Runtime.IntN(len(all)-i)
		all[i], all[j] = all[j], all[i]
	}
	slices.SortStableFunc(all, func(a, b *metadata.Member) int {
		rank := func(m *metadata.Member) int {
			if m.Rack == self.Rack {
				return 1
			}
			return 0
		}
		return rank(a) - rank(b)
	})
	return all[:min(len(all), trusteesMax)]
}

// ServeBatch keeps a batch for another node; the answer is its number.
func (k *Keeper) ServeBatch(body []byte, reply func([]byte)) {
	if len(body) < 8 {
		reply(replica.Failure(errMalformed))
		return
	}
	age := time.Duration(binary.BigEndian.Uint64(body)%maxSeconds) * time.Second
	number, err := k.options.Store.EnqueueSynced(others, stamp(k.options.Runtime.Now().Add(-age), 0, body[8:]))
	if err != nil {
		reply(replica.Failure(err))
		return
	}
	reply(binary.BigEndian.AppendUint64([]byte{byte(replica.OK)}, number))
}

// maxSeconds keeps an age within what a time.Duration holds.
const maxSeconds = 1 << 32

// ServeBatchDone forgets a batch of another node.
func (k *Keeper) ServeBatchDone(body []byte, reply func([]byte)) {
	if len(body) != 8 {
		reply(replica.Failure(errMalformed))
		return
	}
	number := binary.BigEndian.Uint64(body)
	if err := k.drop(others, number); err != nil {
		reply(replica.Failure(err))
		return
	}
	reply([]byte{byte(replica.OK)})
}

// finish removes a batch that this process logged and is done with. One that can't be removed now is removed later.
func (k *Keeper) finish(number uint64) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	err := k.dropLocked(batches, number)
	if err != nil {
		k.finished[number] = struct{}{}
	}
	return err
}

// finishLate removes what finish could not.
func (k *Keeper) finishLate() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, number := range slices.Sorted(maps.Keys(k.finished)) {
		if err := k.dropLocked(batches, number); err != nil {
			return err
		}
		delete(k.finished, number)
	}
	return nil
}

// drop removes an item of a queue if it is there: who replays a batch and who forgets it may meet.
func (k *Keeper) drop(name string, number uint64) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	err := k.dropLocked(name, number)
	if err == nil && name == batches {
		delete(k.unfinished, number)
	}
	return err
}

// isOver says whether nobody writes a batch of this node's log any more.
func (k *Keeper) isOver(number uint64) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	_, unfinished := k.unfinished[number]
	return unfinished || number < k.began
}

func (k *Keeper) dropLocked(name string, number uint64) error {
	items, err := k.options.Store.Queued(name, number-1, 1)
	if err != nil || len(items) == 0 || items[0].Number != number {
		return err
	}
	return k.options.Store.Dequeue(name, items[0])
}

// replayBatches writes the batches that this node logged and that nobody finished, and those of others that were not in time.
func (k *Keeper) replayBatches() error {
	now := k.options.Runtime.Now()
	return errors.Join(
		k.finishLate(),
		k.replayQueue(batches, func(i storage.Item, _ kept) bool { return k.isOver(i.Number) }),
		k.replayQueue(others, func(_ storage.Item, v kept) bool {
			age := now.Sub(v.made)
			return age < 0 || age > entrustedGrace
		}),
	)
}

// replayFailuresMax is how many batches may fail until the others wait for the next time.
const replayFailuresMax = 16

// replayQueue replays what is due of a queue. One that can't be written keeps its place; the error joins a few of theirs.
func (k *Keeper) replayQueue(name string, due func(storage.Item, kept) bool) error {
	if len(k.options.Store.Queues(name)) == 0 {
		return nil
	}
	after := uint64(0)
	var failures []error
	for {
		items, err := k.options.Store.Queued(name, after, replayBytes)
		if err != nil || len(items) == 0 {
			return errors.Join(append(failures, err)...)
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
						if failures = append(failures, fmt.Errorf("replay a batch: %w", err)); len(failures) == replayFailuresMax {
							return errors.Join(failures...)
						}
						continue
					}
				}
			}
			if err := k.drop(name, item.Number); err != nil {
				return err
			}
		}
	}
}
