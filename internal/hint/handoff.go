package hint

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"helenus/internal/storage"
)

// HandOff gives all hints and batches that wait here to other members, and keeps no new hints: this node is about to leave. A member that takes
// something sees to it as to a batch whose coordinator failed: it writes it to whoever replicates it then, and keeps the hints.
func (k *Keeper) HandOff(ctx context.Context) error {
	k.leaving.Store(true)
	names := slices.Sorted(maps.Keys(k.options.Store.Queues(hints)))
	names = append(names, slices.Sorted(maps.Keys(k.options.Store.Queues(viewUpdates)))...)
	for _, name := range append(names, batches, others) {
		if err := k.handOff(ctx, name); err != nil {
			return fmt.Errorf("hand over what waits in %s: %w", name, err)
		}
	}
	return nil
}

func (k *Keeper) handOff(ctx context.Context, name string) error {
	after := uint64(0)
	for ctx.Err() == nil {
		items, err := k.options.Store.Queued(name, after, replayBytes)
		if err != nil || len(items) == 0 {
			return err
		}
		for _, item := range items {
			after = item.Number
			if name == batches && !k.isOver(item.Number) {
				continue // it is being written, and another member keeps it, too
			}
			if err := k.giveAway(ctx, item); err != nil {
				return err
			}
			if err := k.drop(name, item.Number); err != nil {
				return err
			}
		}
	}
	return context.Cause(ctx)
}

// giveAway has another member keep an item's mutations.
func (k *Keeper) giveAway(ctx context.Context, item storage.Item) error {
	v, ok := unstamp(item.Value)
	if !ok {
		return nil
	}
	now := k.options.Runtime.Now()
	mutations := k.recent(v, now)
	if len(mutations) == 0 {
		return nil
	}
	err := errors.New("no other node answers")
	for _, to := range k.trustees() {
		e, ended := k.entrust(to, now.Sub(v.made), mutations).Take(ctx)
		if ended != nil {
			return ended
		}
		if err = e.err; err == nil {
			return nil
		}
	}
	return err
}

// TakeBack has hints kept again, after this node did not leave.
func (k *Keeper) TakeBack() { k.leaving.Store(false) }
