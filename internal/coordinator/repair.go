package coordinator

import (
	"context"

	"helenus/internal/cassandra"
	"helenus/internal/ring"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// Repair makes the replicas of all ranges of a table that this node replicates the same: each piece is read at ALL, by digest, and what a replica
// lacks is written to it. It fails when a replica does not answer. now is in seconds since 1970; progress is told the bytes of each piece.
func (c *Coordinator) Repair(ctx context.Context, table *schema.Table, now func() int64, progress func(bytes int)) error {
	k := c.options.State().Schema.Keyspace(table.Keyspace)
	if k == nil {
		return cassandra.Invalidf("keyspace %s does not exist", table.Keyspace)
	}
	for _, x := range c.placements().of(k).now.Ranges() {
		if len(x.Replicas) < 2 || !ring.Has(x.Replicas, c.options.Self) {
			continue
		}
		cursor := newReadCursor(reader{c: c, cmd: &row.Command{Table: table, Tokens: x.TokenRange}, level: cassandra.All, now: now()})
		for ctx.Err() == nil && cursor.fetch() {
			progress(cursor.piece.Left())
			cursor.r.now = now()
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := cursor.Err(); err != nil {
			return err
		}
	}
	return nil
}
