package nodetool

import (
	"math"
	"strings"
)

var humanOption = option{names: []string{"-H", "--human-readable"}, about: "sizes with units"}

// tableVerbs are about tables on this node.
var tableVerbs = []verb{
	{
		name: "tablestats", args: "[<keyspace.table>...]", about: "what tables take on this node, and its reads and writes of them",
		options: []option{
			humanOption, outputOption,
			{names: []string{"-i", "--ignore"}, about: "all tables but those named"},
			{names: []string{"-l", "--sstable-location-check"}, about: "nothing: files have one place"},
			{names: []string{"-r", "--range-metrics"}, refused: "reads of ranges are not counted by table"},
			{names: []string{"-s", "--sort"}, value: "key", refused: "tables are always in the order of their names"},
			{names: []string{"-t", "--top"}, value: "number", refused: "tables are always in the order of their names"},
		},
		ask: func(c *call) error {
			c.Statistics, c.Tables, c.Others = StatisticsTables, c.args, c.has("ignore")
			return nil
		},
		print: printTables,
	},
	{
		name: "tablehistograms", args: "[<keyspace> <table> | <keyspace.table>]", about: "how long reads and writes of tables took on this node",
		ask: func(c *call) error {
			c.Statistics = StatisticsTables
			switch {
			case len(c.args) == 2:
				c.Tables = []string{c.args[0] + "." + c.args[1]}
			case len(c.args) == 1 && strings.Contains(c.args[0], "."):
				c.Tables = c.args
			case len(c.args) > 0:
				return usageErrorf("tablehistograms requires <keyspace> <table> or <keyspace.table> format argument.")
			}
			return nil
		},
		print: printHistograms,
	},
	{
		name: "viewbuildstatus", args: "[<keyspace> <view> | <keyspace.view>]", about: "whether all nodes have built a materialized view",
		ask: func(c *call) error {
			parts := c.args
			if len(parts) == 1 {
				parts = strings.Split(parts[0], ".")
			}
			if len(parts) != 2 {
				return usageErrorf("viewbuildstatus requires keyspace and view name arguments")
			}
			c.Keyspace, c.View = parts[0], parts[1]
			return nil
		},
		print: printViewBuild,
	},
	{name: "flush", args: "[<keyspace> [<tables>...]]", about: "write memtables to data files; those of all tables, which share them", ask: tablesArgument},
	{
		name: "compact", args: "[<keyspace> [<tables>...]]", about: "rewrite all data files, or what tables have in them",
		options: []option{
			{names: []string{"-s", "--split-output"}, about: "nothing: files are split by size"},
			{names: []string{"-j", "--jobs"}, value: "jobs", about: "nothing"},
			{names: []string{"--user-defined"}, refused: "files hold rows of all tables: name tables instead"},
			{names: []string{"-st", "--start-token"}, value: "token", refused: "tables are compacted whole"},
			{names: []string{"-et", "--end-token"}, value: "token", refused: "tables are compacted whole"},
			{names: []string{"--partition"}, value: "key", refused: "tables are compacted whole"},
		},
		ask: tablesArgument,
	},
	{
		name: "cleanup", args: "[<keyspace> [<tables>...]]", about: "delete what this node does not replicate any more",
		options: []option{{names: []string{"-j", "--jobs"}, value: "jobs", about: "nothing"}}, ask: tablesArgument,
	},
}

// percent is a share with two digits after the point.
func percent(share float64) float64 { return math.Round(share*1e4) / 100 }

// byKeyspace calls f with the tables of each keyspace and the sums of their reads and writes.
func (r *Report) byKeyspace(f func(keyspace string, tables []Table, reads, writes *Times)) {
	for first := 0; first < len(r.Tables); {
		keyspace := r.Tables[first].Keyspace
		end := first
		var reads, writes Times
		for ; end < len(r.Tables) && r.Tables[end].Keyspace == keyspace; end++ {
			t := &r.Tables[end]
			reads.Count, reads.Sum = reads.Count+t.Reads.Count, reads.Sum+t.Reads.Sum
			writes.Count, writes.Sum = writes.Count+t.Writes.Count, writes.Sum+t.Writes.Sum
		}
		f(keyspace, r.Tables[first:end], &reads, &writes)
		first = end
	}
}

// printTables prints Cassandra's lines. What is not counted by table here is 0, or NaN where that stands for nothing known.
func printTables(c *call, r *Report) error {
	if printed, err := c.format(func() any { return tableTree(r) }); printed || err != nil {
		return err
	}
	bytes := number
	if c.has("human-readable") {
		bytes = size
	}
	c.printf("Total number of tables: %d\n----------------\n", r.AllTables)
	r.byKeyspace(func(keyspace string, tables []Table, reads, writes *Times) {
		c.printf("Keyspace: %s\n\tRead Count: %d\n\tRead Latency: %s ms\n\tWrite Count: %d\n\tWrite Latency: %s ms\n\tPending Flushes: 0\n",
			keyspace, reads.Count, java(reads.mean()), writes.Count, java(writes.mean()))
		for i := range tables {
			c.printTable(&tables[i], bytes)
		}
		c.printf("----------------\n")
	})
	return nil
}

func (c *call) printTable(t *Table, bytes func(int64) string) {
	line := func(format string, args ...any) { c.printf("\t\t"+format+"\n", args...) }
	line("Table: %s", t.Name)
	line("SSTable count: %d", t.Files)
	line("Old SSTable count: 0")
	line("Max SSTable size: %s", memory(t.FileBytes))
	line("Space used (live): %s", bytes(t.Bytes))
	line("Space used (total): %s", bytes(t.Bytes))
	line("Space used by snapshots (total): %s", bytes(0))
	line("Off heap memory used (total): %s", bytes(0))
	line("SSTable Compression Ratio: -1.00000")
	line("Number of partitions (estimate): %d", t.Partitions)
	line("Memtable cell count: 0")
	line("Memtable data size: %s", bytes(0))
	line("Memtable off heap memory used: %s", bytes(0))
	line("Memtable switch count: 0")
	line("Speculative retries: 0")
	line("Local read count: %d", t.Reads.Count)
	line("Local read latency: %.3f ms", t.Reads.mean())
	line("Local write count: %d", t.Writes.Count)
	line("Local write latency: %.3f ms", t.Writes.mean())
	line("Local read/write ratio: %.5f", t.readsPerWrite())
	line("Pending flushes: 0")
	line("Percent repaired: %s", java(percent(t.Repaired)))
	line("Bytes repaired: %s", memory(t.repairedBytes()))
	line("Bytes unrepaired: %s", memory(t.Bytes-t.repairedBytes()))
	line("Bytes pending repair: 0B")
	line("Bloom filter false positives: 0")
	line("Bloom filter false ratio: 0.00000")
	line("Bloom filter space used: %s", bytes(0))
	line("Bloom filter off heap memory used: %s", bytes(0))
	line("Index summary off heap memory used: %s", bytes(0))
	line("Compression metadata off heap memory used: %s", bytes(0))
	line("Compacted partition minimum bytes: %s", bytes(0))
	line("Compacted partition maximum bytes: %s", bytes(0))
	line("Compacted partition mean bytes: %s", bytes(t.partitionBytes()))
	line("Average live cells per slice (last five minutes): NaN")
	line("Maximum live cells per slice (last five minutes): 0")
	line("Average tombstones per slice (last five minutes): NaN")
	line("Maximum tombstones per slice (last five minutes): 0")
	line("Droppable tombstone ratio: 0.00000")
	c.printf("\n")
}

func (t *Table) readsPerWrite() float64 {
	if t.Writes.Count == 0 {
		return 0
	}
	return float64(t.Reads.Count) / float64(t.Writes.Count)
}

func (t *Table) repairedBytes() int64 { return int64(float64(t.Bytes) * t.Repaired) }

func (t *Table) partitionBytes() int64 { return t.Bytes / max(1, t.Partitions) }

// tableTree is what tablestats prints as JSON and YAML, with Cassandra's names for what is known.
func tableTree(r *Report) any {
	all := map[string]any{"total_number_of_tables": r.AllTables}
	r.byKeyspace(func(keyspace string, tables []Table, reads, writes *Times) {
		byName := map[string]any{}
		for i := range tables {
			t := &tables[i]
			byName[t.Name] = map[string]any{
				"sstable_count": t.Files, "max_sstable_size": t.FileBytes, "space_used_live": number(t.Bytes), "space_used_total": number(t.Bytes),
				"number_of_partitions_estimate": t.Partitions, "local_read_count": t.Reads.Count, "local_read_latency_ms": number64(t.Reads.mean()),
				"local_write_count": t.Writes.Count, "local_write_latency_ms": number64(t.Writes.mean()), "percent_repaired": number64(percent(t.Repaired)),
				"bytes_repaired": t.repairedBytes(), "bytes_unrepaired": t.Bytes - t.repairedBytes(), "bytes_pending_repair": 0, "pending_flushes": 0,
				"compacted_partition_mean_bytes": t.partitionBytes(),
			}
		}
		all[keyspace] = map[string]any{
			"read_count": reads.Count, "read_latency": number64(reads.mean()), "read_latency_ms": number64(reads.mean()), "write_count": writes.Count,
			"write_latency_ms": number64(writes.mean()), "pending_flushes": 0, "tables": byName,
		}
	})
	return all
}

// printHistograms prints how long reads and writes took. What is not counted by table is NaN.
func printHistograms(c *call, r *Report) error {
	for i := range r.Tables {
		t := &r.Tables[i]
		c.printf("%s/%s histograms\n", t.Keyspace, t.Name)
		c.printf("%-10s%18s%18s%18s%18s%18s\n", "Percentile", "Read Latency", "Write Latency", "SSTables", "Partition Size", "Cell Count")
		c.printf("%-10s%18s%18s%18s%18s%18s\n", "", "(micros)", "(micros)", "", "(bytes)", "")
		for i, name := range percentileNames {
			c.printf("%-10s%18.2f%18.2f%18s%18s%18s\n", name, t.Reads.at(i), t.Writes.at(i), "NaN", "NaN", "NaN")
		}
		c.printf("\n")
	}
	return nil
}
