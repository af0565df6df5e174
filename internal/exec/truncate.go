package exec

import "helenus/internal/cql"

// execTruncate empties a table by giving it a new data id; what was under the old one is deleted in the background of storage.
func (x *execution) execTruncate(q *cql.Truncate) error {
	m := x.executor.options.Metadata
	keyspace := q.Table.Keyspace
	if keyspace == "" {
		keyspace = x.keyspace()
	}
	if t := m.Schema().Table(keyspace, q.Table.Name); t != nil && t.Virtual {
		if err := x.authorizeChange(q, m.Schema(), m.Roles()); err != nil {
			return err
		}
		return x.truncateVirtual(t)
	}
	if _, err := x.propose(q); err != nil {
		return err
	}
	x.void()
	return nil
}
