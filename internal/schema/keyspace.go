package schema

import (
	"slices"
	"strconv"
	"strings"

	"helenus/internal/cqltype"
)

// Keyspace is a namespace of tables and types with one replication setting. Immutable.
type Keyspace struct {
	Name string
	// Replication is the map as DESCRIBE shows it: "class" with the strategy's short name, and its options.
	Replication   map[string]string
	DurableWrites bool
	// Virtual keyspaces are made of code, not of data: system_views, system_virtual_schema.
	Virtual bool
	Tables  map[string]*Table
	// Types are the user types by name; not frozen.
	Types map[string]*cqltype.Type
	// Functions and Aggregates are the user's, by signature: f(int, text).
	Functions  map[string]*Function
	Aggregates map[string]*Aggregate
}

// ReplicationFactor is the number of replicas of every partition, over all data centers.
func (k *Keyspace) ReplicationFactor() int {
	if k.Virtual || k.Replication["class"] == localStrategy {
		return 1
	}
	sum := 0
	for name, value := range k.Replication {
		if n, err := strconv.Atoi(value); err == nil && name != "class" {
			sum += n
		}
	}
	return sum
}

// FullReplication is the replication map as system_schema.keyspaces shows it: with the class's full name.
func (k *Keyspace) FullReplication() map[string]string {
	full := make(map[string]string, len(k.Replication))
	for name, value := range k.Replication {
		full[name] = value
	}
	full["class"] = locator + k.Replication["class"]
	return full
}

// SortedTables are the tables, less the views, in the order of DESCRIBE: by name, without regard to case.
func (k *Keyspace) SortedTables() []*Table {
	all := slices.DeleteFunc(sortedTables(k), (*Table).IsView)
	slices.SortStableFunc(all, func(a, b *Table) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return all
}

// SortedTypes are the user types, each after those it is made with.
func (k *Keyspace) SortedTypes() []*cqltype.Type { return sortedTypes(k) }
