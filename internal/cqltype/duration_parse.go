package cqltype

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// durationUnit is a unit of a duration's text. Units must come in this order.
type durationUnit struct {
	name  string // in messages
	part  int    // which of months, days and nanoseconds it counts in
	times int64  // how many of those it is
}

var durationUnits = []durationUnit{
	{"years", 0, 12}, {"months", 0, 1}, {"weeks", 1, 7}, {"days", 1, 1},
	{"hours", 2, int64(time.Hour)}, {"minutes", 2, int64(time.Minute)}, {"seconds", 2, int64(time.Second)},
	{"milliseconds", 2, int64(time.Millisecond)}, {"microseconds", 2, int64(time.Microsecond)}, {"nanoseconds", 2, 1},
}

// durationSymbol says which of durationUnits a suffix is.
var durationSymbol = map[string]int{"y": 0, "mo": 1, "w": 2, "d": 3, "h": 4, "m": 5, "s": 6, "ms": 7, "us": 8, "µs": 8, "ns": 9}

var (
	isoDuration            = regexp.MustCompile(`^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$`)
	isoDurationUnits       = []int{0, 1, 3, 4, 5, 6}
	isoWeeks               = regexp.MustCompile(`^P(\d+)W$`)
	isoDurationAlternative = regexp.MustCompile(`^P(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})$`)
	durationPart           = regexp.MustCompile(`^(\d+)(?i:(y|mo|ms|m|w|d|h|s|us|µs|ns))`)
)

// ParseDuration reads 1y2mo3d…, P1Y2M3DT4H, P3W and P0001-02-03T04:05:06, each with an optional minus.
// Source: Cassandra 5.0, Duration.from.
func ParseDuration(text string) (DurationValue, error) {
	body, negative := strings.CutPrefix(text, "-")
	b := durationBuilder{text: body, last: -1}
	switch {
	case !strings.HasPrefix(body, "P"):
		b.standard(body)
	case strings.HasSuffix(body, "W"):
		b.iso(isoWeeks, body, []int{2})
	case strings.Contains(body, "-"):
		b.iso(isoDurationAlternative, body, isoDurationUnits)
	default:
		b.iso(isoDuration, body, isoDurationUnits)
	}
	if b.err != nil {
		return DurationValue{}, b.err
	}
	d := DurationValue{int32(b.parts[0]), int32(b.parts[1]), b.parts[2]}
	if negative {
		d = DurationValue{-d.Months, -d.Days, -d.Nanos}
	}
	return d, nil
}

// durationBuilder sums up the parts of a duration; its first error stays.
type durationBuilder struct {
	text  string
	parts [3]int64
	last  int // the unit that came last
	err   error
}

func (b *durationBuilder) standard(body string) {
	for b.err == nil {
		m := durationPart.FindStringSubmatch(body)
		if m == nil {
			b.malformed()
			return
		}
		b.add(m[1], durationSymbol[strings.ToLower(m[2])])
		if body = body[len(m[0]):]; body == "" {
			return
		}
	}
}

func (b *durationBuilder) iso(form *regexp.Regexp, body string, units []int) {
	m := form.FindStringSubmatch(body)
	if m == nil {
		b.malformed()
		return
	}
	for i, number := range m[1:] {
		if number != "" && b.err == nil {
			b.add(number, units[i])
		}
	}
}

func (b *durationBuilder) malformed() {
	b.err = fmt.Errorf("Unable to convert '%s' to a duration", b.text)
}

func (b *durationBuilder) add(number string, unit int) {
	u := durationUnits[unit]
	n, err := strconv.ParseInt(number, 10, 64)
	switch {
	case err != nil:
		b.malformed()
	case unit == b.last:
		b.err = fmt.Errorf("Invalid duration. The %s are specified multiple times", u.name)
	case unit < b.last:
		b.err = fmt.Errorf("Invalid duration. The %s should be after %s", durationUnits[b.last].name, u.name)
	case n > (durationPartMax[u.part]-b.parts[u.part])/u.times:
		// Cassandra says the limit of an int for nanoseconds too
		b.err = fmt.Errorf("Invalid duration. The total number of %s must be less or equal to %d", [...]string{"months", "days", "nanoseconds"}[u.part], math.MaxInt32)
	default:
		b.parts[u.part] += n * u.times
		b.last = unit
	}
}
