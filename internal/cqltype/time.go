package cqltype

import (
	"fmt"
	"strconv"
	"strings"
)

const nanosPerDay = secondsPerDay * 1_000_000_000

// ParseTime reads nanoseconds since midnight from h:m:s[.fraction] or a number.
func ParseTime(text string) (int64, error) {
	if isDecimalInteger(text) && text[0] != '+' {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 || n >= nanosPerDay {
			return 0, fmt.Errorf("Unable to make long (for time) from: '%s'", text)
		}
		return n, nil
	}
	n, ok := parseClock(strings.TrimSpace(text))
	if !ok {
		return 0, fmt.Errorf("(TimeType) Unable to coerce '%s' to a formatted time (long)", text)
	}
	return n, nil
}

func parseClock(text string) (nanos int64, ok bool) {
	clock, fraction, hasFraction := strings.Cut(text, ".")
	parts := strings.Split(clock, ":")
	if len(parts) != 3 || hasFraction && (fraction == "" || len(fraction) > 9) {
		return 0, false
	}
	for i, part := range parts {
		v, ok := digits(strings.TrimPrefix(part, "+"))
		if !ok || v >= [...]int{24, 60, 60}[i] {
			return 0, false
		}
		nanos = nanos*60 + int64(v)
	}
	nanos *= 1_000_000_000
	if hasFraction {
		v, ok := fractionNanos(fraction)
		if !ok {
			return 0, false
		}
		nanos += v
	}
	return nanos, true
}

// fractionNanos reads up to nine digits after a point as nanoseconds; none are zero.
func fractionNanos(fraction string) (int64, bool) {
	if len(fraction) > 9 {
		return 0, false
	}
	v, ok := digits(fraction + "000000000"[len(fraction):])
	return int64(v), ok
}

// FormatTime writes hh:mm:ss.fffffffff.
func FormatTime(nanos int64) string {
	s := nanos / 1_000_000_000
	return fmt.Sprintf("%02d:%02d:%02d.%09d", s/3600, s/60%60, s%60, nanos%1_000_000_000)
}
