package up

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Scale makes a cluster that many nodes large. Newcomers join one after another. What is taken out leaves the ring first: its data go to the
// others, then its container and volume are removed. It refuses to leave fewer nodes than a keyspace wants replicas, unless forced.
func (c *Cluster) Scale(ctx context.Context, count int, force bool) error {
	if count < 1 || count > NodesMax {
		return fmt.Errorf("%d nodes; allowed: 1 to %d. helenus down removes a cluster", count, NodesMax)
	}
	f, err := c.existing(ctx)
	if err != nil {
		return err
	}
	if count >= len(f.present()) && len(f.present()) == len(f.nodes()) {
		return c.Up(ctx, Options{Name: c.Name, Nodes: count}, true)
	}
	steps, err := planDown(c.Name, count, f)
	if err != nil {
		return err
	}
	if count < len(f.present()) && !force {
		if err := c.enough(ctx, nodeName(c.Name, f.present()[0]), count); err != nil {
			return err
		}
	}
	s := *f.settings
	c.force = force
	if err := c.carry(ctx, steps, &s, f, false); err != nil {
		return c.unfinished(ctx, fmt.Sprintf("scale %d", count), err)
	}
	if s.Data != Volumes {
		c.Progress.Say("data", "the directories in "+s.Data+" are kept; empty that of a node before its number comes again")
	}
	return c.Up(ctx, Options{Name: c.Name, Nodes: count}, true)
}

// enough asks a node for the keyspaces and refuses fewer nodes than one of them wants replicas.
func (c *Cluster) enough(ctx context.Context, name string, count int) error {
	r, err := c.run(ctx, name, "cqlsh", "-e", "SELECT JSON keyspace_name, replication FROM system_schema.keyspaces")
	if err == nil && r.status != 0 {
		err = fmt.Errorf("cqlsh in %s: %s", name, r.lastLine())
	}
	if err != nil {
		return fmt.Errorf("how many replicas the keyspaces want is not known: %w; --force goes on without", err)
	}
	if keyspace, replicas := mostReplicas(r.out); replicas > count {
		return fmt.Errorf("keyspace %s wants %d replicas, and only %s would be left; ALTER KEYSPACE first, or --force", keyspace, replicas, many(count, "node"))
	}
	return nil
}

// mostReplicas finds the user's keyspace with the most replicas in rows of JSON.
func mostReplicas(rows string) (keyspace string, most int) {
	lines := bufio.NewScanner(strings.NewReader(rows))
	for lines.Scan() {
		var row struct {
			Name        string `json:"keyspace_name"`
			Replication map[string]string
		}
		if json.Unmarshal([]byte(strings.TrimSpace(lines.Text())), &row) != nil || strings.HasPrefix(row.Name, "system") {
			continue
		}
		sum := 0
		for key, value := range row.Replication {
			count, _, _ := strings.Cut(value, "/") // 3/1: one of them transient
			if n, err := strconv.Atoi(count); err == nil && key != "class" {
				sum += n
			}
		}
		if sum > most {
			keyspace, most = row.Name, sum
		}
	}
	return keyspace, most
}

// leave has a node leave the ring and returns when it has.
func (c *Cluster) leave(ctx context.Context, node int, s *Settings) error {
	name := nodeName(c.Name, node)
	command := []string{"nodetool", "decommission"}
	if c.force {
		command = append(command, databases[s.Engine].leaveForced...)
	}
	r, err := c.run(ctx, name, command...)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	now, lookErr := lookAt(ctx, c.API, name)
	switch {
	case lookErr != nil:
		return lookErr
	case databases[s.Engine].leavesByExit && now.state == "exited" && now.exitCode == 0:
		return nil // whatever became of the command
	case err != nil:
		return err
	case r.status == 0, strings.Contains(r.out, "not a member of the token ring"): // by a call that was cut short
		return nil
	}
	return fmt.Errorf("%s does not leave: %s", name, strings.TrimSpace(r.out))
}
