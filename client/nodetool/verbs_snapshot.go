package nodetool

import (
	"strconv"
	"strings"
	"time"
)

// snapshotVerbs keep the data as they are. A snapshot is of the whole node.
var snapshotVerbs = []verb{
	{
		name: "snapshot", args: "[<keyspaces>...]", about: "keep the data as they are now in snapshots/TAG of the data directory: links to its files",
		options: []option{
			{names: []string{"-t", "--tag"}, value: "tag", about: "the snapshot's name"},
			{names: []string{"-kt", "--kt-list", "-kc", "--kc.list"}, value: "ktlist", about: "tables that have to be in it, keyspace.table, with commas between"},
			{names: []string{"-cf", "--column-family", "--table"}, value: "table", about: "a table of the one keyspace named that has to be in it"},
			{names: []string{"-sf", "--skip-flush"}, about: "nothing: what is not in data files is in the snapshot's log"},
			{names: []string{"--ttl"}, value: "ttl", refused: "snapshots stay until they are cleared"},
		},
		ask: askSnapshot,
		print: func(c *call, r *Report) error {
			c.printf("Snapshot directory: %s\n", c.Tag)
			if len(c.Tables) > 0 {
				c.note("Note: the snapshot holds all keyspaces.")
			}
			return nil
		},
	},
	{
		name: "listsnapshots", about: "the snapshots of this node",
		options: []option{
			{names: []string{"-e", "--ephemeral"}, about: "those too that repairs make for a while: there are none"},
			{names: []string{"-nt", "--no-ttl"}, about: "without those that end by themselves: there are none"},
		},
		print: printSnapshots,
	},
	{
		name: "clearsnapshot", args: "[<keyspaces>...]", about: "delete a snapshot, or all",
		options: []option{
			{names: []string{"-t"}, value: "tag", about: "the snapshot's name"},
			{names: []string{"--all"}, about: "every snapshot"},
			{names: []string{"--older-than"}, value: "duration", refused: "name the snapshot with -t"},
			{names: []string{"--older-than-timestamp"}, value: "timestamp", refused: "name the snapshot with -t"},
		},
		ask: func(c *call) error {
			c.Tag, c.All = c.value("t", ""), c.has("all")
			switch {
			case c.Tag == "" && !c.All:
				return usageErrorf("Specify snapshot name or --all")
			case c.Tag != "" && c.All:
				return usageErrorf("Specify only one of snapshot name or --all")
			case len(c.args) > 0:
				return usageErrorf("clearsnapshot: a snapshot holds all keyspaces and can't be cleared of some; name none")
			}
			return nil
		},
		print: func(c *call, _ *Report) error {
			what := "snapshot name [" + c.Tag + "]"
			if c.All {
				what = "[all snapshots]"
			}
			c.printf("Requested clearing snapshot(s) for [all keyspaces] with %s\n", what)
			return nil
		},
	},
}

func askSnapshot(c *call) error {
	c.Tag = c.value("tag", strconv.FormatInt(c.now().UnixMilli(), 10))
	tables, table := c.list("kc.list"), c.value("table", "")
	switch {
	case len(tables) > 0 && (len(c.args) > 0 || table != ""):
		return usageErrorf("When specifying the Keyspace table list (using -kt,--kt-list,-kc,--kc.list), you must not also specify keyspaces or a table")
	case table != "" && len(c.args) != 1:
		return usageErrorf("When specifying the table for a snapshot, you must specify one and only one keyspace")
	case table != "":
		tables = []string{c.args[0] + "." + table}
	case len(tables) == 0:
		tables = c.args
	}
	c.Tables = tables
	of := "all keyspaces"
	if len(tables) > 0 {
		of = strings.Join(tables, ",")
	}
	c.printf("Requested creating snapshot(s) for [%s] with snapshot name [%s] and options {skipFlush=%t}\n", of, c.Tag, c.has("skip-flush"))
	return nil
}

func printSnapshots(c *call, r *Report) error {
	c.printf("Snapshot Details: \n")
	if len(r.Snapshots) == 0 {
		c.printf("There are no snapshots\n")
		return nil
	}
	rows := [][]string{{"Snapshot name", "Keyspace name", "Column family name", "True size", "Size on disk", "Creation time", "Expiration time"}}
	total := int64(0)
	for _, s := range r.Snapshots {
		rows = append(rows, []string{s.Tag, "all", "all", size(s.Bytes), size(s.Bytes), time.UnixMilli(s.Made).UTC().Format("2006-01-02T15:04:05.000Z"), ""})
		total += s.Bytes
	}
	columns(c.out, " ", rows)
	c.printf("\nTotal TrueDiskSpaceUsed: %s\n\n", size(total))
	return nil
}
