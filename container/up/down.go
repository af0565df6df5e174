package up

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/moby/moby/client"
)

// Down stops and removes a cluster's containers and its network; with volumes also its data, as far as they are in volumes. Where there is
// nothing it does nothing.
func (c *Cluster) Down(ctx context.Context, volumes bool) error {
	f, err := look(ctx, c.API, c.Name)
	if err != nil {
		return err
	}
	if len(f.nodes()) == 0 && !f.network {
		c.Progress.Done(fmt.Sprintf("there is nothing of cluster %s", c.Name))
		return nil
	}
	if err := c.stopAll(ctx, slices.Sorted(maps.Keys(f.containers))); err != nil {
		return c.unfinished(ctx, "down", err)
	}
	if f.network {
		if _, err := c.API.NetworkRemove(ctx, c.Name, client.NetworkRemoveOptions{}); ignoreMissing(err) != nil {
			return fmt.Errorf("remove the network %s: %w; other containers in it have to go first: docker network inspect %[1]s", c.Name, err)
		}
	}
	kept := ""
	if !volumes && len(f.volumes) > 0 {
		kept = fmt.Sprintf("; for the next helenus up %s stay, --volumes removes them, too", many(len(f.volumes), "volume"))
	}
	if f.settings != nil && f.settings.Data != Volumes {
		kept = "; its data in " + f.settings.Data + " are kept"
	}
	for _, n := range f.volumes {
		if volumes {
			if err := c.do(ctx, step{removeVolume, []int{n}}, f.settings, f); err != nil {
				return c.unfinished(ctx, "down", err)
			}
		}
	}
	c.Progress.Done(fmt.Sprintf("cluster %s is removed%s", c.Name, kept))
	return nil
}

// stopAll stops nodes at once, each in order, and removes their containers.
func (c *Cluster) stopAll(ctx context.Context, nodes []int) error {
	errs := make([]error, len(nodes))
	var all sync.WaitGroup
	for i, n := range nodes {
		all.Go(func() {
			if errs[i] = c.do(ctx, step{stopContainer, []int{n}}, nil, nil); errs[i] == nil {
				errs[i] = c.do(ctx, step{removeContainer, []int{n}}, nil, nil)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}
