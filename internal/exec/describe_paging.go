package exec

import (
	"encoding/binary"

	"helenus/internal/cassandra"
)

// describeState is the paging state of a DESCRIBE: the number of the next row, 4 bytes. It is not secret and not trusted.
func describeState(next int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(next)) }

// describeStart returns the first row of the page that is asked for.
func (x *execution) describeStart(rows int) (int, error) {
	raw := x.params.PagingState
	if raw == nil {
		return 0, nil
	}
	if len(raw) != 4 {
		return 0, cassandra.Protocolf("Invalid value for the paging state")
	}
	start := binary.BigEndian.Uint32(raw)
	if int64(start) > int64(rows) {
		return 0, cassandra.Invalidf("The schema has changed since the previous page of the DESCRIBE statement result. Please retry the DESCRIBE statement.")
	}
	return int(start), nil
}
