package up

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
)

// found is what the engine has of a cluster.
type found struct {
	settings   *Settings // nil: nothing
	network    bool
	volumes    []int
	containers map[int]*foundContainer
}

// foundContainer is a container as the engine has it.
type foundContainer struct {
	state, revision string
	exitCode        int
	outOfMemory     bool
}

// running is false for a container that is not there, too.
func (c *foundContainer) running() bool { return c != nil && c.state == "running" }

// has says whether there is anything of a node.
func (f *found) has(node int) bool {
	return f.containers[node] != nil || slices.Contains(f.volumes, node)
}

// nodes are the numbers of all nodes of which there is anything, in order.
func (f *found) nodes() []int {
	all := slices.Clone(f.volumes)
	for n := range f.containers {
		if !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	slices.Sort(all)
	return all
}

// count is how many nodes there are; those that were to form the cluster while a call was cut short before any of them was started.
func (f *found) count() int {
	n := len(f.present())
	for _, c := range f.containers {
		if c.state != "created" {
			return n
		}
	}
	if f.network && f.settings != nil {
		n = max(n, f.settings.Initial)
	}
	return n
}

// left says whether a node has left the ring and only its container, and volume, are still there.
func (f *found) left(node int) bool {
	c := f.containers[node]
	return c != nil && f.settings != nil && databases[f.settings.Engine].leavesByExit && c.state == "exited" && c.exitCode == 0
}

// present are the nodes that have not left, in order.
func (f *found) present() []int {
	return slices.DeleteFunc(f.nodes(), f.left)
}

// look reads what the engine has of a cluster. The settings are those of the container with the lowest number, which is the first to get new
// ones; else those of a volume, else those of the network.
func look(ctx context.Context, api *client.Client, cluster string) (*found, error) {
	f := &found{containers: map[int]*foundContainer{}}
	network, err := api.NetworkInspect(ctx, cluster, client.NetworkInspectOptions{})
	switch {
	case errdefs.IsNotFound(err):
	case err != nil:
		return nil, fmt.Errorf("look for the network %s: %w", cluster, err)
	case network.Network.Labels[labelCluster] != cluster:
		return nil, fmt.Errorf("the network %s is not one of helenus up; take another --name, or remove it: docker network rm %[1]s", cluster)
	default:
		f.network, f.settings = true, parseSettings(network.Network.Labels[labelSettings])
	}
	filter := client.Filters{}.Add("label", labelCluster+"="+cluster)
	volumes, err := api.VolumeList(ctx, client.VolumeListOptions{Filters: filter})
	if err != nil {
		return nil, fmt.Errorf("list the volumes of cluster %s: %w", cluster, err)
	}
	for _, v := range volumes.Items {
		if n, err := strconv.Atoi(v.Labels[labelNode]); err == nil {
			f.volumes = append(f.volumes, n)
			f.settings = or(parseSettings(v.Labels[labelSettings]), f.settings)
		}
	}
	slices.Sort(f.volumes)
	containers, err := api.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: filter})
	if err != nil {
		return nil, fmt.Errorf("list the containers of cluster %s: %w", cluster, err)
	}
	lowest := 0
	for _, c := range containers.Items {
		n, err := strconv.Atoi(c.Labels[labelNode])
		if err != nil {
			continue
		}
		if f.containers[n], err = lookAt(ctx, api, c.ID); err != nil {
			return nil, err
		}
		f.containers[n].revision = c.Labels[labelRevision]
		if lowest == 0 || n < lowest {
			lowest = n
			f.settings = or(parseSettings(c.Labels[labelSettings]), f.settings)
		}
	}
	return f, nil
}

func or(s, instead *Settings) *Settings {
	if s == nil {
		return instead
	}
	return s
}

// lookAt reads how a container is.
func lookAt(ctx context.Context, api *client.Client, id string) (*foundContainer, error) {
	r, err := api.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return nil, fmt.Errorf("look at container %s: %w", id, err)
	}
	c := &foundContainer{}
	if state := r.Container.State; state != nil {
		c.state, c.exitCode, c.outOfMemory = string(state.Status), state.ExitCode, state.OOMKilled
	}
	return c, nil
}
