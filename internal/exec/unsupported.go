package exec

import (
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
)

// execUnsupported refuses a statement of the grammar that is not executed yet: those on roles as Cassandra refuses them to a client
// that did not log in, which is every client so far; DROP and ALTER of what can't exist as package schema says.
func (x *execution) execUnsupported(q *cql.Unsupported) error {
	verb, what, _ := strings.Cut(q.What, " ")
	switch verb {
	case "GRANT", "REVOKE", "LIST", "ADD":
		return errAnonymous
	}
	switch what {
	case "ROLE", "USER", "IDENTITY":
		return errAnonymous
	}
	if verb == "DROP" || verb == "ALTER" {
		return x.execDDL(q)
	}
	return cassandra.Invalidf("%s is not supported by this version of Helenus", q.What)
}

var errAnonymous = cassandra.Unauthorizedf("You have to be logged in and not anonymous to perform this request")
