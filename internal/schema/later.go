package schema

import (
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
)

// later answers statements on triggers, of which there are none: to drop one is
// an error in Cassandra's words, or nothing with IF EXISTS; to create one is refused by name.
func (x *execution) later(q *cql.Unsupported) (Outcome, error) {
	verb, what, _ := strings.Cut(q.What, " ")
	missing, ok := missingText[what]
	if (verb != "DROP" && verb != "ALTER") || !ok {
		return Outcome{}, cassandra.Invalidf("%s is not supported by this version of Helenus", q.What)
	}
	name, err := x.qualify(q.Name)
	if err != nil {
		return Outcome{}, err
	}
	if q.IfExists {
		return Outcome{}, nil
	}
	return Outcome{}, cassandra.Invalidf("%s '%s.%s' doesn't exist", missing, name.Keyspace, name.Name)
}

// missingText is how Cassandra begins the message for an object that does not exist.
var missingText = map[string]string{
	"TRIGGER": "Trigger",
}
