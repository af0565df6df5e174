package schema

import (
	"encoding/hex"
	"math"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
)

// ttlMax is the longest default_time_to_live: 20 years in seconds.
const ttlMax = 20 * 365 * 24 * 3600

// DefaultOptions returns the options of a table created without WITH. Its maps must not be changed.
// Source: Cassandra 5.0, TableParams.
func DefaultOptions() TableOptions {
	return TableOptions{
		AdditionalWritePolicy: "99p", AllowAutoSnapshot: true, BloomFilterFPChance: 0.01,
		Caching: map[string]string{"keys": "ALL", "rows_per_partition": "NONE"},
		Compaction: map[string]string{
			"class": compactionPackage + "SizeTieredCompactionStrategy", "max_threshold": "32", "min_threshold": "4",
		},
		Compression:    map[string]string{"chunk_length_in_kb": "16", "class": compressPackage + "LZ4Compressor"},
		CRCCheckChance: 1, GCGraceSeconds: 864000, IncrementalBackups: true, MaxIndexInterval: 2048, Memtable: "default",
		MinIndexInterval: 128, ReadRepair: "BLOCKING", SpeculativeRetry: "99p",
	}
}

var tableProperties = []string{
	"additional_write_policy", "allow_auto_snapshot", "bloom_filter_fp_chance", "caching", "cdc", "comment", "compaction", "compression",
	"crc_check_chance", "default_time_to_live", "extensions", "gc_grace_seconds", "id", "incremental_backups", "max_index_interval",
	"memtable", "memtable_flush_period_in_ms", "min_index_interval", "read_repair", "speculative_retry",
}

// newOptions reads the options of CREATE TABLE; the id is uuid.Nil when none is given.
func newOptions(all []cql.Property) (TableOptions, TableID, error) {
	p, err := readProperties(all, tableProperties...)
	if err != nil {
		return TableOptions{}, uuid.Nil, err
	}
	o, err := readOptions(DefaultOptions(), p)
	if err != nil || !p.has("id") {
		return o, uuid.Nil, err
	}
	text, err := p.text("id", "")
	if err != nil {
		return o, uuid.Nil, err
	}
	id, err := uuid.Parse(text)
	if err != nil || len(text) != 36 {
		return o, uuid.Nil, cassandra.Configf("Invalid table id")
	}
	return o, id, nil
}

// alterOptions reads the options of ALTER TABLE on top of the table's.
func alterOptions(old TableOptions, all []cql.Property) (TableOptions, error) {
	p, err := readProperties(all, tableProperties...)
	if err != nil {
		return old, err
	}
	if p.has("id") {
		return old, cassandra.Configf("Cannot alter table id.")
	}
	return readOptions(old, p)
}

// optionReader collects the first error.
type optionReader struct {
	p   properties
	err error
}

func (r *optionReader) text(name string, to *string) { take(r, name, to, r.p.text) }

func (r *optionReader) boolean(name string, to *bool) { take(r, name, to, r.p.boolean) }

func (r *optionReader) integer(name string, to *int32) { take(r, name, to, r.p.integer) }

func (r *optionReader) double(name string, to *float64) { take(r, name, to, r.p.double) }

func take[V any](r *optionReader, name string, to *V, read func(string, V) (V, error)) {
	if r.err != nil {
		return
	}
	v, err := read(name, *to)
	if err != nil {
		r.err = err
		return
	}
	*to = v
}

func (r *optionReader) mapping(name string, to *map[string]string, check func(map[string]string) (map[string]string, error)) {
	if r.err != nil {
		return
	}
	m, err := r.p.mapping(name)
	if err == nil && m != nil {
		m, err = check(m)
	}
	if err != nil {
		r.err = err
	} else if m != nil {
		*to = m
	}
}

func readOptions(o TableOptions, p properties) (TableOptions, error) {
	r := optionReader{p: p}
	r.text("additional_write_policy", &o.AdditionalWritePolicy)
	r.boolean("allow_auto_snapshot", &o.AllowAutoSnapshot)
	r.double("bloom_filter_fp_chance", &o.BloomFilterFPChance)
	r.mapping("caching", &o.Caching, checkCaching)
	r.boolean("cdc", &o.CDC)
	r.text("comment", &o.Comment)
	r.mapping("compaction", &o.Compaction, checkCompaction)
	r.mapping("compression", &o.Compression, checkCompression)
	r.double("crc_check_chance", &o.CRCCheckChance)
	r.integer("default_time_to_live", &o.DefaultTimeToLive)
	r.mapping("extensions", new(map[string]string), func(m map[string]string) (map[string]string, error) {
		return m, readExtensions(&o, m)
	})
	r.integer("gc_grace_seconds", &o.GCGraceSeconds)
	r.boolean("incremental_backups", &o.IncrementalBackups)
	r.integer("max_index_interval", &o.MaxIndexInterval)
	r.text("memtable", &o.Memtable)
	r.integer("memtable_flush_period_in_ms", &o.MemtableFlushPeriodInMs)
	r.integer("min_index_interval", &o.MinIndexInterval)
	r.text("read_repair", &o.ReadRepair)
	r.text("speculative_retry", &o.SpeculativeRetry)
	if r.err != nil {
		return o, r.err
	}
	return o, checkOptions(&o)
}

func readExtensions(o *TableOptions, m map[string]string) error {
	o.Extensions = make(map[string][]byte, len(m))
	for name, value := range m {
		raw, err := hex.DecodeString(strings.TrimPrefix(value, "0x"))
		if err != nil {
			return cassandra.Syntaxf("Invalid value for property 'extensions'. It should be a map of blobs.")
		}
		o.Extensions[name] = raw
	}
	return nil
}

// checkOptions checks the ranges and brings the policies into their printed form.
func checkOptions(o *TableOptions) error {
	var err error
	if o.SpeculativeRetry, err = retryPolicy("speculative_retry", o.SpeculativeRetry); err != nil {
		return err
	}
	if o.AdditionalWritePolicy, err = retryPolicy("additional_write_policy", o.AdditionalWritePolicy); err != nil {
		return err
	}
	o.ReadRepair = strings.ToUpper(o.ReadRepair)
	if o.ReadRepair != "BLOCKING" && o.ReadRepair != "NONE" {
		return cassandra.Configf("Invalid value '%s' for option 'read_repair': allowed are NONE and BLOCKING", o.ReadRepair)
	}
	switch o.Memtable {
	case "default", "skiplist", "trie":
	default:
		return cassandra.Configf("Memtable configuration \"%s\" not found.", o.Memtable)
	}
	if v := o.BloomFilterFPChance; !(v > 6.71e-5 && v <= 1) {
		return cassandra.Configf("bloom_filter_fp_chance must be larger than 6.71E-5 and less than or equal to 1.0 (got %s)", javaDouble(v))
	}
	if v := o.CRCCheckChance; !(v >= 0 && v <= 1) {
		return cassandra.Configf("crc_check_chance must be larger than or equal to 0 and smaller than or equal to 1.0 (got %s)", javaDouble(v))
	}
	for _, c := range [...]struct {
		name  string
		value int32
		least int32
	}{
		{"default_time_to_live", o.DefaultTimeToLive, 0}, {"gc_grace_seconds", o.GCGraceSeconds, 0}, {"min_index_interval", o.MinIndexInterval, 1},
	} {
		if c.value < c.least {
			return cassandra.Configf("%s must be greater than or equal to %d (got %d)", c.name, c.least, c.value)
		}
	}
	if o.DefaultTimeToLive > ttlMax {
		return cassandra.Configf("default_time_to_live must be less than or equal to %d (got %d)", ttlMax, o.DefaultTimeToLive)
	}
	if o.MaxIndexInterval < o.MinIndexInterval {
		return cassandra.Configf("max_index_interval must be greater than or equal to min_index_interval (%d) (got %d)", o.MinIndexInterval, o.MaxIndexInterval)
	}
	if o.MemtableFlushPeriodInMs < 0 {
		return cassandra.Configf("memtable_flush_period_in_ms must be greater than or equal to 0 (got %d)", o.MemtableFlushPeriodInMs)
	}
	return nil
}

// javaDouble writes a number as Java's Double.toString does: 0.01, 1.0, 6.71E-5.
func javaDouble(v float64) string {
	if a := math.Abs(v); a != 0 && (a < 1e-3 || a >= 1e7) && !math.IsInf(v, 0) {
		mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(v, 'E', -1, 64), "E")
		if !strings.Contains(mantissa, ".") {
			mantissa += ".0"
		}
		n, err := strconv.Atoi(exponent)
		if err != nil {
			return mantissa
		}
		return mantissa + "E" + strconv.Itoa(n)
	}
	s := strconv.FormatFloat(v, 'f', -1, 64)
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 0):
		return strings.Replace(s, "Inf", "Infinity", 1)
	case !strings.Contains(s, "."):
		return s + ".0"
	}
	return s
}
