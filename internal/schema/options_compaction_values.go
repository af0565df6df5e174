package schema

import (
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"helenus/internal/cassandra"
)

// compactionValues are the checks of the sub-options of compaction: what they return is told to the client. Those of one strategy alone have its name
// in front.
// Source: Cassandra 5.0, the validateOptions of each strategy.
var compactionValues = map[string]func(name, value string) error{
	"enabled":                        boolValue,
	"log_all":                        quotedBool,
	"provide_overlapping_tombstones": overlappingTombstones,
	"tombstone_compaction_interval":  positiveWhole,
	"tombstone_threshold":            positiveFraction,
	"unchecked_tombstone_compaction": uncheckedBool,
	"bucket_high":                    floatValue,
	"bucket_low":                     floatValue,
	"min_sstable_size":               sizeValue,
	"fanout_size":                    largerThanZero,
	"sstable_size_in_mb":             largerThanZero,
	"compaction_window_size":         windowSize,
	"compaction_window_unit":         oneOf("DAYS", "HOURS", "MINUTES"),
	"timestamp_resolution":           oneOf("DAYS", "HOURS", "MICROSECONDS", "MILLISECONDS", "NANOSECONDS", "SECONDS"),

	"TimeWindowCompactionStrategy.expired_sstable_check_frequency_seconds": checkFrequency,
	"TimeWindowCompactionStrategy.unsafe_aggressive_sstable_expiration":    unsafeExpiration,

	"UnifiedCompactionStrategy.base_shard_count":                        shardCount,
	"UnifiedCompactionStrategy.expired_sstable_check_frequency_seconds": unifiedFrequency,
	"UnifiedCompactionStrategy.flush_size_override":                     unifiedSize,
	"UnifiedCompactionStrategy.max_sstables_to_compact":                 wholeValue,
	"UnifiedCompactionStrategy.min_sstable_size":                        unifiedMinSize,
	"UnifiedCompactionStrategy.overlap_inclusion_method":                overlapInclusion,
	"UnifiedCompactionStrategy.scaling_parameters":                      scalingParameters,
	"UnifiedCompactionStrategy.sstable_growth":                          sstableGrowth,
	"UnifiedCompactionStrategy.target_sstable_size":                     unifiedSize,
	"UnifiedCompactionStrategy.unsafe_aggressive_sstable_expiration":    boolValue,
}

// checkCompactionValues checks the sub-options of a strategy, in the order of their names.
func checkCompactionValues(strategy string, m map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		check := compactionValues[strategy+"."+name]
		if check == nil {
			check = compactionValues[name]
		}
		if check == nil {
			continue
		}
		if err := check(name, m[name]); err != nil {
			return err
		}
	}
	if strategy == "UnifiedCompactionStrategy" {
		return checkUnifiedSizes(m)
	}
	return checkBuckets(m)
}

func isBool(value string) bool {
	return strings.EqualFold(value, "true") || strings.EqualFold(value, "false")
}

func boolValue(name, value string) error {
	if !isBool(value) {
		return cassandra.Configf("%s should either be 'true' or 'false', not %s", name, value)
	}
	return nil
}

func quotedBool(name, value string) error { return boolValue("'"+name+"'", value) }

func uncheckedBool(name, value string) error {
	if !isBool(value) {
		return cassandra.Configf("'%s' should be either 'true' or 'false', not '%s'", name, value)
	}
	return nil
}

func overlappingTombstones(name, value string) error {
	if upper := strings.ToUpper(value); upper != "NONE" && upper != "ROW" && upper != "CELL" {
		return cassandra.Configf("Invalid value %s for '%s' compaction sub-option - must be one of the following [NONE, ROW, CELL].", upper, name)
	}
	return nil
}

func whole(name, value string) (int64, error) {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return 0, cassandra.Configf("%s is not a parsable int (base10) for %s", value, name)
	}
	return n, nil
}

func wholeValue(name, value string) error {
	_, err := whole(name, value)
	return err
}

func positiveWhole(name, value string) error {
	n, err := whole(name, value)
	if err == nil && n < 0 {
		return cassandra.Configf("%s must be greater than 0, but was %d", name, n)
	}
	return err
}

func largerThanZero(name, value string) error {
	n, err := whole(name, value)
	if err == nil && n < 1 {
		return cassandra.Configf("%s must be larger than 0, but was %d", name, n)
	}
	return err
}

func positiveFraction(name, value string) error {
	v, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return cassandra.Configf("%s is not a parsable int (base10) for %s", value, name)
	}
	if v < 0 {
		return cassandra.Configf("%s must be greater than 0, but was %f", name, v)
	}
	return nil
}

func floatValue(name, value string) error {
	if _, err := strconv.ParseFloat(value, 64); err != nil {
		return cassandra.Configf("%s is not a parsable float for %s", value, name)
	}
	return nil
}

func sizeValue(name, value string) error {
	n, err := whole(name, value)
	if err == nil && n < 0 {
		return cassandra.Configf("%s must be non negative: %d", name, n)
	}
	return err
}

// checkBuckets compares the two bounds of a bucket of SizeTieredCompactionStrategy; both are numbers.
func checkBuckets(m map[string]string) error {
	bound := func(name string, standard float64) float64 {
		if v, err := strconv.ParseFloat(m[name], 64); err == nil {
			return v
		}
		return standard
	}
	if low, high := bound("bucket_low", 0.5), bound("bucket_high", 1.5); high <= low {
		return cassandra.Configf("bucket_high value (%s) is less than or equal to the bucket_low value (%s)", javaNumber(high), javaNumber(low))
	}
	return nil
}

// javaNumber is a number with at least one digit behind the point.
func javaNumber(v float64) string {
	text := strconv.FormatFloat(v, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

func windowSize(name, value string) error {
	n, err := whole(name, value)
	if err == nil && n < 1 {
		return cassandra.Configf("%d must be greater than 1 for %s", n, name)
	}
	return err
}

func oneOf(words ...string) func(name, value string) error {
	return func(name, value string) error {
		if !slices.Contains(words, value) {
			return cassandra.Configf("%s is not valid for %s", value, name)
		}
		return nil
	}
}

func checkFrequency(name, value string) error {
	n, err := whole(name, value)
	if err == nil && n < 0 {
		return cassandra.Configf("%s must not be negative, but was %d", name, n)
	}
	return err
}

func unsafeExpiration(name, value string) error {
	switch {
	case !isBool(value):
		return cassandra.Configf("%s is not 'true' or 'false' (%s)", name, value)
	case strings.EqualFold(value, "true"):
		return cassandra.Configf("%s is requested but not allowed, restart cassandra with -Dcassandra.allow_%s=true to allow it", name, name)
	}
	return nil
}

func shardCount(name, value string) error {
	n, err := whole(name, value)
	if err == nil && n <= 0 {
		return cassandra.Configf("Invalid configuration, %s should be positive: %d", name, n)
	}
	return err
}

func unifiedFrequency(name, value string) error {
	n, err := strconv.ParseInt(value, 10, 64)
	switch {
	case err != nil:
		return cassandra.Configf("%s is not a parsable long (base10) for %s", value, name)
	case n <= 0:
		return cassandra.Configf("Invalid configuration, %s should be positive: %d", name, n)
	}
	return nil
}

func overlapInclusion(_, value string) error {
	if upper := strings.ToUpper(value); upper != "NONE" && upper != "SINGLE" && upper != "TRANSITIVE" {
		return cassandra.Configf("Invalid overlap inclusion method %s. The valid options are [NONE, SINGLE, TRANSITIVE].", value)
	}
	return nil
}

var scalingForm = regexp.MustCompile(`^(N|L([0-9]+)|T([0-9]+)|[+-]?[0-9]+)$`)

func scalingParameters(_, value string) error {
	for _, p := range strings.Split(value, ",") {
		p = strings.TrimSpace(p)
		m := scalingForm.FindStringSubmatch(p)
		if m == nil {
			return cassandra.Configf("Scaling parameter %s must match N|L[0-9]+|T[0-9]+|[+-]?[0-9]+", p)
		}
		if factor := m[2] + m[3]; factor != "" {
			if n, err := strconv.Atoi(factor); err != nil || n < 2 {
				return cassandra.Configf("Fan factor cannot be lower than 2 in %s", p)
			}
		}
	}
	return nil
}

func sstableGrowth(name, value string) error {
	v, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return cassandra.Configf("%s is not a valid number between 0 and 1: For input string: \"%s\"", name, value)
	}
	if !(v >= 0 && v <= 1) {
		return cassandra.Configf("%s %s must be between 0 and 1", name, value)
	}
	return nil
}

var (
	bytesForm   = regexp.MustCompile(`^([-+]?[0-9]*\.?[0-9]+)\s*([kKMGTPE]?)(i?)$`)
	binaryUnits = []string{"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"}
)

const unifiedTarget = "1GiB" // the standard of target_sstable_size

// humanBytes reads a size such as 100MiB or 1.5 GB; problem says what is wrong with it.
func humanBytes(value string) (n float64, problem string) {
	number, ok := strings.CutSuffix(value, "B")
	if !ok {
		return 0, value + " does not end in unit B"
	}
	m := bytesForm.FindStringSubmatch(number)
	if m == nil {
		return 0, "a number with a unit such as 100MiB is needed"
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return 0, err.Error()
	}
	step := 1000.0
	if m[3] != "" {
		step = 1024
	}
	return n * math.Pow(step, float64(strings.Index(" kMGTPE", strings.Replace(m[2]+" ", "K", "k", 1)[:1]))), ""
}

// binaryBytes is a size as Cassandra prints it: 1.000MiB.
func binaryBytes(n float64) string {
	unit := 0
	for n >= 1024 && unit < len(binaryUnits)-1 {
		n /= 1024
		unit++
	}
	return strconv.FormatFloat(n, 'f', 3, 64) + binaryUnits[unit] + "B"
}

func unifiedSize(name, value string) error {
	n, problem := humanBytes(value)
	if problem != "" {
		return cassandra.Configf("%s %s is not a valid size in bytes: %s", name, value, problem)
	}
	if n < 1<<20 {
		return cassandra.Configf("%s %s is not acceptable, size must be at least %s", name, value, binaryBytes(1<<20))
	}
	return nil
}

func unifiedMinSize(name, value string) error {
	n, problem := humanBytes(value)
	if problem != "" {
		return cassandra.Configf("%s is not a valid size in bytes for %s", value, name)
	}
	if n < 0 {
		return cassandra.Configf("Invalid configuration, %s should be greater than or equals to 0 (zero)", name)
	}
	return nil
}

// checkUnifiedSizes compares the smallest size with the one that is aimed at; both can be read.
func checkUnifiedSizes(m map[string]string) error {
	text, ok := m["min_sstable_size"]
	if !ok {
		return nil
	}
	aim := unifiedTarget
	if given, ok := m["target_sstable_size"]; ok {
		aim = given
	}
	size, _ := humanBytes(text) // both were checked
	target, _ := humanBytes(aim)
	if size >= math.Ceil(target*math.Sqrt(0.5)) {
		return cassandra.Configf("Invalid configuration, min_sstable_size (%s) should be less than 70%% of the targetSSTableSize (%s)", binaryBytes(size), binaryBytes(target))
	}
	return nil
}
