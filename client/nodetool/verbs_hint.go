package nodetool

import (
	"maps"
	"slices"
	"strconv"
)

// hintVerbs are about what waits for nodes that are down.
var hintVerbs = []verb{
	{name: "statushandoff", about: "whether hints are kept for nodes that are down", print: func(c *call, r *Report) error {
		state := "running"
		if !r.Handoff {
			state = "not running"
		}
		c.printf("Hinted handoff is %s\n", state)
		return nil
	}},
	{name: "enablehandoff", about: "keep hints for nodes that are down"},
	{name: "disablehandoff", about: "keep no more hints; those that wait are still delivered"},
	{name: "pausehandoff", about: "deliver no hints until resumehandoff or the next start; new ones are still kept"},
	{name: "resumehandoff", about: "deliver hints again"},
	{
		name: "truncatehints", args: "[<endpoints>...]", about: "drop the hints that wait, for all nodes or for those named; repair these afterwards",
		ask: func(c *call) error {
			c.Hosts = c.args
			return nil
		},
	},
	{name: "listpendinghints", about: "how many hints wait, and for whom", print: func(c *call, r *Report) error {
		if len(r.Hints) == 0 {
			c.printf("This node does not have any pending hints\n")
			return nil
		}
		rows := [][]string{{"Host ID", "Address", "Rack", "DC", "Status", "Total hints"}}
		for _, id := range slices.Sorted(maps.Keys(r.Hints)) {
			row := []string{id, "Unknown", "Unknown", "Unknown", "Unknown", strconv.Itoa(r.Hints[id])}
			if n := r.node(id); n != nil {
				status := "DOWN"
				if n.Up {
					status = "UP"
				}
				row = []string{id, c.address(n), n.Rack, n.Datacenter, status, strconv.Itoa(r.Hints[id])}
			}
			rows = append(rows, row)
		}
		columns(c.out, " ", rows)
		return nil
	}},
}
