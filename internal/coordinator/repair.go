package coordinator

import (
	"context"
	"errors"

	"helenus/internal/cassandra"
	"helenus/internal/key"
	"helenus/internal/replica"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// RepairProgress is told after each piece of a table that was compared.
type RepairProgress func(table *schema.Table, upTo key.Token, bytes int)

// Repair makes the replicas of all ranges of a table that this node replicates the same: each piece is read at ALL, by digest, and what a replica
// lacks is written to it. It fails when a replica does not answer. now is in seconds since 1970.
func (c *Coordinator) Repair(ctx context.Context, table *schema.Table, now func() int64, progress RepairProgress) error {
	k := c.options.State().Schema.Keyspace(table.Keyspace)
	if k == nil {
		return cassandra.Invalidf("keyspace %s does not exist", table.Keyspace)
	}
	for _, x := range c.placements().of(k).now.Ranges() {
		mine := false
		for _, n := range x.Replicas {
			mine = mine || n.ID == c.options.Self
		}
		if !mine || len(x.Replicas) < 2 {
			continue
		}
		if err := c.repairRange(ctx, table, x.TokenRange, now, progress); err != nil {
			return err
		}
	}
	return nil
}

func (c *Coordinator) repairRange(ctx context.Context, table *schema.Table, tokens key.TokenRange, now func() int64, progress RepairProgress) error {
	cmd := &row.Command{Table: table, Tokens: tokens}
	for moved := 0; ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		r := reader{c: c, cmd: cmd, level: cassandra.All, now: now()}
		at := cmd.Tokens.First
		of, err := c.replicas(table, at)
		if err != nil {
			return err
		}
		request := &replica.ReadRequest{
			Plan: of.plan, Command: *cmd, Table: table.DataID, Now: r.now, GCBefore: r.now - int64(table.Options.GCGraceSeconds), Bytes: pageBytes,
		}
		page, err := r.page(&of, request)
		var stale *replica.StaleError
		if errors.As(err, &stale) && moved < staleMax {
			moved++
			if err := c.waitEpoch(ctx, stale.Epoch); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		if !page.More {
			progress(table, tokens.Last, len(page.Raw))
			return nil
		}
		last := page.Last
		progress(table, last.Partition.Token, len(page.Raw))
		cmd = &row.Command{Table: table, Tokens: key.TokenRange{First: last.Partition.Token, Last: tokens.Last}, Resume: &last}
	}
}
