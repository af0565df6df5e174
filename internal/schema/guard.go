package schema

import (
	"maps"
	"slices"
	"strings"

	"helenus/internal/cql"
	"helenus/internal/guardrail"
)

// userKeyspaces are the keyspaces that are not the system's.
func (s *Schema) userKeyspaces() (all []*Keyspace) {
	for _, k := range s.Keyspaces() {
		if !IsSystem(k.Name) {
			all = append(all, k)
		}
	}
	return all
}

// guardStrategy asks whether a replication class may be used.
func (x *execution) guardStrategy(p properties) error {
	given, err := p.mapping("replication")
	if err == nil && strings.TrimPrefix(given["class"], locator) == simpleStrategy {
		return x.guard.Feature(guardrail.SimpleStrategy, "")
	}
	return nil // what is wrong with it is told later
}

// guardReplication asks about the replication factors of a keyspace, datacenter by datacenter.
func (x *execution) guardReplication(k *Keyspace) error {
	for _, name := range slices.Sorted(maps.Keys(k.Replication)) {
		if name == "class" {
			continue
		}
		n, err := factor(k.Replication[name])
		if err != nil {
			return err
		}
		if err := x.guard.Number(guardrail.MinimumReplicationFactor, int64(n), k.Name); err != nil {
			return err
		}
		if err := x.guard.Number(guardrail.MaximumReplicationFactor, int64(n), k.Name); err != nil {
			return err
		}
	}
	return nil
}

// guardTable asks about a new table and returns what is to be made.
// Source: Cassandra 5.0, CreateTableStatement.validate.
func (x *execution) guardTable(q *cql.CreateTable) (*cql.CreateTable, error) {
	if x.guard == nil {
		return q, nil
	}
	made := *q
	var err error
	if made.Properties, err = x.guardProperties(q.Properties); err != nil {
		return nil, err
	}
	return &made, x.guardDefinition(&made)
}

func (x *execution) guardDefinition(q *cql.CreateTable) error {
	if err := x.guard.Number(guardrail.ColumnsPerTable, int64(len(q.Columns)), q.Table.Name); err != nil {
		return err
	}
	tables := 0
	for _, k := range x.schema.userKeyspaces() {
		tables += len(k.Tables)
	}
	if err := x.guard.Number(guardrail.Tables, int64(tables)+1, q.Table.Name); err != nil {
		return err
	}
	for _, c := range q.Columns {
		if err := x.guardVectors(c.Type, "Column "+c.Name); err != nil {
			return err
		}
	}
	if q.CompactStorage {
		if err := x.guard.Feature(guardrail.CompactTables, ""); err != nil {
			return err
		}
	}
	return x.guardExpiry(q.Properties)
}

// guardProperties asks about the properties in WITH and returns those that count.
func (x *execution) guardProperties(all []cql.Property) ([]cql.Property, error) {
	if x.guard == nil {
		return all, nil
	}
	given := map[string]bool{}
	for _, o := range all {
		given[o.Name] = true
	}
	ignored, err := x.guard.Values(guardrail.TableProperties, slices.Sorted(maps.Keys(given))...)
	if err != nil || ignored == nil {
		return all, err
	}
	var kept []cql.Property
	for _, o := range all {
		if !slices.Contains(ignored, o.Name) {
			kept = append(kept, o)
		}
	}
	return kept, nil
}

// guardExpiry asks about a table whose compaction waits for rows to expire and that gives them no time, as far as the statement says so.
// Source: Cassandra 5.0, AlterSchemaStatement.validateDefaultTimeToLive.
func (x *execution) guardExpiry(all []cql.Property) error {
	windows, expires := false, false
	for _, o := range all {
		switch o.Name {
		case "compaction":
			windows = strings.TrimPrefix(o.Map["class"], compactionPackage) == "TimeWindowCompactionStrategy"
		case "default_time_to_live":
			expires = o.Value != "0"
		}
	}
	if !windows || expires {
		return nil
	}
	return x.guard.Feature(guardrail.ZeroTTLOnTWCS, "")
}

// guardCompression asks about a table that is not to be compressed.
func (x *execution) guardCompression(o *TableOptions) error {
	if o.Compression["enabled"] == "false" {
		return x.guard.Feature(guardrail.UncompressedTables, "")
	}
	return nil
}

// guardVectors asks about the vectors in a type; what says whose type it is.
func (x *execution) guardVectors(t *cql.TypeName, what string) error {
	if t == nil || x.guard == nil {
		return nil
	}
	if t.Name == "vector" && t.Keyspace == "" {
		if err := x.guard.Feature(guardrail.VectorType, what); err != nil {
			return err
		}
		return x.guard.Number(guardrail.VectorDimensions, int64(t.Dimension), what)
	}
	for _, inner := range t.Params {
		if err := x.guardVectors(inner, what); err != nil {
			return err
		}
	}
	return nil
}

// guardAlteration asks about what an ALTER TABLE adds or sets and returns what is to be done.
// Source: Cassandra 5.0, AlterTableStatement.AddColumns.validate and AlterOptions.validate.
func (x *execution) guardAlteration(q *cql.AlterTable) (*cql.AlterTable, error) {
	if x.guard == nil {
		return q, nil
	}
	for _, c := range q.Add {
		if err := x.guardVectors(c.Type, "Column "+c.Name); err != nil {
			return nil, err
		}
	}
	if q.Properties == nil {
		return q, nil
	}
	done := *q
	var err error
	if done.Properties, err = x.guardProperties(q.Properties); err != nil {
		return nil, err
	}
	return &done, x.guardExpiry(done.Properties)
}

// guardType asks about a user type with its fields.
func (x *execution) guardType(name string, fields int, added ...cql.ColumnDef) error {
	if err := x.guard.Number(guardrail.FieldsPerUDT, int64(fields), name); err != nil {
		return err
	}
	for _, f := range added {
		if err := x.guardVectors(f.Type, "Field "+f.Name); err != nil {
			return err
		}
	}
	return nil
}
