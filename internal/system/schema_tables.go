package system

import (
	"helenus/internal/schema"
)

// each calls f for the keyspaces that are virtual, or for those that are not.
func (t *Tables) each(virtual bool, f func(*schema.Keyspace)) {
	for _, k := range t.options.Schema().Keyspaces() {
		if k.Virtual == virtual {
			f(k)
		}
	}
}

func (t *Tables) schemaKeyspaces(add func(fields)) {
	t.each(false, func(k *schema.Keyspace) {
		add(fields{"keyspace_name": text(k.Name), "durable_writes": boolean(k.DurableWrites), "replication": textTextMap(k.FullReplication())})
	})
}

func (t *Tables) schemaTables(add func(fields)) {
	t.each(false, func(k *schema.Keyspace) {
		for _, table := range k.Tables {
			add(tableRow(table))
		}
	})
}

// tableRow is a row of system_schema.tables. Like Cassandra's it leaves out what is as the defaults say, and cdc on a node without it.
func tableRow(t *schema.Table) fields {
	o := &t.Options
	f := fields{
		"keyspace_name": text(t.Keyspace), "table_name": text(t.Name), "additional_write_policy": text(o.AdditionalWritePolicy),
		"bloom_filter_fp_chance": double(o.BloomFilterFPChance), "caching": textTextMap(o.Caching), "comment": text(o.Comment),
		"compaction": textTextMap(o.Compaction), "compression": textTextMap(o.Compression), "crc_check_chance": double(o.CRCCheckChance),
		"dclocal_read_repair_chance": double(0), "default_time_to_live": integer(o.DefaultTimeToLive),
		"extensions": textBlobMap(o.Extensions), "flags": textSet(flags(t)), "gc_grace_seconds": integer(o.GCGraceSeconds), "id": uuidValue(t.ID),
		"max_index_interval": integer(o.MaxIndexInterval), "memtable_flush_period_in_ms": integer(o.MemtableFlushPeriodInMs),
		"min_index_interval": integer(o.MinIndexInterval), "read_repair": text(o.ReadRepair), "read_repair_chance": double(0),
		"speculative_retry": text(o.SpeculativeRetry),
	}
	if !o.AllowAutoSnapshot {
		f["allow_auto_snapshot"] = boolean(false)
	}
	if !o.IncrementalBackups {
		f["incremental_backups"] = boolean(false)
	}
	if o.Memtable != "default" {
		f["memtable"] = text(o.Memtable)
	}
	return f
}

func flags(t *schema.Table) []string {
	var all []string
	if !t.CompactStorage || len(t.Clustering) > 1 {
		all = append(all, "compound")
	}
	if t.CompactStorage && len(t.Clustering) > 0 {
		all = append(all, "dense")
	}
	if t.IsCounter() {
		all = append(all, "counter")
	}
	return all
}

func (t *Tables) schemaColumns(add func(fields)) { t.columns(false, add) }

func (t *Tables) columns(virtual bool, add func(fields)) {
	t.each(virtual, func(k *schema.Keyspace) {
		for _, table := range k.Tables {
			for _, c := range table.Columns() {
				add(columnRow(table, c))
			}
		}
	})
}

func columnRow(t *schema.Table, c *schema.Column) fields {
	order := "none"
	if c.Kind == schema.Clustering {
		order = "asc"
		if c.Descending {
			order = "desc"
		}
	}
	return fields{
		"keyspace_name": text(t.Keyspace), "table_name": text(t.Name), "column_name": text(c.Name), "clustering_order": text(order),
		"column_name_bytes": text(c.Name), "kind": text(c.Kind.String()), "position": integer(c.Position), "type": text(c.Type.String()),
	}
}

func (t *Tables) schemaDropped(add func(fields)) {
	t.each(false, func(k *schema.Keyspace) {
		for _, table := range k.Tables {
			for _, d := range table.DroppedColumns() {
				add(fields{
					"keyspace_name": text(k.Name), "table_name": text(table.Name), "column_name": text(d.Name), "dropped_time": timestamp(d.DroppedAt),
					"kind": text(d.Kind.String()), "type": text(d.Type.String()),
				})
			}
		}
	})
}

func (t *Tables) schemaTypes(add func(fields)) {
	t.each(false, func(k *schema.Keyspace) {
		for _, u := range k.Types {
			types := make([]string, len(u.Elems))
			for i, e := range u.Elems {
				types[i] = e.String()
			}
			add(fields{"keyspace_name": text(k.Name), "type_name": text(u.Name), "field_names": texts(u.FieldNames...), "field_types": texts(types...)})
		}
	})
}

func (t *Tables) virtualKeyspaces(add func(fields)) {
	t.each(true, func(k *schema.Keyspace) { add(fields{"keyspace_name": text(k.Name)}) })
}

func (t *Tables) virtualTables(add func(fields)) {
	t.each(true, func(k *schema.Keyspace) {
		for _, table := range k.Tables {
			add(fields{"keyspace_name": text(k.Name), "table_name": text(table.Name), "comment": text(table.Options.Comment)})
		}
	})
}

func (t *Tables) virtualColumns(add func(fields)) { t.columns(true, add) }
