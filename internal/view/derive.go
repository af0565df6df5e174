package view

import (
	"bytes"

	"helenus/internal/key"
	"helenus/internal/row"
)

// Change is a change of a base's row on its way into the store.
type Change struct {
	Partition  key.Partition
	Clustering []byte
	// Before is the row as it is stored, nil when it is not; Delta is what comes to it. Neither has taken in Covering: what deletes the row from
	// outside, once the change is there.
	Before, Delta []byte
	Covering      row.Deletion
	// Now is the time, in seconds since 1970.
	Now int64
}

// Emit takes a change of a view's row; nothing of it aliases what it was derived from.
type Emit func(row.Mutation) error

// Row derives what a change of a base's row changes in the view.
func (p *Plan) Row(c *Change, emit Emit) error {
	values, err := p.values(c.Partition, c.Clustering)
	if err != nil || !p.passes(values) {
		return err
	}
	claim := p.View.View.Claim
	if claim == 0 {
		delta, err := row.Project(nil, c.Delta, c.Covering, true, p.projection)
		if err != nil || row.IsEmpty(delta) {
			return err
		}
		return p.emit(values, nil, delta, emit)
	}
	after := c.Delta
	if c.Before != nil {
		if after, err = row.Merge(nil, c.Before, c.Delta); err != nil {
			return err
		}
	}
	was, had, err := p.claimed(values, c.Before, c.Covering)
	if err != nil {
		return err
	}
	is, has, err := p.claimed(values, after, c.Covering)
	if err != nil {
		return err
	}
	switch {
	case had && has && was.at.equal(&is.at):
		return p.refresh(c, after, &is, emit)
	case had:
		if err := p.hide(c, after, &was, emit); err != nil {
			return err
		}
	}
	if !has {
		return nil
	}
	image, err := row.Project(nil, after, c.Covering, false, p.projection)
	if err != nil {
		return err
	}
	return p.put(&is.at, image, emit)
}

// claimed is a place in the view that a row claims by a cell.
type claimed struct {
	at   place
	cell row.Held
}

func (a *place) equal(b *place) bool {
	return bytes.Equal(a.partition.Key, b.partition.Key) && bytes.Equal(a.clustering, b.clustering)
}

// claimed returns the place that a row claims. An expired cell still claims its place, where it has expired as well: so it makes no difference whose
// clock says so.
func (p *Plan) claimed(values [][]byte, encoded []byte, covering row.Deletion) (c claimed, ok bool, err error) {
	cell, found, err := row.Find(encoded, p.View.View.Claim)
	if err != nil || !found || cell.Tombstone || covering.Max(row.RowDeletion(encoded)).Shadows(cell.Timestamp) {
		return c, false, err
	}
	c.cell = cell
	c.at, ok = p.place(values, cell.Value)
	return c, ok, nil
}

// refresh passes a change on to the place that the row claims before and after it.
func (p *Plan) refresh(c *Change, after []byte, is *claimed, emit Emit) error {
	delta, err := row.Project(nil, c.Delta, row.NotDeleted, false, p.projection)
	if err != nil || row.IsEmpty(delta) {
		return err
	}
	if delta, err = row.Project(delta[:0], c.Delta, c.Covering, false, p.projection); err != nil {
		return err
	}
	// The claim goes with it: what is in a view row is never without one, but for rows that nobody sees any more.
	only, err := row.Project(nil, after, c.Covering, false, func(column uint32) row.Projection {
		if column == p.View.View.Claim {
			return row.Hollow
		}
		return row.Omit
	})
	if err != nil {
		return err
	}
	if delta, err = row.Merge(nil, delta, only); err != nil {
		return err
	}
	return p.put(&is.at, delta, emit)
}

// hide says that a claim is out of date.
func (p *Plan) hide(c *Change, after []byte, was *claimed, emit Emit) error {
	deleted := c.Covering.Max(row.RowDeletion(after))
	var b row.Builder
	b.Reset(nil)
	if !deleted.IsZero() {
		b.Delete(deleted)
	}
	if !deleted.Shadows(was.cell.Timestamp) {
		b.Tombstone(p.View.View.Claim, was.cell.Timestamp, p.since(c, after))
	}
	return p.put(&was.at, b.Finish(), emit)
}

// sinceMax is how far, in seconds, a write's timestamp may be from the clock to be taken for the time of the write.
const sinceMax = 24 * 3600

// since is when a claim went out of date: the same on all replicas where timestamps are times.
func (p *Plan) since(c *Change, after []byte) int64 {
	cell, found, err := row.Find(after, p.View.View.Claim)
	if err != nil || !found {
		return c.Now
	}
	if cell.Tombstone {
		return cell.LocalTime
	}
	if at := cell.Timestamp / 1e6; at <= c.Now && at > c.Now-sinceMax {
		return at
	}
	return c.Now
}

// Covered derives what a deletion from outside, of a partition or a range, changes in the view for a row that is stored: was deleted it before.
func (p *Plan) Covered(c *Change, was row.Deletion, emit Emit) error {
	values, err := p.values(c.Partition, c.Clustering)
	if err != nil || !p.passes(values) {
		return err
	}
	var b row.Builder
	b.Reset(nil)
	b.Delete(c.Covering)
	if p.View.View.Claim == 0 {
		return p.emit(values, nil, b.Finish(), emit)
	}
	had, ok, err := p.claimed(values, c.Before, was)
	if err != nil || !ok {
		return err
	}
	delta := b.Finish()
	if !c.Covering.Shadows(had.cell.Timestamp) {
		delta, err = row.Project(nil, c.Before, c.Covering, false, p.projection)
		if err != nil {
			return err
		}
	}
	return p.put(&had.at, delta, emit)
}

// Image derives all that a stored row is in the view.
func (p *Plan) Image(c *Change, emit Emit) error {
	whole := *c
	whole.Before, whole.Delta = nil, c.Before
	return p.Row(&whole, emit)
}

func (p *Plan) emit(values [][]byte, claim, delta []byte, emit Emit) error {
	at, ok := p.place(values, claim)
	if !ok {
		return nil
	}
	return p.put(&at, delta, emit)
}

func (p *Plan) put(at *place, delta []byte, emit Emit) error {
	if row.IsEmpty(delta) {
		return nil
	}
	return emit(row.Mutation{Table: p.View, Partition: at.partition, Rows: []row.RowDelta{{Clustering: at.clustering, Delta: delta}}})
}
