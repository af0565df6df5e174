package storage

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"helenus/internal/key"
	"helenus/internal/schema"
)

// Retire deletes everything of a data id that TRUNCATE or DROP replaced. The files' space comes back by compaction.
func (s *Store) Retire(id schema.DataID) error {
	defer s.dies()
	start := binary.BigEndian.AppendUint32(nil, uint32(id))
	end := binary.BigEndian.AppendUint32(nil, uint32(id)+1)
	if err := s.synced(s.db.DeleteRange(start, end, pebble.Sync)); err != nil {
		return fmt.Errorf("delete the data of a dropped table: %w", err)
	}
	s.tables.change(func(all map[schema.DataID]*TableStats) { delete(all, id) })
	return nil
}

// DropTokens deletes the rows of a range of tokens. Nothing is written when there are none.
func (s *Store) DropTokens(id schema.DataID, tokens key.TokenRange) error {
	defer s.dies()
	start, end := appendToken(nil, id, tokens.First), appendAfterToken(nil, id, tokens.Last)
	it, err := s.iterator(&pebble.IterOptions{LowerBound: start, UpperBound: end})
	if err != nil {
		return fmt.Errorf("delete the rows of a token range: %w", err)
	}
	found := it.First()
	if err := errors.Join(it.Error(), it.Close()); err != nil {
		return fmt.Errorf("delete the rows of a token range: %w", err)
	}
	if !found {
		return nil
	}
	if err := s.synced(s.db.DeleteRange(start, end, pebble.Sync)); err != nil {
		return fmt.Errorf("delete the rows of a token range: %w", err)
	}
	return nil
}
