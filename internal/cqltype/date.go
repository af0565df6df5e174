package cqltype

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// dateEpoch is 1970-01-01 as a date's raw value: dates are unsigned days with the epoch in the middle.
const dateEpoch = 1 << 31

// secondsPerDay is exact here: neither dates nor timestamps know leap seconds or zones.
const secondsPerDay = 24 * 60 * 60

// DaysToDate converts days since 1970 to a date's raw value.
func DaysToDate(days int64) uint32 { return uint32(days + dateEpoch) }

// DateToDays converts a date's raw value to days since 1970.
func DateToDays(raw uint32) int64 { return int64(raw) - dateEpoch }

// MillisToDate is the raw value of the day that a time in milliseconds since 1970 falls on; beyond the range of dates it wraps around.
func MillisToDate(ms int64) uint32 { return DaysToDate(floorDiv(ms, millisPerDay)) }

// DateToMillis is the midnight that a date begins with, in milliseconds since 1970.
func DateToMillis(raw uint32) int64 { return DateToDays(raw) * millisPerDay }

// AppendDate appends a date's four bytes.
func AppendDate(dst []byte, raw uint32) []byte { return binary.BigEndian.AppendUint32(dst, raw) }

// ParseDate reads a date's raw value from yyyy-mm-dd, ±yyyyy-mm-dd or the raw value as a number.
func ParseDate(text string) (uint32, error) {
	if isDecimalInteger(text) && text[0] != '+' {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 || n > math.MaxUint32 {
			return 0, fmt.Errorf("Unable to make unsigned int (for date) from: '%s'", text)
		}
		return uint32(n), nil
	}
	year, month, day, ok := splitDate(text)
	if !ok || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return 0, fmt.Errorf("Unable to coerce '%s' to a formatted date (long)", text)
	}
	days := daysOf(year, month, day)
	switch {
	case days < -dateEpoch:
		return 0, fmt.Errorf("Input date %s is less than min supported date -5877641-06-23T00:00Z", text)
	case days >= dateEpoch:
		return 0, fmt.Errorf("Input date %s is greater than max supported date +5881580-07-11T00:00Z", text)
	}
	return DaysToDate(days), nil
}

// splitDate reads an ISO date: four digits of year, or five to eight with a sign.
func splitDate(text string) (year, month, day int, ok bool) {
	body, negative := strings.CutPrefix(text, "-")
	body, positive := strings.CutPrefix(body, "+")
	at := strings.IndexByte(body, '-')
	if at < 4 || at > 8 || at == 4 && positive || at > 4 && !positive && !negative || negative && positive ||
		len(body) != at+6 || body[at+3] != '-' {
		return 0, 0, 0, false
	}
	year, ok1 := digits(body[:at])
	month, ok2 := digits(body[at+1 : at+3])
	day, ok3 := digits(body[at+4:])
	if negative {
		year = -year
	}
	return year, month, day, ok1 && ok2 && ok3
}

// digits reads at most nine decimal digits and nothing else.
func digits(text string) (n int, ok bool) {
	if text == "" || len(text) > 9 {
		return 0, false
	}
	for i := 0; i < len(text); i++ {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
		n = n*10 + int(text[i]-'0')
	}
	return n, true
}

// daysOf counts days since 1970 in the Gregorian calendar, extended to all years.
func daysOf(year, month, day int) int64 {
	return floorDiv(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Unix(), secondsPerDay)
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// floorDiv rounds down, also below zero.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// FormatDate writes yyyy-mm-dd; years beyond 9999 get a plus.
func FormatDate(raw uint32) string { return formatDays(DateToDays(raw)) }

func formatDays(days int64) string {
	at := time.Unix(days*secondsPerDay, 0).UTC()
	return fmt.Sprintf("%s-%02d-%02d", formatYear(at.Year()), at.Month(), at.Day())
}

func formatYear(year int) string {
	switch {
	case year > 9999:
		return fmt.Sprintf("+%d", year)
	case year < 0:
		return fmt.Sprintf("-%04d", -year)
	}
	return fmt.Sprintf("%04d", year)
}
