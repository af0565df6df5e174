package schema

import (
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"helenus/internal/cqltype"
)

// Describe returns the statement that makes the keyspace, without what is in it.
func (k *Keyspace) Describe() string {
	if k.Virtual {
		return "/*\nWarning: Keyspace " + cqltype.QuoteName(k.Name) + " is a virtual keyspace and cannot be recreated with CQL.\nStructure, for reference:\nVIRTUAL KEYSPACE " +
			cqltype.QuoteName(k.Name) + ";\n*/"
	}
	options := maps.Clone(k.Replication)
	delete(options, "class")
	text := "{'class': " + quote(k.Replication["class"])
	for _, name := range slices.Sorted(maps.Keys(options)) {
		text += ", " + quote(name) + ": " + quote(options[name])
	}
	return fmt.Sprintf("CREATE KEYSPACE %s WITH replication = %s}  AND durable_writes = %v;", cqltype.QuoteName(k.Name), text, k.DurableWrites)
}

// DescribeType returns the statement that makes a user type.
func DescribeType(t *cqltype.Type) string {
	fields := make([]string, len(t.Elems))
	for i, e := range t.Elems {
		fields[i] = "    " + cqltype.QuoteName(t.FieldNames[i]) + " " + e.String()
	}
	return "CREATE TYPE " + qualified(t.Keyspace, t.Name) + " (\n" + strings.Join(fields, ",\n") + "\n);"
}

// Describe returns the statement that makes the table; with internals also its id and the columns that were dropped.
// Source: Cassandra 5.0, TableMetadata.toCqlString.
func (t *Table) Describe(internals bool) string {
	var b strings.Builder
	if t.IsView() {
		t.describeView(&b, internals)
		t.Options.describe(&b, true)
		return b.String() + ";"
	}
	switch {
	case t.Virtual:
		fmt.Fprintf(&b, "/*\nWarning: Table %s is a virtual table and cannot be recreated with CQL.\nStructure, for reference:\nVIRTUAL TABLE %s (\n", qualified(t.Keyspace, t.Name), qualified(t.Keyspace, t.Name))
	case t.CompactStorage:
		fmt.Fprintf(&b, "/*\nWarning: Table %s omitted because it has constructs not compatible with CQL (was created via legacy API).\nApproximate structure, for reference:\n"+
			"(this should not be used to reproduce this schema)\n\nCREATE TABLE %s (\n", qualified(t.Keyspace, t.Name), qualified(t.Keyspace, t.Name))
	default:
		fmt.Fprintf(&b, "CREATE TABLE %s (\n", qualified(t.Keyspace, t.Name))
	}
	t.describeColumns(&b, internals && !t.Virtual)
	b.WriteString(") WITH ")
	if t.CompactStorage {
		b.WriteString("COMPACT STORAGE\n    AND ")
	}
	if internals && !t.Virtual {
		fmt.Fprintf(&b, "ID = %s\n    AND ", t.ID)
	}
	t.describeOrder(&b)
	if t.Virtual {
		b.WriteString("comment = " + quote(t.Options.Comment) + ";\n*/")
		return b.String()
	}
	t.Options.describe(&b, false)
	b.WriteByte(';')
	if internals {
		t.describeDropped(&b)
	}
	if t.CompactStorage {
		b.WriteString("\n*/")
	}
	return b.String()
}

func (t *Table) describeColumns(b *strings.Builder, dropped bool) {
	single := len(t.PartitionKey) == 1 && len(t.Clustering) == 0 && !t.CompactStorage
	var lines []string
	line := func(name string, ct *cqltype.Type, suffix string) {
		lines = append(lines, "    "+cqltype.QuoteName(name)+" "+ct.String()+suffix)
	}
	for _, c := range simpleFirst(t) {
		suffix := ""
		if c.Kind == Static {
			suffix = " static"
		}
		if c.Mask != nil {
			suffix += " MASKED WITH " + c.Mask.String()
		}
		if single && c.Kind == PartitionKey {
			suffix += " PRIMARY KEY"
		}
		line(c.Name, c.Type, suffix)
	}
	if dropped {
		for _, d := range t.DroppedColumns() {
			if t.Column(d.Name) != nil {
				continue
			}
			suffix := ""
			if t.ShownKind(d.Kind) == Static {
				suffix = " static"
			}
			line(d.Name, d.Type, suffix)
		}
	}
	if !single {
		key := strings.Join(names(t.PartitionKey), ", ")
		if len(t.PartitionKey) > 1 {
			key = "(" + key + ")"
		}
		lines = append(lines, "    PRIMARY KEY ("+strings.Join(append([]string{key}, names(t.Clustering)...), ", ")+")")
	}
	b.WriteString(strings.Join(lines, ",\n") + "\n")
}

// simpleFirst are the columns with those of many cells last among the static and among the regular ones.
func simpleFirst(t *Table) []*Column {
	all := append(slices.Clone(t.PartitionKey), t.Clustering...)
	for _, list := range [...][]*Column{t.Static, t.Regular} {
		list = slices.Clone(list)
		slices.SortStableFunc(list, func(a, b *Column) int {
			switch {
			case a.Type.IsMultiCell() == b.Type.IsMultiCell():
				return 0
			case a.Type.IsMultiCell():
				return 1
			}
			return -1
		})
		all = append(all, list...)
	}
	return all
}

func names(columns []*Column) []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = cqltype.QuoteName(c.Name)
	}
	return out
}

func (t *Table) describeOrder(b *strings.Builder) {
	if len(t.Clustering) == 0 {
		if t.CompactStorage {
			b.WriteString("CLUSTERING ORDER BY (" + t.HiddenColumns()[0].Name + " ASC)\n    AND ")
		}
		return
	}
	parts := names(t.Clustering)
	for i, c := range t.Clustering {
		if c.Descending {
			parts[i] += " DESC"
		} else {
			parts[i] += " ASC"
		}
	}
	b.WriteString("CLUSTERING ORDER BY (" + strings.Join(parts, ", ") + ")\n    AND ")
}

func (t *Table) describeDropped(b *strings.Builder) {
	for _, d := range t.DroppedColumns() {
		fmt.Fprintf(b, "\nALTER TABLE %s DROP %s USING TIMESTAMP %d;", qualified(t.Keyspace, t.Name), cqltype.QuoteName(d.Name), d.DroppedAt.UnixMicro())
		if c := t.Column(d.Name); c != nil {
			fmt.Fprintf(b, "\nALTER TABLE %s ADD %s %s", qualified(t.Keyspace, t.Name), cqltype.QuoteName(d.Name), c.Type)
			if c.Kind == Static {
				b.WriteString(" static")
			}
			if c.Mask != nil {
				b.WriteString(" MASKED WITH " + c.Mask.String())
			}
			b.WriteByte(';')
		}
	}
}

// describe writes all options; those of a view have no default_time_to_live.
func (o *TableOptions) describe(b *strings.Builder, view bool) {
	extensions := make([]string, 0, len(o.Extensions))
	for _, name := range slices.Sorted(maps.Keys(o.Extensions)) {
		extensions = append(extensions, quote(name)+": 0x"+hex.EncodeToString(o.Extensions[name]))
	}
	lines := [...][2]string{
		{"additional_write_policy", quote(o.AdditionalWritePolicy)},
		{"allow_auto_snapshot", strconv.FormatBool(o.AllowAutoSnapshot)},
		{"bloom_filter_fp_chance", javaDouble(o.BloomFilterFPChance)},
		{"caching", mapText(o.Caching)},
		{"cdc", strconv.FormatBool(o.CDC)},
		{"comment", quote(o.Comment)},
		{"compaction", mapText(o.Compaction)},
		{"compression", mapText(o.Compression)},
		{"memtable", quote(o.Memtable)},
		{"crc_check_chance", javaDouble(o.CRCCheckChance)},
		{"default_time_to_live", strconv.Itoa(int(o.DefaultTimeToLive))},
		{"extensions", "{" + strings.Join(extensions, ", ") + "}"},
		{"gc_grace_seconds", strconv.Itoa(int(o.GCGraceSeconds))},
		{"incremental_backups", strconv.FormatBool(o.IncrementalBackups)},
		{"max_index_interval", strconv.Itoa(int(o.MaxIndexInterval))},
		{"memtable_flush_period_in_ms", strconv.Itoa(int(o.MemtableFlushPeriodInMs))},
		{"min_index_interval", strconv.Itoa(int(o.MinIndexInterval))},
		{"read_repair", quote(o.ReadRepair)},
		{"speculative_retry", quote(o.SpeculativeRetry)},
	}
	for i, l := range lines {
		if view && l[0] == "default_time_to_live" {
			continue
		}
		if i > 0 {
			b.WriteString("\n    AND ")
		}
		b.WriteString(l[0] + " = " + l[1])
	}
}

// mapText is a map as a CQL literal, in order of its keys.
func mapText(m map[string]string) string {
	parts := make([]string, 0, len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, quote(name)+": "+quote(m[name]))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// quote is a text as a CQL literal.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
