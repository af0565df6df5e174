package guardrail

import (
	"fmt"

	"helenus/internal/cassandra"
)

// The guardrails of reads.
const (
	PageSize Number = iota + schemaNumbers
	PartitionKeysInSelect
	InSelectCartesianProduct // also of what is changed
	readNumbers
)

var numbersOfReads = map[Number]number{
	PageSize: {name: "page_size", text: func(warning bool, what string, value, threshold int64) string {
		if warning {
			return fmt.Sprintf("Query for table %s with page size %d exceeds warning threshold of %d.", what, value, threshold)
		}
		return fmt.Sprintf("Aborting query for table %s, page size %d exceeds fail threshold of %d.", what, value, threshold)
	}},
	PartitionKeysInSelect: {name: "partition_keys_in_select", text: func(warning bool, what string, value, threshold int64) string {
		if warning {
			return fmt.Sprintf("Query with partition keys in IN clause on table %s, with number of partition keys %d exceeds warning threshold of %d.", what, value, threshold)
		}
		return fmt.Sprintf("Aborting query with partition keys in IN clause on table %s, number of partition keys %d exceeds fail threshold of %d.", what, value, threshold)
	}},
	InSelectCartesianProduct: {name: "in_select_cartesian_product", text: func(warning bool, what string, value, threshold int64) string {
		if warning {
			return fmt.Sprintf("The cartesian product of the IN restrictions on %s produces %d values, this exceeds warning threshold of %d.", what, value, threshold)
		}
		return fmt.Sprintf("Aborting query because the cartesian product of the IN restrictions on %s produces %d values, this exceeds fail threshold of %d.", what, value, threshold)
	}},
}

// Features of reads.
const (
	GroupBy Feature = iota + schemaFeatures
	AllowFiltering
	IntersectFilteringQuery
	NonPartitionRestrictedIndexQuery
	readFeatures
)

var featuresOfReads = map[Feature]feature{
	GroupBy: {name: "group_by", key: "group_by", what: "GROUP BY functionality"},
	AllowFiltering: {name: "allow_filtering", key: "allow_filtering", what: "Querying with ALLOW FILTERING",
		reason: "ALLOW FILTERING can potentially visit all the data in the table and have unpredictable performance."},
	IntersectFilteringQuery: {name: "intersect_filtering_query", key: "intersect_filtering_query", warned: "false", what: "Filtering query with intersection on mutable columns at consistency level requiring coordinator reconciliation",
		reason: "Filtering queries involving an intersection on multiple mutable (i.e. non-key) columns over unrepaired data at read consistency levels that would require coordinator reconciliation may violate the guarantees of those consistency levels."},
	NonPartitionRestrictedIndexQuery: {name: "non_partition_restricted_index_query_enabled", key: "non_partition_restricted_index_query", what: "Non-partition key restricted query",
		reason: "Executing a query on secondary indexes without partition key restriction might degrade performance"},
}

// Consistency levels of reads and of writes.
const (
	ReadConsistencyLevels List = iota + TableProperties + 1
	WriteConsistencyLevels
	valueLists
)

// Reads says whether some guardrail may have something to say of a read.
func (l *Limits) Reads() bool {
	for n := PageSize; n < readNumbers; n++ {
		if l.thresholds[n].IsSet() {
			return true
		}
	}
	for f := GroupBy; f < readFeatures; f++ {
		if l.flags[f] != (Flag{}) {
			return true
		}
	}
	return !l.values[ReadConsistencyLevels].isEmpty()
}

func (v *Values) isEmpty() bool { return v.Warned == nil && v.Ignored == nil && v.Disallowed == nil }

func consistencyLevels() (names []string) {
	for c := cassandra.Any; c <= cassandra.LocalOne; c++ {
		names = append(names, c.String())
	}
	return names
}
