package view

import (
	"bytes"
	"slices"

	"helenus/internal/key"
	"helenus/internal/row"
)

// BaseKey returns the base's key of a row of the view.
func (p *Plan) BaseKey(partition key.Partition, clustering []byte) (at key.Partition, baseClustering []byte, err error) {
	values := make([][]byte, len(p.Base.PartitionKey)+len(p.Base.Clustering))
	set := func(s source, v []byte) {
		if !s.claim {
			values[s.at] = v
		}
	}
	parts, err := key.SplitPartition(nil, partition.Key, len(p.partition))
	if err != nil {
		return at, nil, err
	}
	for i, s := range p.partition {
		set(s, parts[i])
	}
	for i, s := range p.clustering {
		c := p.View.Clustering[i]
		var v []byte
		if v, clustering, err = key.DecodeClustering(c.Type, c.Descending, clustering); err != nil {
			return at, nil, err
		}
		set(s, v)
	}
	n := len(p.Base.PartitionKey)
	at = key.NewPartition(key.AppendPartition(nil, values[:n]...))
	for i, c := range p.Base.Clustering {
		baseClustering = key.AppendClustering(baseClustering, c.Type, c.Descending, values[n+i])
	}
	return at, baseClustering, nil
}

// Place returns where the view shows a stored row of the base, if it does.
func (p *Plan) Place(c *Change) (partition key.Partition, clustering []byte, ok bool, err error) {
	values, err := p.values(c.Partition, c.Clustering)
	if err != nil || !p.passes(values) {
		return partition, nil, false, err
	}
	if p.View.View.Claim == 0 {
		at, ok := p.place(values, nil)
		return at.partition, at.clustering, ok, nil
	}
	is, ok, err := p.claimed(values, c.Before, c.Covering)
	return is.at.partition, is.at.clustering, ok, err
}

// Correct returns what has to come to a row of the view, with what deletes it from outside, so that it shows what a stored row of the base is there; nil:
// nothing. c.Before, nil when there is none, is the base's row whose key the view row has.
func (p *Plan) Correct(c *Change, partition key.Partition, clustering, stored []byte, over row.Deletion) ([]byte, error) {
	at, under, shown, err := p.Place(c)
	if err != nil {
		return nil, err
	}
	claim := p.View.View.Claim
	shown = shown && bytes.Equal(at.Key, partition.Key) && bytes.Equal(under, clustering)
	image := row.Empty
	if shown {
		if image, err = row.Project(nil, c.Before, c.Covering, claim == 0, p.projection); err != nil {
			return nil, err
		}
	}
	want, is := row.View{Claim: claim}, row.View{Claim: claim}
	if err := want.Reset(image, row.NotDeleted, c.Now); err != nil {
		return nil, err
	}
	if err := is.Reset(stored, over, c.Now); err != nil || want.Equal(&is) {
		return nil, err
	}
	merged := image
	if len(stored) > 0 {
		if merged, err = row.Merge(nil, stored, image); err != nil {
			return nil, err
		}
	}
	if err := is.Reset(merged, over, c.Now); err != nil {
		return nil, err
	}
	var b row.Builder
	b.Reset(nil)
	if claim != 0 && !shown {
		if cell, ok := is.Cell(claim); ok {
			b.Tombstone(claim, cell.Timestamp, c.Now)
		}
	} else {
		tombstones(&b, &is, &want, c.Now)
	}
	delta, err := row.Merge(nil, image, b.Finish())
	if err != nil || row.IsEmpty(delta) {
		return nil, err
	}
	return delta, nil
}

// tombstones deletes what one row shows and another does not.
func tombstones(b *row.Builder, is, want *row.View, now int64) {
	if at, ok := is.LiveSince(); ok {
		oldest, any := want.Oldest()
		if _, wanted := want.LiveSince(); !wanted && (!any || oldest > at) { // it would delete what is wanted, too
			b.Delete(row.Deletion{Timestamp: at, LocalTime: now})
		}
	}
	for _, c := range is.Cells() {
		w, ok := want.Cell(c.Column)
		if !c.Complex {
			if !ok {
				b.Tombstone(c.Column, c.Timestamp, now)
			}
			continue
		}
		b.BeginComplex(c.Column, row.NotDeleted)
		for _, e := range c.Elements {
			if !ok || !slices.ContainsFunc(w.Elements, func(o row.Element) bool { return bytes.Equal(o.Path, e.Path) }) {
				b.ElementTombstone(e.Path, e.Timestamp, now)
			}
		}
		b.EndComplex()
	}
}
