package schema

import (
	"cmp"
	"encoding/binary"
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
)

// Lengths of names in bytes. A table's is bounded by what a file name may be in Cassandra.
const (
	keyspaceNameMax = 48
	tableNameMax    = 222
)

// localKeyspaces are the same on no two nodes; nobody may change them.
var localKeyspaces = map[string]bool{"system": true, "system_schema": true, "system_views": true, "system_virtual_schema": true}

// replicatedKeyspaces hold what the cluster's own services share; only their replication may be changed.
var replicatedKeyspaces = map[string]bool{"system_auth": true, "system_distributed": true, "system_traces": true}

// IsSystem is true for the keyspaces that every node has from the start.
func IsSystem(keyspace string) bool { return localKeyspaces[keyspace] || replicatedKeyspaces[keyspace] }

// IsLocal is true for the system keyspaces that are the same on no two nodes.
func IsLocal(keyspace string) bool { return localKeyspaces[keyspace] }

func isWordName(name string, longest int) bool {
	if name == "" || len(name) > longest {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_') {
			return false
		}
	}
	return true
}

func checkKeyspaceName(name string) error {
	if isWordName(name, keyspaceNameMax) {
		return nil
	}
	return cassandra.Invalidf("Keyspace name must not be empty, more than %d characters long, or contain non-alphanumeric-underscore characters (got '%s')", keyspaceNameMax, name)
}

func checkTableName(keyspace, name string) error {
	if isWordName(name, tableNameMax) {
		return nil
	}
	return cassandra.Configf("%s.%s: Table name must not be empty, more than %d characters long, or contain non-alphanumeric-underscore characters (got \"%s\")", keyspace, name, keyspaceNameMax, name)
}

// CheckModifiable refuses statements that change something inside a system keyspace. verb and resource are Cassandra's words for the permission.
func CheckModifiable(keyspace, verb, resource string) error {
	if localKeyspaces[keyspace] {
		return cassandra.Unauthorizedf("%s keyspace is not user-modifiable.", keyspace)
	}
	if replicatedKeyspaces[keyspace] {
		return cassandra.Unauthorizedf("Cannot %s <%s>", verb, resource)
	}
	return nil
}

// qualified is a name as messages show it.
func qualified(keyspace, name string) string {
	return cqltype.QuoteName(keyspace) + "." + cqltype.QuoteName(name)
}

// CompareColumnNames orders columns of one kind as Cassandra does: by the first eight bytes as a signed number, then byte by byte. Names
// that begin outside ASCII therefore come first.
// Source: Cassandra 5.0, ColumnIdentifier.prefixComparison.
func CompareColumnNames(a, b string) int {
	if x, y := namePrefix(a), namePrefix(b); x != y {
		return cmp.Compare(x, y)
	}
	return strings.Compare(a, b)
}

func namePrefix(name string) int64 {
	var first [8]byte
	copy(first[:], name)
	return int64(binary.BigEndian.Uint64(first[:]))
}
