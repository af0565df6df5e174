package exec

import (
	"helenus/internal/cassandra"
	"helenus/internal/cql"
)

// execUnsupported refuses a statement of the grammar that is not executed yet. DROP … IF EXISTS of something that can't exist has
// nothing to do.
func (x *execution) execUnsupported(q *cql.Unsupported) error {
	if q.IfExists {
		x.void()
		return nil
	}
	return cassandra.Invalidf("%s is not supported by this version of Helenus", q.What)
}
