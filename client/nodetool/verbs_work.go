package nodetool

import (
	"fmt"
	"time"
)

// workVerbs are about what the node is at.
var workVerbs = []verb{
	{name: "tpstats", about: "what the node is at, and which messages got no answer in time", options: []option{outputOption}, ask: work, print: printPools},
	{name: "proxyhistograms", about: "how long clients' requests took through this node", ask: work, print: printProxy},
	{
		name: "compactionstats", about: "compactions of the storage engine",
		options: []option{
			{names: []string{"-H", "--human-readable"}, about: "sizes with units"},
			{names: []string{"-V", "--vtable"}, refused: "there is no such table here"},
		},
		print: printCompactions,
	},
}

// work asks for counts of requests and messages.
func work(c *call) error {
	if len(c.args) > 0 {
		return usageErrorf("Found unexpected parameters: %v", c.args)
	}
	c.Statistics = StatisticsWork
	return nil
}

// mean is in milliseconds, NaN of nothing.
func (t *Times) mean() float64 {
	return float64(t.Sum) / float64(t.Count) / float64(time.Millisecond)
}

// at is a percentile in microseconds, 0 of nothing.
func (t *Times) at(i int) float64 {
	if i >= len(t.Percentiles) {
		return 0
	}
	return float64(t.Percentiles[i]) / float64(time.Microsecond)
}

// percentileNames are what Percentiles are called in tables.
var percentileNames = []string{"50%", "75%", "95%", "98%", "99%", "Min", "Max"}

func printProxy(c *call, r *Report) error {
	kinds := []string{"read", "write", "range", "serial read", "transaction", "view write"}
	c.printf("proxy histograms\n%-10s%19s%19s%19s%19s%19s%19s\n", "Percentile", "Read Latency", "Write Latency", "Range Latency", "CAS Read Latency", "CAS Write Latency", "View Write Latency")
	c.printf("%-10s%19s%19s%19s%19s%19s%19s\n", "", "(micros)", "(micros)", "(micros)", "(micros)", "(micros)", "(micros)")
	for i, name := range percentileNames {
		c.printf("%-10s", name)
		for _, k := range kinds {
			t := r.Requests[k]
			c.printf("%19.2f", t.at(i))
		}
		c.printf("\n")
	}
	c.printf("\n")
	return nil
}

func printPools(c *call, r *Report) error {
	if printed, err := c.format(func() any { return poolTree(r) }); printed || err != nil {
		return err
	}
	rows := [][]string{{"Pool Name", "Active", "Pending", "Completed", "Blocked", "All time blocked"}}
	for _, p := range r.Pools {
		rows = append(rows, []string{p.Name, number(p.Active), number(p.Pending), number(p.Completed), "0", number(p.Blocked)})
	}
	columns(c.out, " ", rows)
	c.printf("\nLatencies waiting in queue (micros) per dropped message types\n")
	rows = [][]string{{"Message type", "Dropped", "50%", "95%", "99%", "Max"}}
	for _, d := range r.Dropped { // nothing waits in queues of its own here
		rows = append(rows, []string{d.Name, number(d.Count), "N/A", "N/A", "N/A", "N/A"})
	}
	columns(c.out, " ", rows)
	return nil
}

func poolTree(r *Report) any {
	pools, dropped, waits := map[string]any{}, map[string]int64{}, map[string]any{}
	for _, p := range r.Pools {
		pools[p.Name] = map[string]int64{"ActiveTasks": p.Active, "PendingTasks": p.Pending, "CompletedTasks": p.Completed, "CurrentlyBlockedTasks": 0, "TotalBlockedTasks": p.Blocked}
	}
	for _, d := range r.Dropped {
		dropped[d.Name], waits[d.Name] = d.Count, []string{}
	}
	return map[string]any{"ThreadPools": pools, "DroppedMessage": dropped, "WaitLatencies": waits}
}

func printCompactions(c *call, r *Report) error {
	x := &r.Compaction
	bytes := number(x.Bytes)
	if c.has("human-readable") {
		bytes = size(x.Bytes)
	}
	perSecond := float64(x.Completed) / float64(max(1, r.Uptime))
	columns(c.out, " ", [][]string{
		{"concurrent compactors", fmt.Sprint(x.Concurrent)},
		{"pending tasks", number(x.Pending)},
		{"compactions completed", number(x.Completed)},
		{"data compacted", bytes},
		{"compactions aborted", number(x.Aborted)},
		{"compactions reduced", "0"},
		{"sstables dropped from compaction", "0"},
		{"15 minute rate", fmt.Sprintf("%.2f/minute", 60*perSecond)},
		{"mean rate", fmt.Sprintf("%.2f/hour", 3600*perSecond)},
		{"compaction throughput (MiB/s)", "throttling disabled (0)"},
	})
	return nil
}
