package plan

import (
	"helenus/internal/cassandra"
	"helenus/internal/schema"
)

// filtersImplicitly says whether a table's rows may be filtered without ALLOW FILTERING: those of virtual tables are few, but for the log.
// Source: Cassandra 5.0, VirtualTable.allowFilteringImplicitly.
func filtersImplicitly(t *schema.Table) bool { return t.Virtual && t.Name != "system_logs" }

// CheckVirtual refuses what no virtual table takes.
// Source: Cassandra 5.0, ModificationStatement.validate.
func (m *Modify) CheckVirtual() error {
	switch {
	case m.timestamp != nil:
		return cassandra.Invalidf("Custom timestamp is not supported by virtual tables")
	case m.ttl != nil:
		return cassandra.Invalidf("Expiring columns are not supported by virtual tables")
	case m.IsConditional():
		return cassandra.Invalidf("Conditional updates are not supported by virtual tables")
	}
	return nil
}

// Effect says what the statement does, in the words for virtual tables.
// Source: Cassandra 5.0, AbstractMutableVirtualTable.
func (m *Modify) Effect() string {
	switch {
	case m.Kind != Delete:
		return "Column modification"
	case len(m.regular)+len(m.static) > 0:
		return "Column deletion"
	case m.where.isRange() && len(m.where.clustering) > 0:
		return "Range deletion"
	case len(m.where.clustering) > 0:
		return "Row deletion"
	}
	return PartitionDeletion
}

// PartitionDeletion is the effect of a DELETE of whole partitions.
const PartitionDeletion = "Partition deletion"
