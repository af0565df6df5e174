package exec

import "helenus/internal/cql"

// execTruncate empties a table by giving it a new data id; what was under the old one is deleted in the background of storage.
func (x *execution) execTruncate(q *cql.Truncate) error {
	if _, err := x.propose(q); err != nil {
		return err
	}
	x.void()
	return nil
}
