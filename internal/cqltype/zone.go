package cqltype

import (
	"strings"
	"time"
	_ "time/tzdata" // zone names mean the same on every machine
)

// zoneOffsetMax is the farthest that Java's offsets reach from UTC, in minutes.
const zoneOffsetMax = 18 * 60

// zoneRegion are the places that abbreviations stand for: PST in July is that place's summer time, as Java reads it.
var zoneRegion = map[string]string{
	"PST": "America/Los_Angeles", "PDT": "America/Los_Angeles", "MST": "America/Denver", "MDT": "America/Denver",
	"CST": "America/Chicago", "CDT": "America/Chicago", "EST": "America/New_York", "EDT": "America/New_York",
	"AKST": "America/Anchorage", "HST": "Pacific/Honolulu", "BRT": "America/Sao_Paulo",
	"WET": "Europe/Lisbon", "WEST": "Europe/Lisbon", "BST": "Europe/London", "CET": "Europe/Paris", "CEST": "Europe/Paris",
	"EET": "Europe/Bucharest", "EEST": "Europe/Bucharest", "MSK": "Europe/Moscow",
	"IST": "Asia/Kolkata", "SGT": "Asia/Singapore", "HKT": "Asia/Hong_Kong", "JST": "Asia/Tokyo", "KST": "Asia/Seoul",
	"AEST": "Australia/Sydney", "AEDT": "Australia/Sydney", "AWST": "Australia/Perth", "NZST": "Pacific/Auckland", "NZDT": "Pacific/Auckland",
}

// parseZone reads what follows a time: nothing, an offset, or after a space an offset or a name.
func parseZone(text string) (*time.Location, bool) {
	name, spaced := strings.CutPrefix(text, " ")
	if text == "" {
		return time.UTC, true
	}
	if zone, ok := parseOffset(name); ok {
		return zone, true
	}
	if !spaced {
		return nil, false
	}
	switch name {
	case "UTC", "GMT", "UT":
		return time.UTC, true
	}
	for _, prefix := range []string{"UTC", "GMT", "UT"} {
		if offset, ok := strings.CutPrefix(name, prefix); ok {
			return parseOffset(offset)
		}
	}
	if region, ok := zoneRegion[name]; ok {
		name = region
	} else if !strings.Contains(name, "/") {
		return nil, false
	}
	zone, err := time.LoadLocation(name)
	return zone, err == nil
}

// parseOffset reads Z, ±hh, ±hhmm or ±hh:mm.
func parseOffset(text string) (*time.Location, bool) {
	if text == "Z" {
		return time.UTC, true
	}
	if text == "" || text[0] != '+' && text[0] != '-' {
		return nil, false
	}
	hours, rest := text[1:], ""
	if len(hours) > 2 {
		hours, rest = hours[:2], strings.TrimPrefix(hours[2:], ":")
	} else {
		rest = "00"
	}
	h, ok1 := digits(hours)
	m, ok2 := digits(rest)
	if !ok1 || !ok2 || len(hours) != 2 || len(rest) != 2 || m > 59 || h*60+m > zoneOffsetMax {
		return nil, false
	}
	seconds := (h*60 + m) * 60
	if text[0] == '-' {
		seconds = -seconds
	}
	return time.FixedZone("", seconds), true
}
