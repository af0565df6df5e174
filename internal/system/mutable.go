package system

import (
	"strings"

	"helenus/internal/key"
	"helenus/internal/schema"
)

// cacheKeys ends the names of the tables that show the keys of Cassandra's caches of roles and permissions. There are no such caches here, so the
// tables are empty, and having one forget a key changes nothing.
const cacheKeys = "_cache_keys"

// Mutable says whether a virtual table can be emptied.
func (t *Tables) Mutable(of *schema.Table) bool {
	return of.Keyspace == "system_views" && (strings.HasSuffix(of.Name, cacheKeys) || of.Name == "system_logs")
}

// Deletes says whether partitions of a virtual table can be deleted.
func (t *Tables) Deletes(of *schema.Table) bool { return t.Mutable(of) && of.Name != "system_logs" }

// Truncate empties a table that is Mutable.
func (t *Tables) Truncate(of *schema.Table) {
	if of.Name == "system_logs" && t.options.Views.ForgetLogs != nil {
		t.options.Views.ForgetLogs()
	}
}

// Delete deletes partitions of a table that Deletes: keys of caches that hold none.
func (t *Tables) Delete(*schema.Table, []key.Partition) {}
