package schema

import "helenus/internal/cqltype"

// Keyspace is a namespace of tables and types with one replication setting. Immutable.
type Keyspace struct {
	Name string
	// Replication is the map as DESCRIBE shows it: "class" with the strategy's name, and its options.
	Replication   map[string]string
	DurableWrites bool
	// Virtual keyspaces are made of code, not of data: system_views, system_virtual_schema.
	Virtual bool
	Tables  map[string]*Table
	// Types are the user types by name; not frozen.
	Types map[string]*cqltype.Type
}
