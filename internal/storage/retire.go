package storage

import (
	"encoding/binary"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"helenus/internal/schema"
)

// Retire deletes everything of a data id that TRUNCATE or DROP replaced. The files' space comes back by compaction.
func (s *Store) Retire(id schema.DataID) error {
	start := binary.BigEndian.AppendUint32(nil, uint32(id))
	end := binary.BigEndian.AppendUint32(nil, uint32(id)+1)
	if err := s.db.DeleteRange(start, end, pebble.Sync); err != nil {
		return fmt.Errorf("delete the data of a dropped table: %w", err)
	}
	return nil
}
