package coordinator

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/schema"
)

// BlockFor is how many replicas must answer for a level, given the keyspace's replication and the coordinator's datacenter. It is never 0: a
// keyspace that no datacenter replicates meets no level.
// Source: Cassandra 5.0, ConsistencyLevel.blockFor.
func BlockFor(level cassandra.Consistency, k *schema.Keyspace, datacenter string) int {
	switch level { // the common ones need no look at the replication
	case cassandra.Any, cassandra.One, cassandra.LocalOne:
		return 1
	}
	total := k.ReplicationFactor()
	local := total
	if k.Replication["class"] == "NetworkTopologyStrategy" {
		local = 0
		if n, err := strconv.Atoi(k.Replication[datacenter]); err == nil {
			local = n
		}
	}
	switch level {
	case cassandra.Two:
		return 2
	case cassandra.Three:
		return 3
	case cassandra.Quorum, cassandra.Serial:
		return total/2 + 1
	case cassandra.LocalQuorum, cassandra.LocalSerial:
		return local/2 + 1
	case cassandra.EachQuorum:
		if k.Replication["class"] != "NetworkTopologyStrategy" {
			return total/2 + 1
		}
		sum := 0
		for _, f := range factors(k) {
			sum += f.replicas/2 + 1
		}
		return max(sum, 1)
	case cassandra.All:
		return max(total, 1)
	}
	return 1
}

// factor is how many replicas a datacenter has.
type factor struct {
	datacenter string
	replicas   int
}

// factors are those of a NetworkTopologyStrategy's datacenters that have replicas, in the order of their names.
func factors(k *schema.Keyspace) []factor {
	var all []factor
	for name, value := range k.Replication {
		if n, err := strconv.Atoi(value); err == nil && name != "class" && n > 0 {
			all = append(all, factor{name, n})
		}
	}
	slices.SortFunc(all, func(a, b factor) int { return strings.Compare(a.datacenter, b.datacenter) })
	return all
}

// Unavailable is the refusal of a level that the live replicas can't meet.
func Unavailable(level cassandra.Consistency, required, alive int) *cassandra.Error {
	return &cassandra.Error{
		Code:    cassandra.CodeUnavailable,
		Message: fmt.Sprintf("Cannot achieve consistency level %s", level),

		Consistency: level, Required: int32(required), Received: int32(alive),
	}
}

// CheckRead refuses levels that reads don't know.
func CheckRead(level cassandra.Consistency) error {
	switch level {
	case cassandra.Any:
		return cassandra.Invalidf("ANY ConsistencyLevel is only supported for writes")
	}
	return nil
}

// CheckWrite refuses levels that plain writes don't know.
func CheckWrite(level cassandra.Consistency) error {
	if level.IsSerial() {
		return cassandra.Invalidf("You must use conditional updates for serializable writes")
	}
	return nil
}

// CheckCounter refuses levels that writes to a counter table don't know.
// Source: Cassandra 5.0, ConsistencyLevel.validateCounterForWrite.
func CheckCounter(level cassandra.Consistency, table string) error {
	if level == cassandra.Any {
		return cassandra.Invalidf("Consistency level ANY is not yet supported for counter table %s", table)
	}
	if level.IsSerial() {
		return cassandra.Invalidf("Counter operations are inherently non-serializable")
	}
	return nil
}
