package coordinator

import (
	"context"

	"helenus/internal/cassandra"
	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
	"helenus/internal/view"
)

// RepairViews makes views what their definitions say, whatever became of changes that were on their way. Of a view, it looks for each row in a range whether the
// base has it; of a table, whether its views have each of its rows. Both sides are read from all replicas, the derived one first where it may be ahead: what a
// view shows was in the base before, so what the base does not have by then is out of date. What is written merges with the changes that are under way.
func (c *Coordinator) RepairViews(ctx context.Context, table *schema.Table, tokens key.TokenRange, now func() int64, pace func(bytes int)) error {
	s := c.options.State().Schema
	var plans []*view.Plan
	if table.IsView() {
		base := s.BaseOf(table)
		if base == nil {
			return nil
		}
		plans = []*view.Plan{view.New(base, table)}
	} else {
		for _, v := range s.ViewsOf(table.ID) {
			plans = append(plans, view.New(table, v))
		}
	}
	if len(plans) == 0 {
		return nil
	}
	r := viewRepair{c: c, ctx: ctx, now: now, pace: pace}
	cursor := c.repairing(ctx, &row.Command{Table: table, Tokens: tokens}, now())
	err := r.walk(cursor, table, plans)
	if closed := cursor.Close(); err == nil {
		err = closed
	}
	return err
}

// viewRepairPiece is about how many bytes are compared between two rests.
const viewRepairPiece = 64 << 10

type viewRepair struct {
	c    *Coordinator
	ctx  context.Context
	now  func() int64
	pace func(bytes int)
	read int
}

func (r *viewRepair) walk(cursor row.Cursor, table *schema.Table, plans []*view.Plan) error {
	var h row.HeaderView
	for cursor.NextPartition() {
		if err := h.Reset(cursor.Header()); err != nil {
			return err
		}
		for cursor.NextRow() {
			if err := r.ctx.Err(); err != nil {
				return err
			}
			for _, p := range plans {
				var err error
				if table.IsView() {
					err = r.viewRow(p, cursor.Partition(), cursor.Clustering(), cursor.Row(), h.Covering(cursor.Clustering()))
				} else {
					err = r.baseRow(p, cursor.Partition(), cursor.Clustering(), cursor.Row(), h.Covering(cursor.Clustering()))
				}
				if err != nil {
					return err
				}
			}
			if r.read += len(cursor.Row()); r.read >= viewRepairPiece {
				r.pace(r.read)
				r.read = 0
			}
		}
	}
	return cursor.Err()
}

// viewRow compares a row of a view with its base.
func (r *viewRepair) viewRow(p *view.Plan, partition key.Partition, clustering, stored []byte, over row.Deletion) error {
	now := r.now()
	v := row.View{Claim: p.View.ClaimColumn()}
	if err := v.Reset(stored, over, now); err != nil || !v.Live() {
		return err
	}
	at, under, err := p.BaseKey(partition, clustering)
	if err != nil {
		return err
	}
	before, covering, err := r.get(p.Base, at, under, now)
	if err != nil {
		return err
	}
	return r.correct(p, &view.Change{Partition: at, Clustering: under, Before: before, Covering: covering, Now: now}, partition, clustering, stored, over)
}

// baseRow compares a row of a base with a view.
func (r *viewRepair) baseRow(p *view.Plan, partition key.Partition, clustering, stored []byte, covering row.Deletion) error {
	now := r.now()
	v := row.View{}
	if err := v.Reset(stored, covering, now); err != nil || !v.Live() {
		return err
	}
	c := view.Change{Partition: partition, Clustering: clustering, Before: stored, Covering: covering, Now: now}
	at, under, ok, err := p.Place(&c)
	if err != nil || !ok {
		return err
	}
	is, over, err := r.get(p.View, at, under, now)
	if err != nil {
		return err
	}
	// The row of the base is from before the one of the view, which may be what the base is by now.
	if delta, err := p.Correct(&c, at, under, is, over); err != nil || delta == nil {
		return err
	}
	if c.Before, c.Covering, err = r.get(p.Base, partition, clustering, now); err != nil {
		return err
	}
	return r.correct(p, &c, at, under, is, over)
}

func (r *viewRepair) correct(p *view.Plan, c *view.Change, partition key.Partition, clustering, stored []byte, over row.Deletion) error {
	delta, err := p.Correct(c, partition, clustering, stored, over)
	if err != nil || delta == nil {
		return err
	}
	r.c.ViewsCorrected.Add(1)
	m := row.Mutation{Table: p.View, Partition: partition, Rows: []row.RowDelta{{Clustering: clustering, Delta: delta}}}
	pending, err := r.c.Write([]row.Mutation{m}, cassandra.One, cassandra.WriteSimple)
	if err != nil {
		return err
	}
	return pending.Wait()
}

// get reads one row from all replicas; nil: there is none. What deletes it from outside comes with it.
func (r *viewRepair) get(t *schema.Table, partition key.Partition, clustering []byte, now int64) (encoded []byte, covering row.Deletion, err error) {
	exact := key.Range{Start: clustering, End: append(append([]byte{}, clustering...), 0)}
	cursor := r.c.repairing(r.ctx, &row.Command{Table: t, Partitions: []key.Partition{partition}, Slices: []key.Range{exact}}, now)
	covering = row.NotDeleted
	var h row.HeaderView
	for err == nil && cursor.NextPartition() {
		if err = h.Reset(cursor.Header()); err != nil {
			break
		}
		covering = h.Covering(clustering)
		for cursor.NextRow() {
			encoded = append([]byte{}, cursor.Row()...)
		}
	}
	if err == nil {
		err = cursor.Err()
	}
	if closed := cursor.Close(); err == nil {
		err = closed
	}
	return encoded, covering, err
}
