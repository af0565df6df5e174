package plan

import (
	"math"
	"time"

	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
	"helenus/internal/schema"
)

// ttlMax is the longest time to live in seconds: 20 years.
const ttlMax = 20 * 365 * 24 * 60 * 60

// expiryMax is the last second at which something may expire, in seconds since 1970.
// Source: Cassandra 5.0, ExpirationDateOverflowHandling under storage_compatibility_mode CASSANDRA_4.
const expiryMax = math.MaxInt32 - 1

// writeTimestamp is USING TIMESTAMP, or the request's.
func (m *Modify) writeTimestamp(env *Env) (int64, error) {
	if m.timestamp == nil {
		return env.Timestamp, nil
	}
	return timestampOf(m.timestamp, env)
}

func timestampOf(t Term, env *Env) (int64, error) {
	v, err := t.Eval(env)
	if err != nil {
		return 0, err
	}
	if IsUnset(v) {
		return env.Timestamp, nil
	}
	if len(v) == 0 {
		return 0, cassandra.Invalidf("Invalid null value of timestamp")
	}
	timestamp := cqltype.Int64(v)
	if timestamp == math.MinInt64 {
		return 0, cassandra.Invalidf("Out of bound timestamp, must be in [%d, %d]", math.MinInt64+1, math.MaxInt64)
	}
	return timestamp, nil
}

// timeToLive is USING TTL in seconds, or the table's default; 0 is none, also where the table has one.
func (m *Modify) timeToLive(env *Env) (int32, error) {
	standard := m.Table.Options.DefaultTimeToLive
	if m.ttl == nil {
		if standard == 0 || m.Kind == Delete {
			return 0, nil
		}
		return standard, checkExpiry(m.Table, "default ", standard, env.Now)
	}
	v, err := m.ttl.Eval(env)
	switch {
	case err != nil:
		return 0, err
	case IsUnset(v):
		return standard, checkExpiry(m.Table, "default ", standard, env.Now)
	case len(v) == 0:
		return 0, nil
	}
	ttl := int32(cqltype.Int64(v))
	if ttl < 0 {
		return 0, cassandra.Invalidf("A TTL must be greater or equal to 0, but was %d", ttl)
	}
	if ttl > ttlMax {
		return 0, cassandra.Invalidf("ttl is too large. requested (%d) maximum (%d)", ttl, ttlMax)
	}
	return ttl, checkExpiry(m.Table, "", ttl, env.Now)
}

// checkExpiry refuses what would expire later than Cassandra can express.
func checkExpiry(table *schema.Table, which string, ttl int32, now int64) error {
	if ttl == 0 || now+int64(ttl) <= expiryMax {
		return nil
	}
	return cassandra.Invalidf("Request on table %s.%s with %sttl of %d seconds exceeds maximum supported expiration date of %s. "+
		"In order to avoid this use a lower TTL, change the expiration date overflow policy or upgrade to a version where this limitation is fixed. "+
		"See CASSANDRA-14092 and CASSANDRA-14227 for more details.",
		table.Keyspace, table.Name, which, ttl, time.Unix(expiryMax, 0).UTC().Format("2006-01-02T15:04:05+00:00"))
}
