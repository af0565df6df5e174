package up

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"text/tabwriter"

	engine "github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// row is a node as ps shows it.
type row struct {
	cluster                                    string
	node                                       int
	name, state, health, address, port, memory string
}

// PS lists the nodes of a cluster, or of all when no name is given.
func PS(ctx context.Context, api *client.Client, name string, out io.Writer) error {
	label := labelCluster
	if name != "" {
		label += "=" + name
	}
	list, err := api.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: client.Filters{}.Add("label", label)})
	if err != nil {
		return fmt.Errorf("list containers: %w", err)
	}
	rows, errs := make([]row, len(list.Items)), make([]error, len(list.Items))
	var all sync.WaitGroup // engines take up to a second for the memory of each
	for i, item := range list.Items {
		all.Go(func() { rows[i], errs[i] = rowOf(ctx, api, item) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(strings.Compare(a.cluster, b.cluster), a.node-b.node)
	})
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "NODE\tSTATE\tHEALTH\tADDRESS\tCQL\tMEMORY")
	for _, r := range rows {
		fmt.Fprintln(w, strings.Join([]string{r.name, r.state, r.health, r.address, r.port, r.memory}, "\t"))
	}
	return w.Flush()
}

// none stands where there is nothing to say.
const none = "-"

func rowOf(ctx context.Context, api *client.Client, item engine.Summary) (row, error) {
	i, err := api.ContainerInspect(ctx, item.ID, client.ContainerInspectOptions{})
	if err != nil {
		return row{}, fmt.Errorf("look at container %s: %w", item.ID, err)
	}
	c := i.Container
	r := row{cluster: item.Labels[labelCluster], name: strings.TrimPrefix(c.Name, "/"), state: none, health: none, address: none, port: none, memory: none}
	r.node, _ = strconv.Atoi(item.Labels[labelNode]) // for the order alone
	if c.State != nil {
		r.state = string(c.State.Status)
		if !c.State.Running && c.State.Status == "exited" {
			r.state = fmt.Sprintf("exited (%d)", c.State.ExitCode)
		}
		if c.State.Running && c.State.Health != nil {
			r.health = string(c.State.Health.Status)
		}
	}
	if c.NetworkSettings != nil {
		for _, n := range c.NetworkSettings.Networks {
			if n.IPAddress.IsValid() {
				r.address = n.IPAddress.String()
			}
		}
		if bound := c.NetworkSettings.Ports[cqlPort]; len(bound) > 0 {
			r.port = bound[0].HostIP.String() + ":" + bound[0].HostPort
		}
	}
	if c.State != nil && c.State.Running {
		r.memory = memory(ctx, api, item.ID)
	}
	return r, nil
}

// memory is what a container uses of what it may; what can't be read is left out.
func memory(ctx context.Context, api *client.Client, id string) string {
	r, err := api.ContainerStats(ctx, id, client.ContainerStatsOptions{})
	if err != nil {
		return none
	}
	defer r.Body.Close()
	var s engine.StatsResponse
	if json.NewDecoder(r.Body).Decode(&s) != nil || s.MemoryStats.Usage == 0 {
		return none
	}
	return used(s.MemoryStats)
}

// used leaves out pages of files that the system can drop at once, under both kinds of control groups.
func used(m engine.MemoryStats) string {
	cache := m.Stats["inactive_file"]
	if v1, ok := m.Stats["total_inactive_file"]; ok {
		cache = v1
	}
	return fmt.Sprintf("%s of %s", humanize(int64(m.Usage-min(cache, m.Usage))), humanize(int64(m.Limit)))
}
