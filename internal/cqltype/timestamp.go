package cqltype

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ParseTimestamp reads milliseconds since 1970 from a number, or from a date with an optional time and zone:
//
//	2011-02-03   2011-02-03 04:05   2011-02-03T04:05:06.789   and after each   Z   +01   +0100   +01:00   UTC   PST   Europe/Paris
//
// Without a zone the time is UTC. As in Cassandra a day past a month's end is its last day, and 24:00 is the next day's midnight.
// Source: Cassandra 5.0, TimestampSerializer.
func ParseTimestamp(text string) (int64, error) {
	if isDecimalInteger(text) && text[0] != '+' {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("Unable to make long (for date) from: '%s'", text)
		}
		return n, nil
	}
	at, ok := parseInstant(text)
	if !ok {
		return 0, fmt.Errorf("Unable to parse a date/time from '%s'", text)
	}
	return at.UnixMilli(), nil
}

func parseInstant(text string) (at time.Time, ok bool) {
	p := instantParser{rest: text}
	negative := p.skip("-")
	year := p.digits(4, 4)
	if negative {
		year = -year
	}
	before := len(p.rest)
	month, day := p.after("-").digits(1, 2), p.after("-").digits(1, 2)
	full := before-len(p.rest) == len("-02-03")
	var hour, minute, second int
	var nanos int64
	if len(p.rest) > 2 && (p.rest[0] == 'T' || p.rest[0] == ' ' && isDigit(p.rest[1])) {
		p.rest = p.rest[1:]
		hour, minute = p.digits(1, 2), p.after(":").digits(1, 2)
		if p.skip(":") {
			second = p.digits(1, 2)
			if p.skip(".") {
				nanos = p.fraction()
			}
		}
	} else if !full {
		return at, false // a date alone needs its zeros
	}
	zone, known := parseZone(p.rest)
	if p.failed || !known || month < 1 || month > 12 || day < 1 || day > 31 || minute > 59 || second > 59 ||
		hour > 24 || hour == 24 && (minute > 0 || second > 0 || nanos > 0) {
		return at, false
	}
	day = min(day, daysIn(year, month))
	return time.Date(year, time.Month(month), day, hour, minute, second, int(nanos), zone), true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// instantParser takes parts off the front of a text; the first that is missing makes it failed.
type instantParser struct {
	rest   string
	failed bool
}

func (p *instantParser) skip(prefix string) (found bool) {
	p.rest, found = strings.CutPrefix(p.rest, prefix)
	return found
}

func (p *instantParser) after(prefix string) *instantParser {
	p.failed = !p.skip(prefix) || p.failed
	return p
}

func (p *instantParser) digits(least, most int) int {
	n := p.run(most)
	v, ok := digits(p.rest[:n])
	p.failed = p.failed || !ok || n < least
	p.rest = p.rest[n:]
	return v
}

func (p *instantParser) fraction() int64 {
	n := p.run(10)
	v, ok := fractionNanos(p.rest[:n])
	p.failed = p.failed || !ok
	p.rest = p.rest[n:]
	return v
}

// run counts the digits at the front, at most as many.
func (p *instantParser) run(most int) (n int) {
	for n < most && n < len(p.rest) && isDigit(p.rest[n]) {
		n++
	}
	return n
}

// FormatTimestamp writes milliseconds as 2020-01-01T00:00:00.000Z, the form of CQL literals and CAST.
func FormatTimestamp(ms int64) string { return formatInstant(ms, 'T') }

func formatInstant(ms int64, between byte) string {
	at := time.UnixMilli(ms).UTC()
	return fmt.Sprintf("%s-%02d-%02d%c%s", formatYear(at.Year()), at.Month(), at.Day(), between, at.Format("15:04:05.000Z"))
}
