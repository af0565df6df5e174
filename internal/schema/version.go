package schema

import (
	"crypto/md5"
	"slices"

	"github.com/google/uuid"
)

// Version is a name-based UUID of everything defined: two schemas have the same one exactly when they are equal. It does not
// count which DataIDs tables have, so TRUNCATE keeps it. Safe for concurrent use.
func (s *Schema) Version() uuid.UUID {
	s.versionOnce.Do(func() {
		c := s.asChange()
		c.Edits = slices.DeleteFunc(c.Edits, func(e Edit) bool { return e.Kind == EmptyTable })
		for i := range c.Edits {
			if t := c.Edits[i].Table; t != nil {
				n := *t
				n.DataID = 0
				n.Indexes = slices.Clone(t.Indexes)
				for i, x := range n.Indexes {
					y := *x
					y.DataID = 0
					n.Indexes[i] = &y
				}
				c.Edits[i].Table = &n
			}
		}
		raw, err := encode(c, 0)
		if err != nil {
			panic(err) // plain structs of strings and numbers; checked options hold no NaN
		}
		s.version = nameUUID(raw)
	})
	return s.version
}

// nameUUID is Java's UUID.nameUUIDFromBytes.
func nameUUID(name []byte) uuid.UUID {
	id := uuid.UUID(md5.Sum(name))
	id[6] = id[6]&0x0F | 0x30
	id[8] = id[8]&0x3F | 0x80
	return id
}

// SystemTableID is the id that every node gives a system table.
// Source: Cassandra 5.0, TableId.forSystemTable.
func SystemTableID(keyspace, name string) TableID { return nameUUID([]byte(keyspace + name)) }
