package coordinator

import (
	"fmt"
	"strconv"

	"helenus/internal/cassandra"
	"helenus/internal/schema"
)

// BlockFor is how many replicas must answer for a level, given the keyspace's replication and the coordinator's datacenter.
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
		for name, value := range k.Replication {
			if n, err := strconv.Atoi(value); err == nil && name != "class" {
				sum += n/2 + 1
			}
		}
		return sum
	case cassandra.All:
		return total
	}
	return 1
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

// CheckCounter refuses levels that counter updates don't know.
func CheckCounter(level cassandra.Consistency) error {
	if level == cassandra.Any {
		return cassandra.Invalidf("Consistency level ANY is not yet supported for counter table")
	}
	return CheckWrite(level)
}
