package node

import (
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"helenus/client/nodetool"
	"helenus/internal/system"
)

// repairCommandsMax bounds the commands that are remembered.
const repairCommandsMax = 100

// repairCommands are the latest commands of nodetool repair, for system_views.repairs.
type repairCommands struct {
	mu  sync.Mutex
	all []system.Repair // guarded by mu
}

// begin notes a command; update changes what is known of it, and says that it was now.
func (c *repairCommands) begin(number int, keyspace string, a *nodetool.Arguments, now time.Time) (update func(now time.Time, change func(*system.Repair))) {
	one := system.Repair{
		ID: uuid.New(), Number: number, Keyspace: keyspace, Tables: slices.Clone(a.Tables), Datacenters: slices.Clone(a.Repair.Datacenters), Primary: a.Repair.Primary,
		Subrange: a.Repair.Start != "" || a.Repair.End != "", Began: now, Updated: now,
	}
	if one.Subrange {
		one.Ranges = []string{"(" + a.Repair.Start + "," + a.Repair.End + "]"}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all = append(c.all, one); len(c.all) > repairCommandsMax {
		c.all = c.all[1:]
	}
	return func(now time.Time, change func(*system.Repair)) {
		c.mu.Lock()
		defer c.mu.Unlock()
		for i := range c.all {
			if c.all[i].ID == one.ID {
				change(&c.all[i])
				c.all[i].Updated = now
			}
		}
	}
}

// list returns those that are remembered.
func (c *repairCommands) list() []system.Repair {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.all)
}
