package hint

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/google/uuid"

	"helenus/internal/platform"
	"helenus/internal/replica"
	"helenus/internal/row"
	"helenus/internal/rpc"
	"helenus/internal/view"
)

// Changes of views that follow from a change of their base here, and belong elsewhere, wait in a queue for each member. They are put there in the batch
// of the base's change and sent as soon as that is on the disk; what is not taken then is sent again every second while the member answers, however
// old it is. Their order does not matter.

const (
	// viewUpdates begins the names of the queues; the host id follows.
	viewUpdates = "view/"
	// parcelBytes is about how much of them is one item of a queue.
	parcelBytes = 64 << 10
	// viewBusyBytes are so many that builds of views wait.
	viewBusyBytes = 8 << 20
)

var errViewsFull = errors.New("too many changes of views wait for it")

// views is what is under way with changes of views.
type views struct {
	mu      sync.Mutex
	sending map[uuid.UUID]bool // guarded by mu: hosts that a task sends to; true: it looks again when it is done
	stopped bool               // guarded by mu
	ended   platform.Gate      // guarded by mu: open once nothing is sent any more
	// settled is the first number of an item that may not be on the disk yet. Only the ticker uses it.
	settled uint64
}

// Parcels packs changes of views for a member. When too much waits already, they are left out: that is counted and logged, and repair of the view is
// what helps.
func (k *Keeper) Parcels(topology uint64, host uuid.UUID, mutations []row.Mutation) (all []view.Parcel) {
	name := viewUpdates + host.String()
	total := int64(0)
	queues := k.options.Store.Queues(viewUpdates)
	for _, q := range queues {
		total += q.Bytes
	}
	if queues[name].Bytes > k.options.BytesMax || total > k.options.TotalMax {
		k.Dropped.Add(int64(len(mutations)))
		k.sayRefused(host, errViewsFull)
		return nil
	}
	var body []byte
	add := func() {
		if len(body) > 0 {
			all = append(all, view.Parcel{Queue: name, Value: stamp(k.options.Runtime.Now(), topology, body)})
			body = nil
		}
	}
	for i := range mutations {
		if body = replica.AppendMutations(body, mutations[i:i+1]); len(body) >= parcelBytes {
			add()
		}
	}
	add()
	return all
}

// Queued sends what was put into queues.
func (k *Keeper) Queued(parcels []view.Parcel) {
	var last string
	for i := range parcels {
		if name := parcels[i].Queue; name != last && strings.HasPrefix(name, viewUpdates) {
			last = name
			if host, err := uuid.Parse(name[len(viewUpdates):]); err == nil {
				k.sendViews(host, 1<<64-1)
			}
		}
	}
}

// ViewsBusy says whether much waits to be sent.
func (k *Keeper) ViewsBusy() bool {
	total := int64(0)
	for _, q := range k.options.Store.Queues(viewUpdates) {
		total += q.Bytes
	}
	return total > viewBusyBytes
}

// tickViews sends what was there at the tick before.
func (k *Keeper) tickViews() {
	before := k.views.settled
	k.views.settled = k.options.Store.NextNumber()
	for _, name := range slices.Sorted(maps.Keys(k.options.Store.Queues(viewUpdates))) {
		if host, err := uuid.Parse(name[len(viewUpdates):]); err == nil {
			k.sendViews(host, before)
		}
	}
}

// sendViews has a task send what waits for a member, up to a number, unless one does already; then that one looks again.
func (k *Keeper) sendViews(host uuid.UUID, before uint64) {
	v := &k.views
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.stopped {
		return
	}
	if _, runs := v.sending[host]; runs {
		v.sending[host] = v.sending[host] || before == 1<<64-1
		return
	}
	v.sending[host] = false
	k.options.Runtime.Go(func() {
		for {
			if err := k.replayViews(host, before); err != nil {
				k.options.Logger.Warn("send changes of views", "host", host, "error", err)
			}
			v.mu.Lock()
			again := v.sending[host] && !v.stopped
			if again {
				v.sending[host], before = false, 1<<64-1
			} else if delete(v.sending, host); len(v.sending) == 0 && v.ended != nil {
				v.ended.Open()
			}
			v.mu.Unlock()
			if !again {
				return
			}
		}
	})
}

// replayViews sends the items of a member's queue before a number, as long as it takes them.
func (k *Keeper) replayViews(host uuid.UUID, before uint64) error {
	name := viewUpdates + host.String()
	after := uint64(0)
	for {
		member := k.options.State().Member(host)
		if member != nil && !k.options.Live(host) {
			return nil
		}
		items, err := k.options.Store.Queued(name, after, replayBytes)
		if err != nil {
			return err
		}
		for len(items) > 0 && items[len(items)-1].Number >= before {
			items = items[:len(items)-1]
		}
		if len(items) == 0 {
			return nil
		}
		to := rpc.Peer{Host: host}
		if member != nil {
			to.Address = member.Address
		}
		done := k.send(to, items, rpc.Data, 0)
		if err := k.options.Store.Dequeue(name, done...); err != nil {
			return err
		}
		if len(done) < len(items) || k.viewsStopped() {
			return nil // later again
		}
		after = items[len(items)-1].Number
	}
}

func (k *Keeper) viewsStopped() bool {
	k.views.mu.Lock()
	defer k.views.mu.Unlock()
	return k.views.stopped
}

// stopViews returns when nothing is sent any more.
func (k *Keeper) stopViews() {
	v := &k.views
	v.mu.Lock()
	v.stopped = true
	wait := len(v.sending) > 0
	if wait {
		v.ended = k.options.Runtime.NewGate()
	}
	gate := v.ended
	v.mu.Unlock()
	if wait {
		_ = gate.Pass(context.Background()) // the context has no end
	}
}
