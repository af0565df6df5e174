package guardrail

import "fmt"

// The guardrails of changes of the schema.
const (
	Keyspaces Number = iota
	Tables
	ColumnsPerTable
	SecondaryIndexesPerTable
	MaterializedViewsPerTable
	FieldsPerUDT
	VectorDimensions
	MinimumReplicationFactor
	MaximumReplicationFactor
	schemaNumbers
)

var numbersOfSchema = map[Number]number{
	Keyspaces: {name: "keyspaces", text: creating("keyspace", "keyspaces", "Cannot have more than %d keyspaces, aborting the creation of keyspace %s")},
	Tables:    {name: "tables", text: creating("table", "tables", "Cannot have more than %d tables, aborting the creation of table %s")},
	ColumnsPerTable: {name: "columns_per_table", text: func(warning bool, what string, value, threshold int64) string {
		if warning {
			return fmt.Sprintf("The table %s has %d columns, this exceeds the warning threshold of %d.", what, value, threshold)
		}
		return fmt.Sprintf("Tables cannot have more than %d columns, but %d provided for table %s", threshold, value, what)
	}},
	SecondaryIndexesPerTable:  {name: "secondary_indexes_per_table", text: creating("secondary index", "indexes", "Tables cannot have more than %d secondary indexes, aborting the creation of secondary index %s")},
	MaterializedViewsPerTable: {name: "materialized_views_per_table", text: creating("materialized view", "views", "Tables cannot have more than %d materialized views, aborting the creation of materialized view %s")},
	FieldsPerUDT: {name: "fields_per_udt", text: func(warning bool, what string, value, threshold int64) string {
		if warning {
			return fmt.Sprintf("The user type %s has %d columns, this exceeds the warning threshold of %d.", what, value, threshold)
		}
		return fmt.Sprintf("User types cannot have more than %d columns, but %d provided for user type %s.", threshold, value, what)
	}},
	VectorDimensions: {name: "vector_dimensions", text: func(warning bool, what string, value, threshold int64) string {
		return fmt.Sprintf("%s has a vector of %d dimensions, this exceeds the %s threshold of %d.", what, value, severity(warning), threshold)
	}},
	MinimumReplicationFactor: {name: "minimum_replication_factor", least: true, text: func(warning bool, what string, value, threshold int64) string {
		return fmt.Sprintf("The keyspace %s has a replication factor of %d, below the %s threshold of %d.", what, value, severity(warning), threshold)
	}},
	MaximumReplicationFactor: {name: "maximum_replication_factor", text: func(warning bool, what string, value, threshold int64) string {
		return fmt.Sprintf("The keyspace %s has a replication factor of %d, above the %s threshold of %d.", what, value, severity(warning), threshold)
	}},
}

// creating words the making of one thing more.
func creating(one, all, refusal string) func(bool, string, int64, int64) string {
	return func(warning bool, what string, value, threshold int64) string {
		if warning {
			return fmt.Sprintf("Creating %s %s, current number of %s %d exceeds warning threshold of %d.", one, what, all, value, threshold)
		}
		return fmt.Sprintf(refusal, threshold, what)
	}
}

// Features of changes of the schema.
const (
	SecondaryIndexes Feature = iota
	AlterTable
	DropTruncateTable
	DropKeyspace
	UncompressedTables
	CompactTables
	ZeroTTLOnTWCS
	SimpleStrategy
	VectorType
	schemaFeatures
)

var featuresOfSchema = map[Feature]feature{
	SecondaryIndexes:   {name: "secondary_indexes", key: "secondary_indexes", what: "Creating secondary indexes"},
	AlterTable:         {name: "alter_table", key: "alter_table", what: "ALTER TABLE changing columns"},
	DropTruncateTable:  {name: "drop_truncate_table_enabled", key: "drop_truncate_table", what: "DROP and TRUNCATE TABLE functionality"},
	DropKeyspace:       {name: "drop_keyspace_enabled", key: "drop_keyspace", what: "DROP KEYSPACE functionality"},
	UncompressedTables: {name: "uncompressed_tables_enabled", key: "uncompressed_tables", what: "Uncompressed table"},
	CompactTables:      {name: "compact_tables", key: "compact_tables", what: "Creation of new COMPACT STORAGE tables"},
	ZeroTTLOnTWCS: {name: "zero_ttl_on_twcs", key: "zero_ttl_on_twcs", warned: "true", what: "0 default_time_to_live on a table with TimeWindowCompactionStrategy compaction strategy",
		reason: "It is suspicious to use default_time_to_live set to 0 with such compaction strategy. Please keep in mind that data will not start to automatically expire after they are older than a respective compaction window unit of a certain size. Please set TTL for your INSERT or UPDATE statements if you expect data to be expired as table settings will not do it. "},
	SimpleStrategy: {name: "simplestrategy", key: "simplestrategy", what: "SimpleStrategy"},
	VectorType:     {name: "vector_type_enabled", key: "vector_type"},
}

// TableProperties are the names of the properties in WITH.
const TableProperties List = 0
