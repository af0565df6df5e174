package schema

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"helenus/internal/cassandra"
)

const compactionPackage = "org.apache.cassandra.db.compaction."

// generalCompaction are the options that every strategy takes.
var generalCompaction = []string{
	"class", "enabled", "log_all", "only_purge_repaired_tombstones", "provide_overlapping_tombstones", "tombstone_compaction_interval",
	"tombstone_threshold", "unchecked_tombstone_compaction",
}

var thresholds = []string{"max_threshold", "min_threshold"}

var sizeTiered = []string{"bucket_high", "bucket_low", "min_sstable_size"}

// compactionOptions are the strategies and what each takes besides generalCompaction.
var compactionOptions = map[string][]string{
	"SizeTieredCompactionStrategy": slices.Concat(thresholds, sizeTiered),
	"LeveledCompactionStrategy": slices.Concat(thresholds, sizeTiered, []string{
		"fanout_size", "single_sstable_uplevel", "sstable_size_in_mb",
	}),
	"TimeWindowCompactionStrategy": slices.Concat(thresholds, sizeTiered, []string{
		"compaction_window_size", "compaction_window_unit", "expired_sstable_check_frequency_seconds", "timestamp_resolution",
		"unsafe_aggressive_sstable_expiration",
	}),
	"UnifiedCompactionStrategy": {
		"base_shard_count", "expired_sstable_check_frequency_seconds", "flush_size_override", "max_sstables_to_compact", "min_sstable_size",
		"overlap_inclusion_method", "scaling_parameters", "sstable_growth", "target_sstable_size", "unsafe_aggressive_sstable_expiration",
	},
}

// checkCompaction checks a compaction map and returns it with the class's full name and the thresholds filled in. Helenus compacts in
// its own way; the options are kept so that a schema taken elsewhere still says them.
func checkCompaction(m map[string]string) (map[string]string, error) {
	class, ok := m["class"]
	if !ok {
		return nil, cassandra.Configf("Missing sub-option 'class' for the 'compaction' option")
	}
	short := strings.TrimPrefix(class, compactionPackage)
	known, ok := compactionOptions[short]
	if !ok {
		if !strings.Contains(class, ".") {
			class = compactionPackage + class
		}
		return nil, cassandra.Configf("Unable to find compaction strategy class '%s'", class)
	}
	var strangers []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if !slices.Contains(generalCompaction, name) && !slices.Contains(known, name) {
			strangers = append(strangers, name)
		}
	}
	if len(strangers) > 0 {
		return nil, cassandra.Configf("Properties specified [%s] are not understood by %s", strings.Join(strangers, ", "), short)
	}
	if err := checkCompactionValues(short, m); err != nil {
		return nil, err
	}
	out := maps.Clone(m)
	out["class"] = compactionPackage + short
	if slices.Contains(known, "min_threshold") {
		return out, checkThresholds(out)
	}
	return out, nil
}

func checkThresholds(m map[string]string) error {
	var value [2]int
	for i, name := range [...]string{"min_threshold", "max_threshold"} {
		if _, ok := m[name]; !ok {
			m[name] = [...]string{"4", "32"}[i]
		}
		n, err := strconv.Atoi(m[name])
		if err != nil {
			return cassandra.Configf("Invalid value %s for '%s' compaction sub-option - must be an integer", m[name], name)
		}
		value[i] = n
	}
	low, high := value[0], value[1]
	switch {
	case high <= 0 && low > 0:
		return cassandra.Configf("Disabling compaction by setting compaction thresholds to 0 has been removed, set the compaction option 'enabled' to false instead.")
	case low <= 0:
		return cassandra.Configf("Disabling compaction by setting min/max compaction thresholds to 0 has been removed, set the compaction option 'enabled' to 'false' instead.")
	case low <= 1:
		return cassandra.Configf("Min compaction threshold cannot be less than 2 (got %d)", low)
	case low > high:
		return cassandra.Configf("Min compaction threshold (got %d) cannot be greater than max compaction threshold (got %d)", low, high)
	}
	return nil
}
