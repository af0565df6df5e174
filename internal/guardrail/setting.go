package guardrail

import (
	"fmt"
	"slices"
	"strings"
)

// Kind is how a setting is written.
type Kind uint8

const (
	Count Kind = iota // a number; -1: none
	Size              // of bytes, with a unit; empty: none
	Time              // with a unit; empty: none
	Truth             // true or false
	Words             // a list
)

// Setting is a key of cassandra.yaml. Of its functions that of its kind is there.
type Setting struct {
	Key, About string
	Kind       Kind
	// Default is as cassandra.yaml would have it.
	Default string
	// Known are the words that a list may have.
	Known []string
	// Number takes bytes, microseconds or a count.
	Number func(l *Limits, value int64)
	Truth  func(l *Limits, value bool)
	Words  func(l *Limits, all []string)
}

// Settings are all keys, family by family.
func Settings() (all []Setting) {
	for n := range thresholds {
		d := &numbers[n]
		all = append(all,
			Setting{Key: d.name + "_warn_threshold", Kind: d.unit.kind(), Default: d.unit.text(d.warn), About: "from where on clients are warned", Number: func(l *Limits, v int64) { l.thresholds[n].Warn = v }},
			Setting{Key: d.name + "_fail_threshold", Kind: d.unit.kind(), Default: d.unit.text(d.fail), About: "from where on they are refused", Number: func(l *Limits, v int64) { l.thresholds[n].Fail = v }})
	}
	for f := range flags {
		d := &features[f]
		all = append(all, Setting{Key: d.key + "_enabled", Kind: Truth, Default: "true", About: "whether it is allowed", Truth: func(l *Limits, v bool) { l.flags[f].Disabled = !v }})
		if d.warned != "" {
			all = append(all, Setting{Key: d.key + "_warned", Kind: Truth, Default: d.warned, About: "whether clients are warned of it", Truth: func(l *Limits, v bool) { l.flags[f].Warned = v }})
		}
	}
	for i := range valueLists {
		d := &lists[i]
		words := func(key, about string, of func(v *Values) *[]string) {
			all = append(all, Setting{Key: d.name + key, Kind: Words, About: about, Known: d.known(), Words: func(l *Limits, all []string) { *of(&l.values[i]) = all }})
		}
		words("_warned", "of which clients are warned", func(v *Values) *[]string { return &v.Warned })
		if d.ignores {
			words("_ignored", "which count as not given, with a warning", func(v *Values) *[]string { return &v.Ignored })
		}
		words("_disallowed", "which are refused", func(v *Values) *[]string { return &v.Disallowed })
	}
	return append(all, diskSettings()...)
}

// Check finds thresholds for failures that are exceeded before those for warnings are.
func (l *Limits) Check() (faults []string) {
	for n := range thresholds {
		t, d := l.thresholds[n], &numbers[n]
		if t.Warn <= 0 || t.Fail <= 0 {
			continue
		}
		if low := d.least && d.unit != micros; !low && t.Fail < t.Warn || low && t.Fail > t.Warn {
			faults = append(faults, fmt.Sprintf("%s_fail_threshold is reached before %[1]s_warn_threshold: nobody would be warned", d.name))
		}
	}
	return append(faults, l.checkDisk()...)
}

func (u unit) kind() Kind { return [...]Kind{counted: Count, bytes: Size, micros: Time}[u] }

func (u unit) text(value int64) string {
	switch {
	case u == counted:
		return "-1"
	case value == 0:
		return ""
	}
	return fmt.Sprintf("%dKiB", value>>10)
}

// numbers, features and lists are those of all families.
var (
	numbers  = allNumbers()
	features = allFeatures()
	lists    = [valueLists]list{
		TableProperties:        {name: "table_properties", what: "Table Properties", ignores: true, known: tableProperties},
		ReadConsistencyLevels:  {name: "read_consistency_levels", what: "read consistency levels", known: consistencyLevels},
		WriteConsistencyLevels: {name: "write_consistency_levels", what: "write consistency levels", known: consistencyLevels},
	}
)

func allNumbers() (all [thresholds]number) {
	for _, family := range []map[Number]number{numbersOfSchema, numbersOfReads, numbersOfWrites, numbersOfIndexes} {
		for n, d := range family {
			all[n] = d
		}
	}
	return all
}

func allFeatures() (all [flags]feature) {
	for _, family := range []map[Feature]feature{featuresOfSchema, featuresOfReads, featuresOfWrites} {
		for f, d := range family {
			all[f] = d
		}
	}
	return all
}

// tableProperties are the names that CREATE TABLE takes in WITH.
func tableProperties() []string {
	return []string{
		"additional_write_policy", "allow_auto_snapshot", "bloom_filter_fp_chance", "caching", "cdc", "comment", "compaction", "compression",
		"crc_check_chance", "default_time_to_live", "extensions", "gc_grace_seconds", "id", "incremental_backups", "max_index_interval",
		"memtable", "memtable_flush_period_in_ms", "min_index_interval", "read_repair", "speculative_retry",
	}
}

// Missing returns the words that are none of those known.
func (s *Setting) Missing(words []string) (missing []string) {
	for _, w := range words {
		if !slices.Contains(s.Known, w) && !slices.Contains(s.Known, strings.ToUpper(w)) {
			missing = append(missing, w)
		}
	}
	return missing
}
