package cqltype

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// timestampLayouts are the forms of Cassandra's TimestampSerializer: a date, a time down to milliseconds, a zone.
var timestampLayouts = func() []string {
	var all []string
	for _, date := range []string{"2006-01-02", "2006-1-2"} {
		all = append(all, date, date+"Z07:00", date+"-0700", date+" MST")
		for _, sep := range []string{" ", "T"} {
			for _, clock := range []string{"15:04", "15:04:05", "15:04:05.999999999"} {
				for _, zone := range []string{"", "Z07:00", "-0700", "Z07", " Z07:00", " -0700", " MST"} {
					all = append(all, date+sep+clock+zone)
				}
			}
		}
	}
	return all
}()

// ParseTimestamp reads milliseconds since the epoch from a number or a date with or without a time.
func ParseTimestamp(text string) (int64, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, nil
	}
	for _, layout := range timestampLayouts {
		if at, err := time.Parse(layout, text); err == nil {
			if name, _ := at.Zone(); strings.HasSuffix(layout, "MST") && name != "UTC" && name != "GMT" {
				continue // a zone that time does not know has offset zero
			}
			return at.UnixMilli(), nil
		}
	}
	return 0, fmt.Errorf("Unable to parse a date/time from '%s'", text)
}

// FormatTimestamp writes milliseconds as cqlsh and error messages do: 2020-01-01 00:00:00.000Z.
func FormatTimestamp(ms int64) string {
	return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z")
}

// Date values are days with the epoch at 2^31.
const dateEpoch = 1 << 31

// ParseDate reads a date's raw value from yyyy-mm-dd or a number.
func ParseDate(text string) (uint32, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		if n < 0 || n > math.MaxUint32 {
			return 0, fmt.Errorf("Unable to make unsigned int (for date) from: '%s'", text)
		}
		return uint32(n), nil
	}
	negative := strings.HasPrefix(text, "-")
	parts := strings.Split(strings.TrimPrefix(text, "-"), "-")
	if len(parts) == 3 && len(parts[0]) >= 4 {
		y, err1 := strconv.Atoi(parts[0])
		m, err2 := strconv.Atoi(parts[1])
		d, err3 := strconv.Atoi(parts[2])
		if negative {
			y = -y
		}
		if err1 == nil && err2 == nil && err3 == nil && m >= 1 && m <= 12 && d >= 1 && d <= 31 && y >= -5877641 && y <= 5881580 {
			at := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
			days := at.Unix() / 86400
			if at.Month() == time.Month(m) && days >= -dateEpoch && days < dateEpoch {
				return uint32(days + dateEpoch), nil
			}
		}
	}
	return 0, fmt.Errorf("Unable to coerce '%s' to a formatted date (long)", text)
}

// DaysToDate and DateToDays convert between days since 1970 and a date's raw value.
func DaysToDate(days int64) uint32 { return uint32(days + dateEpoch) }
func DateToDays(raw uint32) int64  { return int64(raw) - dateEpoch }

// FormatDate writes yyyy-mm-dd.
func FormatDate(raw uint32) string {
	return time.Unix(DateToDays(raw)*86400, 0).UTC().Format("2006-01-02")
}

const dayNanos = 24 * int64(time.Hour)

// ParseTime reads nanoseconds since midnight from hh:mm:ss[.fffffffff] or a number.
func ParseTime(text string) (int64, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		if n < 0 || n >= dayNanos {
			return 0, fmt.Errorf("Input long out of bounds: %d", n)
		}
		return n, nil
	}
	fail := fmt.Errorf("(TimeType) Unable to coerce '%s' to a formatted time (long)", text)
	clock, fraction, hasFraction := strings.Cut(text, ".")
	parts := strings.Split(clock, ":")
	if len(parts) != 3 || hasFraction && (fraction == "" || len(fraction) > 9) {
		return 0, fail
	}
	var n [3]int64
	for i, p := range parts {
		v, err := strconv.ParseUint(p, 10, 8)
		if err != nil || v >= [...]uint64{24, 60, 60}[i] {
			return 0, fail
		}
		n[i] = int64(v)
	}
	nanos := int64(0)
	if hasFraction {
		v, err := strconv.ParseUint(fraction+strings.Repeat("0", 9-len(fraction)), 10, 32)
		if err != nil {
			return 0, fail
		}
		nanos = int64(v)
	}
	return (n[0]*3600+n[1]*60+n[2])*1e9 + nanos, nil
}

// FormatTime writes hh:mm:ss.fffffffff.
func FormatTime(ns int64) string {
	s := ns / 1e9
	return fmt.Sprintf("%02d:%02d:%02d.%09d", s/3600, s/60%60, s%60, ns%1e9)
}

// DurationValue is a CQL duration; its parts have the same sign.
type DurationValue struct {
	Months, Days int32
	Nanos        int64
}

// AppendDuration appends a duration's bytes: three signed variable length integers.
func AppendDuration(dst []byte, d DurationValue) []byte {
	for _, v := range [...]int64{int64(d.Months), int64(d.Days), d.Nanos} {
		dst = AppendUnsignedVint(dst, uint64(v<<1)^uint64(v>>63))
	}
	return dst
}

// DurationOf reads a duration's bytes.
func DurationOf(raw []byte) (DurationValue, error) {
	var parts [3]int64
	for i := range parts {
		v, rest, err := ReadUnsignedVint(raw)
		if err != nil {
			return DurationValue{}, err
		}
		parts[i], raw = int64(v>>1)^-int64(v&1), rest
	}
	if len(raw) > 0 || parts[0] != int64(int32(parts[0])) || parts[1] != int64(int32(parts[1])) {
		return DurationValue{}, errors.New("malformed duration")
	}
	return DurationValue{int32(parts[0]), int32(parts[1]), parts[2]}, nil
}

// String writes 1y2mo3d4h5m6s7ms8us9ns, leaving out what is zero.
func (d DurationValue) String() string {
	var b strings.Builder
	months, days, nanos := int64(d.Months), int64(d.Days), d.Nanos
	if months < 0 || days < 0 || nanos < 0 {
		b.WriteByte('-')
		months, days, nanos = -months, -days, -nanos
	}
	put := func(n int64, unit string) {
		if n != 0 {
			b.WriteString(strconv.FormatInt(n, 10) + unit)
		}
	}
	put(months/12, "y")
	put(months%12, "mo")
	put(days, "d")
	u := uint64(nanos)
	put(int64(u/uint64(time.Hour)), "h")
	put(int64(u/uint64(time.Minute)%60), "m")
	put(int64(u/uint64(time.Second)%60), "s")
	put(int64(u/1e6%1e3), "ms")
	put(int64(u/1e3%1e3), "us")
	put(int64(u%1e3), "ns")
	return b.String()
}

var durationUnit = map[string]struct {
	part  int // 0 months, 1 days, 2 nanoseconds
	times int64
	rank  int
}{
	"y": {0, 12, 1}, "mo": {0, 1, 2}, "w": {1, 7, 3}, "d": {1, 1, 4}, "h": {2, int64(time.Hour), 5}, "m": {2, int64(time.Minute), 6},
	"s": {2, int64(time.Second), 7}, "ms": {2, int64(time.Millisecond), 8}, "us": {2, int64(time.Microsecond), 9},
	"µs": {2, int64(time.Microsecond), 9}, "ns": {2, 1, 10},
}

// ParseDuration reads 1y2mo3d…, P1Y2M3DT4H, P3W and P0001-02-03T04:05:06, each with an optional minus.
func ParseDuration(text string) (DurationValue, error) {
	fail := fmt.Errorf("Unable to convert '%s' to a duration", text)
	body := strings.TrimPrefix(text, "-")
	var parts [3]int64
	var ok bool
	if strings.HasPrefix(body, "P") || strings.HasPrefix(body, "p") {
		parts, ok = isoDurationParts(strings.ToUpper(body[1:]))
	} else {
		parts, ok = unitDurationParts(strings.ToLower(body))
	}
	if !ok {
		return DurationValue{}, fail
	}
	if parts[0] > math.MaxInt32 || parts[1] > math.MaxInt32 {
		return DurationValue{}, fmt.Errorf("Invalid duration. The total number of %s must be less or equal to 2147483647", [...]string{"months", "days"}[b2i(parts[1] > math.MaxInt32)])
	}
	d := DurationValue{int32(parts[0]), int32(parts[1]), parts[2]}
	if len(body) < len(text) {
		d = DurationValue{-d.Months, -d.Days, -d.Nanos}
	}
	return d, nil
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func unitDurationParts(s string) (parts [3]int64, ok bool) {
	rank := 0
	for s != "" {
		n := 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		m := n
		for m < len(s) && (s[m] < '0' || s[m] > '9') {
			m++
		}
		u, known := durationUnit[s[n:m]]
		v, err := strconv.ParseInt(s[:n], 10, 64)
		if err != nil || !known || u.rank <= rank || !addTimes(&parts[u.part], v, u.times) {
			return parts, false
		}
		rank, s = u.rank, s[m:]
	}
	return parts, rank > 0
}

// addTimes adds v × times without overflow.
func addTimes(sum *int64, v, times int64) bool {
	if v > (math.MaxInt64-*sum)/times {
		return false
	}
	*sum += v * times
	return true
}

func isoDurationParts(s string) (parts [3]int64, ok bool) {
	if strings.Count(s, "-") == 2 {
		var n [6]int64
		if c, err := fmt.Sscanf(s, "%d-%d-%dT%d:%d:%d", &n[0], &n[1], &n[2], &n[3], &n[4], &n[5]); err != nil || c != 6 {
			return parts, false
		}
		return [3]int64{n[0]*12 + n[1], n[2], n[3]*int64(time.Hour) + n[4]*int64(time.Minute) + n[5]*int64(time.Second)}, true
	}
	inTime, any := false, false
	for s != "" {
		if s[0] == 'T' {
			inTime, s = true, s[1:]
			continue
		}
		n := 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		if n == 0 || n == len(s) {
			return parts, false
		}
		unit := map[string]string{"Y": "y", "M": "mo", "W": "w", "D": "d", "TH": "h", "TM": "m", "TS": "s"}[map[bool]string{true: "T"}[inTime]+s[n:n+1]]
		u, known := durationUnit[unit]
		v, err := strconv.ParseInt(s[:n], 10, 64)
		if err != nil || !known || !addTimes(&parts[u.part], v, u.times) {
			return parts, false
		}
		any, s = true, s[n+1:]
	}
	return parts, any
}

// UUIDTime returns the milliseconds since 1970 that a version 1 UUID holds.
func UUIDTime(raw []byte) int64 { return (uuidTicks(raw) - gregorian) / 10_000 }

// gregorian is 1970 in 100 ns ticks since 1582-10-15.
const gregorian = 0x01B21DD213814000

func uuidTicks(raw []byte) int64 {
	low := int64(binary.BigEndian.Uint32(raw))
	mid := int64(binary.BigEndian.Uint16(raw[4:]))
	high := int64(binary.BigEndian.Uint16(raw[6:]) & 0x0FFF)
	return high<<48 | mid<<32 | low
}

// AppendTimeUUID appends a version 1 UUID of 100 ns ticks since 1970 with the given clock sequence and node bits.
func AppendTimeUUID(dst []byte, ticks int64, clockAndNode uint64) []byte {
	t := uint64(ticks + gregorian)
	dst = binary.BigEndian.AppendUint32(dst, uint32(t))
	dst = binary.BigEndian.AppendUint16(dst, uint16(t>>32))
	dst = binary.BigEndian.AppendUint16(dst, uint16(t>>48)&0x0FFF|0x1000)
	return binary.BigEndian.AppendUint64(dst, clockAndNode)
}
