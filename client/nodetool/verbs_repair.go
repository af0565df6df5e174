package nodetool

import "time"

// repairVerbs make replicas the same. What a running repair says comes from the node as it goes.
var repairVerbs = []verb{
	{
		name: "repair", args: "[<keyspace> [<tables>...]]", about: "compare the replicas of this node's ranges and write what they lack; Ctrl-C ends it",
		options: []option{
			{names: []string{"-pr", "--partitioner-range"}, about: "only ranges that this node is the first replica of"},
			{names: []string{"-full", "--full"}, about: "all data, as always"},
			{names: []string{"-local", "--in-local-dc"}, about: "among the replicas of this datacenter; refused where there are others"},
			{names: []string{"-dc", "--in-dc"}, value: "datacenters", about: "among the replicas of these datacenters; refused where there are others"},
			{names: []string{"-st", "--start-token"}, value: "token", about: "only ranges behind this token"},
			{names: []string{"-et", "--end-token"}, value: "token", about: "only ranges up to this token"},
			{names: []string{"-seq", "--sequential"}, about: "nothing: ranges are repaired one after the other"},
			{names: []string{"-dcpar", "--dc-parallel"}, about: "nothing"},
			{names: []string{"-j", "--job-threads"}, value: "threads", about: "nothing"},
			{names: []string{"-os", "--optimise-streams"}, about: "nothing: what replicas have is not sent to them"},
			{names: []string{"-iuk", "--ignore-unreplicated-keyspaces"}, about: "nothing: they need no repair"},
			{names: []string{"-skip-paxos", "--skip-paxos"}, about: "nothing: transactions need no repair"},
			{names: []string{"-hosts", "--in-hosts"}, value: "hosts", refused: "a range is repaired among all its replicas"},
			{names: []string{"-force", "--force"}, refused: "a range is repaired among all its replicas; start those that are down, or remove them"},
			{names: []string{"-prv", "--preview"}, refused: "what replicas lack is known only by writing it"},
			{names: []string{"-vd", "--validate"}, refused: "there are no repaired data apart; repairstatus shows how far the repair is"},
			{names: []string{"-pl", "--pull"}, refused: "a repair makes all replicas the same"},
			{names: []string{"-tr", "--trace"}, refused: "a repair says what it does as it goes; more is in the log at DEBUG"},
			{names: []string{"-paxos-only", "--paxos-only"}, refused: "transactions need no repair"},
		},
		ask: func(c *call) error {
			if err := tablesArgument(c); err != nil {
				return err
			}
			c.Repair = RepairArguments{
				Primary: c.has("partitioner-range"), Local: c.has("in-local-dc"), Datacenters: c.list("in-dc"), Start: c.value("start-token", ""), End: c.value("end-token", ""),
			}
			if c.Repair.Primary && (c.Repair.Start != "" || c.Repair.End != "") {
				return usageErrorf("-pr goes with no tokens: it names the ranges already")
			}
			return nil
		},
	},
	{name: "absentstatus", about: "which members are absent, and why those that are for too long are not removed", print: printAbsent},
	{name: "repairstatus", about: "how far the repair is that goes on by itself", print: printRepair},
}

func printRepair(c *call, r *Report) error {
	through := "never"
	if r.RepairedThrough > 0 {
		through = time.Unix(r.RepairedThrough, 0).UTC().Format(time.RFC3339)
	}
	c.printf("Ranges repaired by this node since it started: %d\nRanges that are due: %d\nEverything here was repaired through: %s\n", r.RepairedRanges, r.WaitingRanges, through)
	if r.Repairing != "" {
		c.printf("Repairing now: %s\n", r.Repairing)
	}
	return nil
}

func printAbsent(c *call, r *Report) error {
	if len(r.Absent) == 0 {
		c.printf("No member is absent.\n")
	}
	for _, a := range r.Absent {
		after, why := "never", a.Kept
		if a.RemovedAfter > 0 {
			after = (time.Duration(a.RemovedAfter) * time.Second).String()
		}
		if why == "" {
			why = "it is removed next"
		}
		c.printf("%s\n  Address: %s\n  Rack: %s\n  Absent for: %s\n  May be removed after: %s\n  Now: %s\n", a.Host, a.Address, a.Rack, time.Duration(a.Seconds)*time.Second, after, why)
	}
	return nil
}
