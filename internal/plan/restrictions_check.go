package plan

import (
	"helenus/internal/cassandra"
	"helenus/internal/schema"
)

const needsFiltering = "Cannot execute this query as it might involve data filtering and thus may have unpredictable performance. " +
	"If you want to execute this query despite the performance unpredictability, use ALLOW FILTERING"

// access is how a SELECT reaches its rows.
type access struct {
	// keyed is true when the partition key is restricted as a whole by = and IN; else token ranges are scanned.
	keyed bool
	// sliced is the number of leading clustering columns that slices are made of.
	sliced int
	// filters are the restrictions that are checked row by row.
	filters []*restriction
}

// plan decides how rows are reached, or refuses.
// Source: Cassandra 5.0, StatementRestrictions.
func (r *restrictions) plan(allowFiltering bool) (*access, error) {
	a := &access{}
	restricted, exact := 0, 0
	for _, p := range r.partition {
		if p != nil {
			restricted++
			if p.isEq() || p.isIn() {
				exact++
			}
		}
	}
	filtering := false
	switch {
	case r.token != nil && restricted > 0:
		if restricted < len(r.partition) || exact < restricted {
			return nil, cassandra.Invalidf("%s", needsFiltering)
		}
		a.keyed = true
	case exact == len(r.partition):
		a.keyed = true
	case restricted > 0:
		if !allowFiltering {
			for _, p := range r.partition {
				if p != nil && !p.isEq() && !p.isIn() && !p.isContains() {
					return nil, cassandra.Invalidf("Only EQ and IN relation are supported on the partition key (unless you use the token() function or allow filtering)")
				}
			}
			return nil, cassandra.Invalidf("%s", needsFiltering)
		}
		filtering = true
		for _, p := range r.partition {
			if p != nil {
				a.filters = append(a.filters, p)
			}
		}
	}
	if err := r.planClustering(a, allowFiltering); err != nil {
		return nil, err
	}
	if len(a.filters) > 0 {
		filtering = true
	}
	if len(r.others) > 0 {
		filtering = true
		a.filters = append(a.filters, r.others...)
	}
	if !a.keyed && r.token == nil && r.hasClustering() {
		filtering = true
	}
	if !a.keyed && r.hasClustering() {
		filtering = true
	}
	if filtering && !allowFiltering {
		return nil, cassandra.Invalidf("%s", needsFiltering)
	}
	return a, nil
}

func (r *restrictions) hasClustering() bool {
	for _, c := range r.clusters {
		if c != nil {
			return true
		}
	}
	return false
}

// planClustering finds the leading clustering columns that make slices; the others are filtered or refused.
func (r *restrictions) planClustering(a *access, allowFiltering bool) error {
	ended := -1 // the column whose slice is the last that bounds a range
	for i := 0; i < len(r.clusters); i++ {
		c := r.clusters[i]
		switch {
		case c == nil:
			if ended < 0 {
				ended = i
			}
			continue
		case ended < 0 && !c.isContains():
			a.sliced = i + len(c.columns)
			if c.isSlice() {
				ended = i
			}
			i += len(c.columns) - 1
			continue
		}
		if !allowFiltering {
			if c.isContains() {
				return cassandra.Invalidf("%s", needsFiltering)
			}
			name := r.table.Clustering[i].Name
			if before := r.clusters[ended]; before != nil {
				return cassandra.Invalidf("Clustering column \"%s\" cannot be restricted (preceding column \"%s\" is restricted by a non-EQ relation)", name, r.table.Clustering[ended].Name)
			}
			if a.keyed || r.token == nil {
				return cassandra.Invalidf("PRIMARY KEY column \"%s\" cannot be restricted as preceding column \"%s\" is not restricted", name, r.table.Clustering[ended].Name)
			}
		}
		if ended < 0 {
			ended = i
		}
		a.filters = append(a.filters, c)
		i += len(c.columns) - 1
	}
	return nil
}

// eqClustering says whether a clustering column is restricted to one value.
func (r *restrictions) eqClustering(position int) bool {
	return r.clusters[position] != nil && r.clusters[position].isEq()
}

// inPartition says whether the partition key has an IN.
func (r *restrictions) inPartition() bool {
	for _, p := range r.partition {
		if p != nil && p.isIn() {
			return true
		}
	}
	return false
}

// distinctAllowed refuses WHERE on what SELECT DISTINCT does not read.
func (r *restrictions) distinctAllowed() error {
	if r.hasClustering() {
		return errDistinctWhere
	}
	for _, o := range r.others {
		if o.columns[0].Kind != schema.Static {
			return errDistinctWhere
		}
	}
	return nil
}

var errDistinctWhere = cassandra.Invalidf("SELECT DISTINCT with WHERE clause only supports restriction by partition key and/or static columns.")
