//go:build linux

package userland

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

func runDate(_ context.Context, c *Call) error {
	for i, arg := range c.Args { // the value of -I may be missing
		if arg == "--iso-8601" || strings.HasPrefix(arg, "-I") {
			c.Args[i] = "--iso-8601=" + strings.TrimPrefix(strings.TrimPrefix(arg, "--iso-8601"), "-I")
		}
	}
	o, operands, err := c.parse("ud:I:R", map[string]byte{"utc": 'u', "date": 'd', "iso-8601": 'I', "rfc-email": 'R'})
	if err != nil {
		return err
	}
	zone, err := c.zone(o.has('u'))
	if err != nil {
		return err
	}
	at := time.Now()
	if text := o.value('d', ""); text != "" {
		if at, err = parseDate(text, zone); err != nil {
			return err
		}
	}
	at = at.In(zone)
	format := "%a %b %e %H:%M:%S %Z %Y"
	switch {
	case o.has('R'):
		format = "%a, %d %b %Y %H:%M:%S %z"
	case o.has('I'):
		if format = map[string]string{"": "%F", "date": "%F", "seconds": "%FT%T%:z", "minutes": "%FT%H:%M%:z", "hours": "%FT%H%:z"}[o.value('I', "")]; format == "" {
			return usageError("-I is " + o.value('I', "") + "; allowed: date, hours, minutes, seconds")
		}
	}
	if len(operands) > 0 {
		if !strings.HasPrefix(operands[0], "+") {
			return usageError("the clock is the machine's and can't be set; a format begins with +")
		}
		format = operands[0][1:]
	}
	text, err := strftime(format, at)
	if err != nil {
		return err
	}
	c.printf("%s\n", text)
	return nil
}

// zone is the one of TZ, UTC where nothing is said or known.
func (c *Call) zone(utc bool) (*time.Location, error) {
	name := c.getenv("TZ")
	if utc || name == "" {
		return time.UTC, nil
	}
	zone, err := time.LoadLocation(strings.TrimPrefix(name, ":"))
	if err != nil {
		return nil, fmt.Errorf("TZ: %w", err)
	}
	return zone, nil
}

// parseDate reads @SECONDS, now, and dates with or without a time.
func parseDate(text string, zone *time.Location) (time.Time, error) {
	if seconds, ok := strings.CutPrefix(text, "@"); ok {
		n, err := strconv.ParseFloat(seconds, 64)
		if err == nil {
			return time.UnixMicro(int64(n * 1e6)), nil
		}
	}
	if text == "now" {
		return time.Now(), nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02", time.RFC1123Z} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usageError(text + " is no time; allowed: @SECONDS, now, 2006-01-02, 2006-01-02 15:04:05, with or without a zone")
}

// dateLayouts are the letters that Go has a layout for.
var dateLayouts = map[byte]string{
	'a': "Mon", 'A': "Monday", 'b': "Jan", 'B': "January", 'h': "Jan", 'd': "02", 'e': "_2", 'D': "01/02/06", 'F': "2006-01-02", 'H': "15", 'I': "03",
	'm': "01", 'M': "04", 'p': "PM", 'R': "15:04", 'S': "05", 'T': "15:04:05", 'y': "06", 'Y': "2006", 'z': "-0700", 'Z': "MST", 'c': "Mon Jan _2 15:04:05 2006",
	'x': "01/02/06", 'X': "15:04:05", 'r': "03:04:05 PM",
}

// strftime formats a time as date does.
func strftime(format string, t time.Time) (string, error) {
	var out strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			out.WriteByte(format[i])
			continue
		}
		i++
		if format[i] == '3' && i+1 < len(format) && format[i+1] == 'N' {
			i++
			fmt.Fprintf(&out, "%03d", t.Nanosecond()/1e6)
			continue
		}
		if format[i] == ':' && i+1 < len(format) && format[i+1] == 'z' {
			i++
			out.WriteString(t.Format("-07:00"))
			continue
		}
		switch letter := format[i]; letter {
		case '%':
			out.WriteByte('%')
		case 'n':
			out.WriteByte('\n')
		case 't':
			out.WriteByte('\t')
		case 's':
			out.WriteString(strconv.FormatInt(t.Unix(), 10))
		case 'N':
			fmt.Fprintf(&out, "%09d", t.Nanosecond())
		case 'j':
			fmt.Fprintf(&out, "%03d", t.YearDay())
		case 'k':
			fmt.Fprintf(&out, "%2d", t.Hour())
		case 'u':
			out.WriteString(strconv.Itoa((int(t.Weekday())+6)%7 + 1))
		case 'w':
			out.WriteString(strconv.Itoa(int(t.Weekday())))
		case 'V':
			_, week := t.ISOWeek()
			fmt.Fprintf(&out, "%02d", week)
		default:
			layout, ok := dateLayouts[letter]
			if !ok {
				return "", usageError(fmt.Sprintf("%%%c is unknown", letter))
			}
			out.WriteString(t.Format(layout))
		}
	}
	return out.String(), nil
}
