package hint

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"helenus/internal/platform"
	"helenus/internal/replica"
	"helenus/internal/rpc"
	"helenus/internal/storage"
)

const (
	replayEvery = time.Second
	// replayBytes are read of a queue at a time, replayInFlight hints sent at once.
	replayBytes    = 1 << 20
	replayInFlight = 64
	replayWithin   = 5 * time.Second
)

// Start begins to replay.
func (k *Keeper) Start() { k.ticker = platform.Every(k.options.Runtime, replayEvery, k.tick) }

// Stop ends it.
func (k *Keeper) Stop() {
	if k.ticker != nil {
		k.ticker.Stop()
	}
	k.stopViews()
}

func (k *Keeper) tick() {
	k.tickViews()
	if err := k.replayBatches(); err != nil {
		k.options.Logger.Warn("replay batches", "error", err)
	}
	for _, name := range slices.Sorted(maps.Keys(k.options.Store.Queues(hints))) {
		host, err := uuid.Parse(name[len(hints):])
		if err != nil || k.Paused.Load() {
			continue
		}
		k.replaying.Lock()
		err = k.replayHints(name, host)
		k.replaying.Unlock()
		if err != nil {
			k.options.Logger.Warn("replay hints", "host", host, "error", err)
		}
	}
}

// replayHints sends what waits for a member, as long as it takes it.
func (k *Keeper) replayHints(name string, host uuid.UUID) error {
	after := uint64(0)
	delivered := 0
	defer func() {
		if delivered > 0 {
			k.options.Logger.Info("hints were delivered", "host", host, "count", delivered)
		}
	}()
	for {
		member := k.options.State().Member(host)
		if member != nil && !k.options.Live(host) {
			return k.forgetOld(name)
		}
		items, err := k.options.Store.Queued(name, after, replayBytes)
		if err != nil || len(items) == 0 {
			return err
		}
		to := rpc.Peer{Host: host}
		if member != nil {
			to.Address = member.Address
		}
		done := k.send(to, items, rpc.Bulk, k.options.Window)
		if err := k.options.Store.Dequeue(name, done...); err != nil {
			return err
		}
		delivered += len(done)
		if len(done) < len(items) {
			return nil // later again
		}
		after = items[len(items)-1].Number
	}
}

// forgetOld drops the hints at the head of a queue that are too old by now, so that there is space for others.
func (k *Keeper) forgetOld(name string) error {
	now := k.options.Runtime.Now()
	for {
		items, err := k.options.Store.Queued(name, 0, replayBytes)
		if err != nil || len(items) == 0 {
			return err
		}
		old := 0
		for old < len(items) {
			if v, ok := unstamp(items[old].Value); ok && now.Sub(v.made) <= k.options.Window {
				break
			}
			old++
		}
		if old == 0 {
			return nil
		}
		if err := k.options.Store.Dequeue(name, items[:old]...); err != nil {
			return err
		}
		k.Dropped.Add(int64(old))
		k.options.Logger.Warn("hints are too old and were dropped: repair the node", "queue", name, "count", old)
		if old < len(items) {
			return nil
		}
	}
}

// send sends hints and returns those that need not be kept. Those of an older topology go to whoever replicates them now: what their target
// had to hold may be another's since. window is how old they may be; 0: as old as they are.
func (k *Keeper) send(to rpc.Peer, items []storage.Item, class rpc.Class, window time.Duration) (done []storage.Item) {
	state := k.options.State()
	plan := replica.Plan{Epoch: state.Epoch, Topology: state.Topology}
	type outcome struct {
		item  storage.Item
		taken bool
	}
	outcomes := platform.NewMailbox[outcome](k.options.Runtime)
	inFlight := 0
	wait := func() {
		o, err := outcomes.Take(context.Background())
		inFlight--
		if err == nil && o.taken {
			k.Delivered.Add(1)
			done = append(done, o.item)
		}
	}
	now := k.options.Runtime.Now()
	for _, item := range items {
		v, ok := unstamp(item.Value)
		if !ok || window > 0 && now.Sub(v.made) > window {
			k.options.Logger.Warn("a hint is too old and was dropped: repair the node", "node", to.Address)
			k.Dropped.Add(1)
			done = append(done, item)
			continue
		}
		if v.mutations = k.recent(v, now); len(v.mutations) == 0 {
			done = append(done, item)
			continue
		}
		if inFlight == replayInFlight {
			wait()
		}
		inFlight++
		if v.topology != state.Topology || to.Address == "" {
			k.options.Runtime.Go(func() { outcomes.Put(outcome{item, k.options.Replay(v.mutations) == nil}) })
			continue
		}
		k.options.Call(to, class, rpc.Write, append(replica.AppendWrite(nil, plan, nil), v.mutations...), replayWithin, func(reply []byte, err error) {
			if err == nil {
				_, err = replica.Answer(reply)
			}
			var stale *replica.StaleError
			if err != nil && !errors.As(err, &stale) {
				k.options.Logger.Debug("a hint was not taken", "node", to.Address, "error", err)
			}
			outcomes.Put(outcome{item, err == nil})
		})
	}
	for inFlight > 0 {
		wait()
	}
	return done
}

// recent returns the mutations of a value that are younger than what may have deleted them; encoded, none when all are too old.
func (k *Keeper) recent(v kept, now time.Time) []byte {
	age := now.Sub(v.made)
	if age <= k.options.Keeps {
		return v.mutations
	}
	all, _, err := replica.DecodeMutations(v.mutations, k.options.State().Schema)
	if err != nil {
		k.options.Logger.Error("a hint that can't be read", "error", err)
		return nil
	}
	young := all[:0]
	for _, m := range all {
		if age <= time.Duration(m.Table.Options.GCGraceSeconds)*time.Second {
			young = append(young, m)
		}
	}
	if dropped := len(all) - len(young); dropped > 0 {
		k.Dropped.Add(int64(dropped))
		k.options.Logger.Warn("writes older than their table's gc_grace_seconds were not sent on: only repair brings them", "count", dropped)
	}
	return replica.AppendMutations(nil, young)
}
