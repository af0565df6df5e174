package coordinator

import (
	"context"

	"helenus/internal/cassandra"
	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// RepairRange makes the replicas of a range of a table the same: each piece is read from all of them, by digest, and what a replica lacks is
// written to it.
// It fails when a replica does not answer, or ctx ends. now is in seconds since 1970; pace is called after each piece, with its bytes.
func (c *Coordinator) RepairRange(ctx context.Context, table *schema.Table, tokens key.TokenRange, now func() int64, pace func(bytes int)) error {
	cursor := c.repairing(ctx, &row.Command{Table: table, Tokens: tokens}, now())
	for cursor.r.begin(); ctx.Err() == nil && cursor.fetch(); cursor.r.begin() {
		pace(cursor.piece.Left())
		cursor.r.now = now()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return cursor.Err()
}

// repairing reads from every replica that there is, also where there are fewer than the keyspace wants, and makes them the same.
func (c *Coordinator) repairing(ctx context.Context, cmd *row.Command, now int64) *readCursor {
	return newReadCursor(reader{c: c, ctx: ctx, cmd: cmd, level: cassandra.All, now: now, repair: true})
}
