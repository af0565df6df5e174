package cqltype

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// DurationValue is a CQL duration: months, days and nanoseconds do not convert into each other. All that are not zero have the same sign.
type DurationValue struct {
	Months, Days int32
	Nanos        int64
}

// AppendDuration appends a duration's bytes: three signed variable length integers.
func AppendDuration(dst []byte, d DurationValue) []byte {
	return appendVint(appendVint(appendVint(dst, int64(d.Months)), int64(d.Days)), d.Nanos)
}

// DurationOf reads a duration's bytes.
func DurationOf(raw []byte) (DurationValue, error) {
	if len(raw) < 3 {
		return DurationValue{}, fmt.Errorf("Expected at least 3 bytes for a duration (%d)", len(raw))
	}
	var parts [3]int64
	for i := range parts {
		var err error
		if parts[i], raw, err = readVint(raw); err != nil {
			return DurationValue{}, fmt.Errorf("Expected at least 3 bytes for a duration (%d)", len(raw))
		}
	}
	months, days, nanos := parts[0], parts[1], parts[2]
	switch {
	case months != int64(int32(months)):
		return DurationValue{}, fmt.Errorf("The duration months must be a 32 bits integer but was: %d", months)
	case days != int64(int32(days)):
		return DurationValue{}, fmt.Errorf("The duration days must be a 32 bits integer but was: %d", days)
	case min(months, days, nanos) < 0 && max(months, days, nanos) > 0:
		return DurationValue{}, fmt.Errorf("The duration months, days and nanoseconds must be all of the same sign (%d, %d, %d)", months, days, nanos)
	case len(raw) > 0:
		return DurationValue{}, fmt.Errorf("Unexpected extraneous bytes after duration value")
	}
	return DurationValue{int32(months), int32(days), nanos}, nil
}

// String writes 1y2mo3d4h5m6s7ms8us9ns, leaving out what is zero; a duration of nothing is the empty string.
func (d DurationValue) String() string {
	var b strings.Builder
	if d.IsNegative() {
		b.WriteByte('-')
	}
	put := func(n uint64, unit string) {
		if n != 0 {
			b.WriteString(strconv.FormatUint(n, 10) + unit)
		}
	}
	months, nanos := magnitude(int64(d.Months)), magnitude(d.Nanos)
	put(months/12, "y")
	put(months%12, "mo")
	put(magnitude(int64(d.Days)), "d")
	put(nanos/uint64(time.Hour), "h")
	put(nanos/uint64(time.Minute)%60, "m")
	put(nanos/uint64(time.Second)%60, "s")
	put(nanos/uint64(time.Millisecond)%1000, "ms")
	put(nanos/uint64(time.Microsecond)%1000, "us")
	put(nanos%1000, "ns")
	return b.String()
}

// AddTo returns a time in milliseconds since 1970, plus the duration: months first (a day past the month's end becomes its last),
// then days, then the nanoseconds rounded down to milliseconds. Results beyond 64 bits wrap around.
// Source: Cassandra 5.0, Duration.addTo.
func (d DurationValue) AddTo(ms int64) int64 { return d.AddTimesTo(ms, 1) }

// SubtractFrom returns a time in milliseconds since 1970, minus the duration.
func (d DurationValue) SubtractFrom(ms int64) int64 { return d.AddTimesTo(ms, -1) }

// AddTimesTo adds n times the duration at once: three times a month after 31 January is 30 April.
func (d DurationValue) AddTimesTo(ms, n int64) int64 {
	ms = addMonths(ms, n*int64(d.Months))
	return ms + n*(int64(d.Days)*millisPerDay+d.Nanos/int64(time.Millisecond))
}

const millisPerDay = secondsPerDay * 1000

func addMonths(ms, months int64) int64 {
	if months == 0 {
		return ms
	}
	at := time.UnixMilli(ms).UTC()
	total := int64(at.Year())*12 + int64(at.Month()) - 1 + months
	year, month := int(floorDiv(total, 12)), int(total-floorDiv(total, 12)*12)+1
	day := min(at.Day(), daysIn(year, month))
	return time.Date(year, time.Month(month), day, at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), time.UTC).UnixMilli()
}

// IsNegative says that a part is below zero, and so none above.
func (d DurationValue) IsNegative() bool { return d.Months < 0 || d.Days < 0 || d.Nanos < 0 }

// HasDayPrecision says that there is nothing below a day.
func (d DurationValue) HasDayPrecision() bool { return d.Nanos == 0 }

// HasMillisecondPrecision says that there is nothing below a millisecond.
func (d DurationValue) HasMillisecondPrecision() bool { return d.Nanos%int64(time.Millisecond) == 0 }

// durationPartMax are the limits of months, days and nanoseconds while a duration is read.
var durationPartMax = [3]int64{math.MaxInt32, math.MaxInt32, math.MaxInt64}
