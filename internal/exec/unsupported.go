package exec

import (
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
)

// execUnsupported refuses a statement of the grammar that is not executed yet; DROP and ALTER of what can't exist as package schema says.
func (x *execution) execUnsupported(q *cql.Unsupported) error {
	if verb, _, _ := strings.Cut(q.What, " "); verb == "DROP" || verb == "ALTER" {
		return x.execDDL(q)
	}
	return cassandra.Invalidf("%s is not supported by this version of Helenus", q.What)
}
