package guardrail

import "fmt"

// The guardrails of writes.
const (
	ColumnValueSize Number = iota + readNumbers
	CollectionSize
	ItemsPerCollection
	MaximumTimestamp
	MinimumTimestamp
	writeNumbers
)

var numbersOfWrites = map[Number]number{
	ColumnValueSize: {name: "column_value_size", unit: bytes, text: valueSize},
	CollectionSize: {name: "collection_size", unit: bytes, text: func(warning bool, what string, value, threshold int64) string {
		return fmt.Sprintf("Detected collection %s of size %d, this exceeds the %s threshold of %d.", what, value, severity(warning), threshold)
	}},
	ItemsPerCollection: {name: "items_per_collection", text: func(warning bool, what string, value, threshold int64) string {
		return fmt.Sprintf("Detected collection %s with %d items, this exceeds the %s threshold of %d.", what, value, severity(warning), threshold)
	}},
	MaximumTimestamp: {name: "maximum_timestamp", unit: micros, reason: "Timestamps too far in the future can lead to data that can't be easily overwritten",
		text: func(warning bool, what string, value, threshold int64) string {
			return fmt.Sprintf("The modification to table %s has a timestamp %d after the maximum allowable %s threshold %d", what, value, severity(warning), threshold)
		}},
	MinimumTimestamp: {name: "minimum_timestamp", unit: micros, least: true, reason: "Timestamps too far in the past can cause writes can be unexpectedly lost",
		text: func(warning bool, what string, value, threshold int64) string {
			return fmt.Sprintf("The modification to table %s has a timestamp %d before the minimum allowable %s threshold %d", what, value, severity(warning), threshold)
		}},
}

func valueSize(warning bool, what string, value, threshold int64) string {
	return fmt.Sprintf("Value of column '%s' has size %d, this exceeds the %s threshold of %d.", what, value, severity(warning), threshold)
}

// Features of writes.
const (
	UserTimestamps Feature = iota + readFeatures
	ReadBeforeWriteListOperations
	flags
)

var featuresOfWrites = map[Feature]feature{
	UserTimestamps:                {name: "user_timestamps", key: "user_timestamps", what: "User provided timestamps (USING TIMESTAMP)"},
	ReadBeforeWriteListOperations: {name: "read_before_write_list_operations", key: "read_before_write_list_operations"},
}

// Timestamp checks the timestamp of USING TIMESTAMP; both are microseconds since 1970.
func (g *Guard) Timestamp(timestamp, now int64, table string) error {
	if g == nil {
		return nil
	}
	around := func(n Number, sign int64) Threshold {
		t := g.Limits.thresholds[n]
		if t.Warn > 0 {
			t.Warn = now + sign*t.Warn
		}
		if t.Fail > 0 {
			t.Fail = now + sign*t.Fail
		}
		return t
	}
	if err := g.compare(MaximumTimestamp, around(MaximumTimestamp, 1), timestamp, table); err != nil {
		return err
	}
	return g.compare(MinimumTimestamp, around(MinimumTimestamp, -1), timestamp, table)
}

// Cells says whether cells have to be looked at.
func (g *Guard) Cells() bool { return g != nil && g.Limits.cells() }

func (l *Limits) cells() bool {
	return l.thresholds[ColumnValueSize].IsSet() || l.thresholds[CollectionSize].IsSet() || l.thresholds[ItemsPerCollection].IsSet()
}

// Writes says whether some guardrail may have something to say of a write, beside of its terms in indexes.
func (l *Limits) Writes() bool {
	return l.cells() || l.thresholds[MaximumTimestamp].IsSet() || l.thresholds[MinimumTimestamp].IsSet() || l.thresholds[InSelectCartesianProduct].IsSet() ||
		l.flags[UserTimestamps] != (Flag{}) || l.flags[ReadBeforeWriteListOperations] != (Flag{}) || !l.values[WriteConsistencyLevels].isEmpty()
}
