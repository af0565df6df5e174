package view

import (
	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// Plan is how one view follows its base. It is immutable and safe for concurrent use.
type Plan struct {
	Base, View *schema.Table
	// columns says what becomes of a base's column, by its id.
	columns map[uint32]row.Projection
	// partition and clustering say where the values of the view's key come from.
	partition, clustering []source
	filter                []test
}

// source is where a value of the view's key comes from: a place in the base's key, or the claim.
type source struct {
	at    int // among the partition key columns, then the clustering columns, of the base
	claim bool
}

// New returns the plan of a view of a base.
func New(base, view *schema.Table) *Plan {
	p := &Plan{Base: base, View: view, columns: map[uint32]row.Projection{}}
	places := map[uint32]int{}
	for i, c := range base.PartitionKey {
		places[c.ID] = i
	}
	for i, c := range base.Clustering {
		places[c.ID] = len(base.PartitionKey) + i
	}
	claim := view.View.Claim
	if claim == 0 {
		for _, c := range base.Regular {
			p.columns[c.ID] = row.Hollow
		}
	}
	for _, c := range view.Regular {
		p.columns[c.ID] = row.Keep
	}
	if claim != 0 {
		p.columns[claim] = row.Hollow
	}
	sources := func(columns []*schema.Column) []source {
		all := make([]source, len(columns))
		for i, c := range columns {
			all[i] = source{places[c.ID], c.ID == claim}
		}
		return all
	}
	p.partition, p.clustering = sources(view.PartitionKey), sources(view.Clustering)
	for _, t := range view.View.Filter {
		p.filter = append(p.filter, newTest(base, places, t))
	}
	return p
}

func (p *Plan) projection(column uint32) row.Projection { return p.columns[column] }

// place is where a row of the view is.
type place struct {
	partition  key.Partition
	clustering []byte
}

// place returns where the row of a base's key and a value of the claim is; ok is false when no row can be there: a partition key that is
// one empty value, or one that is too long.
func (p *Plan) place(values [][]byte, claim []byte) (at place, ok bool) {
	value := func(s source) []byte {
		if s.claim {
			return claim
		}
		return values[s.at]
	}
	parts := make([][]byte, len(p.partition))
	size := 0
	for i, s := range p.partition {
		parts[i] = value(s)
		size += len(parts[i]) + 3
	}
	if len(parts) == 1 && len(parts[0]) == 0 || size > key.PartitionKeyBytesMax {
		return at, false
	}
	at.partition = key.NewPartition(key.AppendPartition(nil, parts...))
	for i, s := range p.clustering {
		c := p.View.Clustering[i]
		at.clustering = key.AppendClustering(at.clustering, c.Type, c.Descending, value(s))
	}
	return at, true
}

// values are those of a base row's key.
func (p *Plan) values(partition key.Partition, clustering []byte) ([][]byte, error) {
	all, err := key.SplitPartition(nil, partition.Key, len(p.Base.PartitionKey))
	if err != nil {
		return nil, err
	}
	for _, c := range p.Base.Clustering {
		var v []byte
		if v, clustering, err = key.DecodeClustering(c.Type, c.Descending, clustering); err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}
