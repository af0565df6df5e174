package up

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/moby/moby/client"

	"helenus/container/image"
)

// Cluster is what the commands work on.
type Cluster struct {
	API      *client.Client
	Name     string
	Progress *Progress
	// Program is what an image is made of when the engine has none of Helenus.
	Program func() (*image.Program, error)

	// Within bounds the wait for a node. It does not bound what is to be done: a node that takes long to join goes on, and so does the next call.
	Within time.Duration

	force bool // nodes leave although fewer stay than a keyspace wants replicas
}

// ErrNone is the cause when there is nothing of the cluster.
var ErrNone = errors.New("there is no such cluster; helenus ps lists those that are, helenus up makes one")

// existing is what the engine has of a cluster that must be there.
func (c *Cluster) existing(ctx context.Context) (*found, error) {
	f, err := look(ctx, c.API, c.Name)
	switch {
	case err != nil:
		return nil, err
	case f.settings == nil || len(f.nodes()) == 0:
		return nil, fmt.Errorf("cluster %s: %w", c.Name, ErrNone)
	}
	return f, nil
}

// node finds a node by its number or its container's name.
func (c *Cluster) node(f *found, text string) (int, error) {
	var all []string
	for _, n := range f.nodes() {
		name := nodeName(c.Name, n)
		if text == name || text == strings.TrimPrefix(name, c.Name+"-") {
			return n, nil
		}
		all = append(all, name)
	}
	return 0, fmt.Errorf("cluster %s has no node %q; allowed: %s", c.Name, text, strings.Join(all, ", "))
}
