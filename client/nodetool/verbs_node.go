package nodetool

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// nodeVerbs are about the node that is asked.
var nodeVerbs = []verb{
	{
		name: "info", about: "about this node",
		options: []option{{names: []string{"-T", "--tokens"}, about: "show all tokens"}}, print: printInfo,
	},
	{
		name: "version", about: "the release of Cassandra that the node speaks like",
		options: []option{{names: []string{"-v", "--verbose"}, about: "Helenus's own version too"}},
		print: func(c *call, r *Report) error {
			c.printf("ReleaseVersion: %s\n", r.Release)
			if c.has("verbose") {
				c.printf("Helenus: %s\n", r.Version)
			}
			return nil
		},
	},
	{
		name: "netstats", about: "ranges on their way, read repairs, messages",
		options: []option{{names: []string{"-H", "--human-readable"}, about: "sizes with units"}},
		ask:     work, print: printNetwork,
	},
	{name: "getlogginglevels", about: "what is logged", print: func(c *call, r *Report) error {
		c.printf("\n%-50s%10s\n%-50s%10s\n", "Logger Name", "Log Level", "ROOT", r.LogLevel)
		return nil
	}},
	{
		name: "setlogginglevel", args: "[ROOT <level>]", about: "log more or less: TRACE, DEBUG, INFO, WARN, ERROR or OFF; nothing: as at the start",
		ask: func(c *call) error {
			switch {
			case len(c.args) == 0:
				return nil
			case len(c.args) == 2 && strings.EqualFold(c.args[0], "ROOT"):
				c.Level = strings.ToUpper(c.args[1])
				return nil
			case len(c.args) == 2:
				return usageErrorf("setlogginglevel: %s has no level of its own; there is one logger, ROOT", c.args[0])
			}
			return usageErrorf("setlogginglevel requires a logger, ROOT, and a level")
		},
	},
	{
		name: "gettimeout", args: "<type>", about: "the timeout of requests of a type",
		ask: func(c *call) error {
			if len(c.args) != 1 {
				return usageErrorf("gettimeout requires a timeout type, one of (%s)", strings.Join(timeoutTypes, ", "))
			}
			if !slices.Contains(timeoutTypes, c.args[0]) {
				return usageErrorf("Timeout type requires one of (%s)", strings.Join(timeoutTypes, ", "))
			}
			return nil
		},
		print: func(c *call, r *Report) error {
			millis, known := r.Timeouts[c.args[0]]
			if !known {
				return usageErrorf("there is no timeout of type %s here; there are %s", c.args[0], strings.Join(slices.Sorted(maps.Keys(r.Timeouts)), ", "))
			}
			c.printf("Current timeout for type %s: %d ms\n", c.args[0], millis)
			return nil
		},
	},
	{
		name: "gettraceprobability", about: "the share of requests that are traced unasked",
		print: say("Current trace probability: %s", func(r *Report) any { return java(r.TraceProbability) }),
	},
	{
		name: "settraceprobability", args: "<value>", about: "trace this share of requests, from 0 to 1",
		ask: func(c *call) (err error) {
			if len(c.args) != 1 {
				return usageErrorf("Required parameters are missing: trace_probability")
			}
			if c.Probability, err = strconv.ParseFloat(c.args[0], 64); err != nil || !(c.Probability >= 0 && c.Probability <= 1) {
				return usageErrorf("Trace probability must be between 0 and 1")
			}
			return nil
		},
	},
}

// timeoutTypes are those of Cassandra.
var timeoutTypes = []string{
	"read", "range", "write", "counterwrite", "cascontention", "truncate", "internodeconnect", "internodeuser", "internodestreaminguser",
	"misc (general rpc_timeout_in_ms)",
}

func printInfo(c *call, r *Report) error {
	n := r.self()
	line := func(name string, value any) { c.printf("%-23s: %v\n", name, value) }
	rate := func(hits, misses int64) string {
		if hits+misses == 0 {
			return "NaN"
		}
		return fmt.Sprintf("%.3f", float64(hits)/float64(hits+misses))
	}
	none := func(saved int) string {
		return fmt.Sprintf("entries 0, size 0 bytes, capacity 0 bytes, 0 hits, 0 requests, NaN recent hit rate, %d save period in seconds", saved)
	}
	line("ID", r.Self)
	line("Gossip active", !r.Alone)
	line("Native Transport active", r.Native)
	line("Load", size(n.Load))
	line("Uncompressed load", "?")
	line("Generation No", r.Generation)
	line("Uptime (seconds)", r.Uptime)
	line("Heap Memory (MB)", fmt.Sprintf("%.2f / %.2f", float64(r.HeapBytes)/(1<<20), float64(r.LimitBytes)/(1<<20)))
	line("Off Heap Memory (MB)", fmt.Sprintf("%.2f", float64(r.Cache.Bytes)/(1<<20)))
	line("Data Center", n.Datacenter)
	line("Rack", n.Rack)
	line("Exceptions", r.Exceptions)
	line("Key Cache", none(0))
	line("Row Cache", none(0))
	line("Counter Cache", none(0))
	cache := &r.Cache
	line("Chunk Cache", fmt.Sprintf("entries %d, size %s, capacity %s, %d misses, %d requests, %s recent hit rate, NaN microseconds miss latency",
		cache.Entries, size(cache.Bytes), size(cache.Capacity), cache.Misses, cache.Hits+cache.Misses, rate(cache.Hits, cache.Misses)))
	line("Network Cache", "size 0 bytes, overflow size: 0 bytes, capacity 0 bytes")
	line("Percent Repaired", java(percent(r.RepairedShare))+"%")
	if c.has("tokens") {
		for _, t := range n.Tokens {
			line("Token", t)
		}
	} else {
		line("Token", fmt.Sprintf("(invoke with -T/--tokens to see all %d tokens)", len(n.Tokens)))
	}
	state := "COMPLETED"
	if n.State == "Joining" {
		state = "IN_PROGRESS"
	}
	line("Bootstrap state", state)
	line("Bootstrap failed", false)
	line("Decommissioning", n.State == "Leaving")
	line("Decommission failed", false)
	return nil
}

// movements are what Cassandra calls the streams of changes of the ring.
var movements = map[string]string{"join": "Bootstrap", "replace": "Bootstrap", "leave": "Unbootstrap", "remove": "Restore replica count"}

func printNetwork(c *call, r *Report) error {
	bytes := func(n int64) string {
		if c.has("human-readable") {
			return size(n)
		}
		return fmt.Sprintf("%d bytes", n)
	}
	c.printf("Mode: %s\n", r.Mode)
	if o := r.Operation; o == nil || r.Fetching == 0 {
		c.printf("Not sending any streams.\n")
	} else {
		c.printf("%s %s\n        Receiving %d ranges. Already received %d ranges (%.2f%%), %s total\n", movements[o.Kind], o.ID, r.Fetching, r.Fetched,
			100*float64(r.Fetched)/float64(r.Fetching), bytes(r.FetchedBytes))
	}
	c.printf("Read Repair Statistics:\nAttempted: %d\nMismatch (Blocking): %d\nMismatch (Background): 0\n", r.Differs, r.Differs)
	c.printf("%-25s%10s%10s%15s%10s\n", "Pool Name", "Active", "Pending", "Completed", "Dropped")
	for _, m := range r.Messages {
		c.printf("%-25s%10s%10d%15d%10d\n", m.Name, "n/a", m.Pending, m.Completed, m.Dropped)
	}
	return nil
}
