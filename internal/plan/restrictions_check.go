package plan

import (
	"slices"

	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
	"helenus/internal/schema"
)

// NeedsFiltering is the text of the error where ALLOW FILTERING is missing, FilteringForbidden of that where it would not be taken.
const NeedsFiltering = "Cannot execute this query as it might involve data filtering and thus may have unpredictable performance. " +
	"If you want to execute this query despite the performance unpredictability, use ALLOW FILTERING"

// FilteringForbidden: see NeedsFiltering.
const FilteringForbidden = "Cannot execute this query as it might involve data filtering and thus may have unpredictable performance. " +
	"Executing this query despite the performance unpredictability with ALLOW FILTERING has been disabled by the allow_filtering_enabled property in cassandra.yaml"

// access is how a SELECT reaches its rows.
type access struct {
	// keyed is true when the partition key is restricted as a whole by = and IN; else token ranges are scanned.
	keyed bool
	// sliced is the number of leading clustering columns that slices are made of.
	sliced int
	// filters are the restrictions that are checked row by row.
	filters []*restriction
	// indexed is true when indexes find the rows: uses are what is asked of them.
	indexed bool
	uses    []indexUse
}

var errNeedsFiltering = cassandra.Invalidf("%s", NeedsFiltering)

// plan decides how rows are reached, or refuses; onlyStatic says that the statement selects static columns only.
// Source: Cassandra 5.0, StatementRestrictions, its constructor.
func (r *restrictions) plan(onlyStatic bool) (*access, error) {
	for _, o := range r.others {
		c := o.columns[0]
		if c.Type.Kind == cqltype.KindVector && slices.ContainsFunc(r.table.Indexes, func(x *schema.Index) bool { return x.Column == c }) {
			return nil, cassandra.Invalidf("Vector indexes only support ANN queries")
		}
	}
	if r.hasIndex() {
		return r.planIndexed(r.filtering)
	}
	a := &access{}
	restricted, exact, others := 0, 0, false
	for _, p := range r.partition {
		switch {
		case p == nil:
			continue
		case p.isEq() || p.isIn():
			exact++
		default:
			others = true
		}
		restricted++
	}
	a.keyed = exact == len(r.partition)
	if restricted > 0 && !a.keyed {
		if !r.filtering && (others || restricted < len(r.partition)) {
			return nil, errNeedsFiltering
		}
		for _, p := range r.partition {
			if p != nil {
				a.filters = append(a.filters, p)
			}
		}
	}
	if onlyStatic && r.hasClustering() {
		return nil, cassandra.Invalidf("Cannot restrict clustering columns when selecting only static columns")
	}
	if err := r.planClustering(a, r.filtering); err != nil {
		return nil, err
	}
	if len(r.others) > 0 {
		if !r.filtering {
			return nil, errNeedsFiltering
		}
		a.filters = append(a.filters, r.others...)
	}
	return a, nil
}

// checkFiltering refuses a scan that has to look at rows which it does not return. Cassandra does so after all other checks.
// Source: Cassandra 5.0, SelectStatement.RawStatement.checkNeedsFiltering.
func (r *restrictions) checkFiltering(a *access) error {
	if !r.filtering && !a.keyed && r.hasClustering() && !r.hasIndex() { // planIndexed has looked
		return errNeedsFiltering
	}
	return nil
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
func (r *restrictions) planClustering(a *access, filtering bool) error {
	var all []*restriction
	for i, c := range r.clusters {
		if c != nil && (i == 0 || r.clusters[i-1] != c) {
			all = append(all, c)
		}
		if c != nil && c.isContains() && !filtering {
			return cassandra.Invalidf("Clustering columns can only be restricted with CONTAINS with a secondary index or filtering")
		}
	}
	next, ended := 0, false
	var filtered []*restriction
	for _, c := range all {
		if c.columns[0].Position != next || c.isContains() || c.like != nil || ended {
			ended = true
			filtered = append(filtered, c)
			continue
		}
		next += len(c.columns)
		ended = c.isSlice()
		a.sliced = next
	}
	if len(filtered) > 0 && !filtering {
		at := 0
		for i := range r.clusters {
			if r.clusters[i] == nil {
				continue
			}
			if i != at {
				return cassandra.Invalidf("PRIMARY KEY column \"%s\" cannot be restricted as preceding column \"%s\" is not restricted", r.table.Clustering[i].Name, r.table.Clustering[at].Name)
			}
			at++
		}
		return errNeedsFiltering
	}
	a.filters = append(a.filters, filtered...)
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
		if r.table.ShownKind(o.columns[0].Kind) != schema.Static {
			return errDistinctWhere
		}
	}
	return nil
}

var errDistinctWhere = cassandra.Invalidf("SELECT DISTINCT with WHERE clause only supports restriction by partition key and/or static columns.")
