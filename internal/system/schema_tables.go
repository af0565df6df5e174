package system

import (
	"helenus/internal/cqltype"
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
			if !table.IsView() {
				add(tableRow(table))
			}
		}
	})
}

// tableRow is a row of system_schema.tables. Like Cassandra's it leaves out what is as the defaults say, and cdc on a node without it.
func tableRow(t *schema.Table) fields {
	f := optionFields(t)
	f["table_name"], f["flags"] = text(t.Name), textSet(flags(t))
	return f
}

// optionFields are what tables and views have in common.
func optionFields(t *schema.Table) fields {
	o := &t.Options
	f := fields{
		"keyspace_name": text(t.Keyspace), "additional_write_policy": text(o.AdditionalWritePolicy),
		"bloom_filter_fp_chance": double(o.BloomFilterFPChance), "caching": textTextMap(o.Caching), "comment": text(o.Comment),
		"compaction": textTextMap(o.Compaction), "compression": textTextMap(o.Compression), "crc_check_chance": double(o.CRCCheckChance),
		"dclocal_read_repair_chance": double(0), "default_time_to_live": integer(o.DefaultTimeToLive),
		"extensions": textBlobMap(o.Extensions), "gc_grace_seconds": integer(o.GCGraceSeconds), "id": uuidValue(t.ID),
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
				add(columnRow(table, c, table.ShownKind(c.Kind)))
			}
			for _, c := range table.HiddenColumns() {
				add(columnRow(table, c, c.Kind))
			}
		}
	})
}

func columnRow(t *schema.Table, c *schema.Column, kind schema.ColumnKind) fields {
	order := "none"
	if kind == schema.Clustering {
		order = "asc"
		if c.Descending {
			order = "desc"
		}
	}
	return fields{
		"keyspace_name": text(t.Keyspace), "table_name": text(t.Name), "column_name": text(c.Name), "clustering_order": text(order),
		"column_name_bytes": text(c.Name), "kind": text(kind.String()), "position": integer(c.Position), "type": text(c.Type.String()),
	}
}

func (t *Tables) schemaDropped(add func(fields)) {
	t.each(false, func(k *schema.Keyspace) {
		for _, table := range k.Tables {
			for _, d := range table.DroppedColumns() {
				add(fields{
					"keyspace_name": text(k.Name), "table_name": text(table.Name), "column_name": text(d.Name), "dropped_time": timestamp(d.DroppedAt),
					"kind": text(table.ShownKind(d.Kind).String()), "type": text(d.Type.String()),
				})
			}
		}
	})
}

func (t *Tables) schemaIndexes(add func(fields)) {
	t.eachIndex(func(table *schema.Table, x *schema.Index) {
		add(fields{
			"keyspace_name": text(table.Keyspace), "table_name": text(table.Name), "index_name": text(x.Name), "kind": text(x.Kind()), "options": textTextMap(x.FullOptions()),
		})
	})
}

func (t *Tables) eachIndex(f func(*schema.Table, *schema.Index)) {
	t.each(false, func(k *schema.Keyspace) {
		for _, table := range k.Tables {
			for _, x := range table.Indexes {
				f(table, x)
			}
		}
	})
}

// indexInfo are the indexes that are built on this node.
func (t *Tables) indexInfo(add func(fields)) {
	t.eachIndex(func(table *schema.Table, x *schema.Index) {
		if t.options.IndexBuilt != nil && t.options.IndexBuilt(x.DataID) || isCompared(x) {
			add(fields{"table_name": text(table.Keyspace), "index_name": text(x.Name)})
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

func (t *Tables) schemaFunctions(add func(fields)) {
	t.each(false, func(k *schema.Keyspace) {
		for _, f := range k.Functions {
			add(fields{
				"keyspace_name": text(k.Name), "function_name": text(f.Name), "argument_types": texts(schema.TypeNames(f.ArgTypes)...), "argument_names": texts(f.ArgNames...),
				"body": text(f.Body), "called_on_null_input": boolean(f.CalledOnNull), "language": text(f.Language), "return_type": text(f.Return.String()),
			})
		}
	})
}

func (t *Tables) schemaAggregates(add func(fields)) {
	t.each(false, func(k *schema.Keyspace) {
		for _, a := range k.Aggregates {
			row := fields{
				"keyspace_name": text(k.Name), "aggregate_name": text(a.Name), "argument_types": texts(schema.TypeNames(a.ArgTypes)...),
				"return_type": text(a.Return.String()), "state_func": text(a.StateFunction), "state_type": text(a.StateType.String()),
			}
			if a.FinalFunction != "" {
				row["final_func"] = text(a.FinalFunction)
			}
			if a.InitCond != nil {
				row["initcond"] = text(a.StateType.Format(a.InitCond))
			}
			add(row)
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

// isCompared says whether an index on vectors has nothing to be built: it is on a static column, whose vectors are all compared.
func isCompared(x *schema.Index) bool {
	return x.Similarity != schema.NoSimilarity && x.Column != nil && x.Column.Kind != schema.Regular
}

// attachedIndexes are the storage-attached indexes, as system_views.sai_column_indexes shows them.
func (t *Tables) attachedIndexes(add func(fields)) {
	t.eachIndex(func(table *schema.Table, x *schema.Index) {
		if x.Class != schema.StorageAttachedIndex {
			return
		}
		built := t.options.IndexBuilt != nil && t.options.IndexBuilt(x.DataID) || isCompared(x)
		kind := x.TermType().Kind
		add(fields{
			"keyspace_name": text(table.Keyspace), "index_name": text(x.Name), "table_name": text(table.Name), "column_name": text(x.Target), "analyzer": text(x.Analysis.String()),
			"is_building": boolean(!built), "is_queryable": boolean(built || x.Similarity != schema.NoSimilarity), "is_string": boolean(kind == cqltype.KindText || kind == cqltype.KindASCII),
		})
	})
}
