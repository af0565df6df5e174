package row

import (
	"helenus/internal/key"
	"helenus/internal/schema"
)

// Mutation is a change of one partition of one table, applied as a whole or not at all.
type Mutation struct {
	Table     *schema.Table
	Partition key.Partition
	// Header is an encoded header delta (partition deletion, range tombstones), or nil.
	Header []byte
	// Static is an encoded row delta of static columns, or nil.
	Static []byte
	// Rows are the deltas of single rows, in any order; a table without clustering columns has one with an empty key.
	Rows []RowDelta
}

// RowDelta is an encoded delta of the row with one encoded clustering key.
type RowDelta struct {
	Clustering []byte
	Delta      []byte
}
