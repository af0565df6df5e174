package function

import (
	"time"

	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
)

// floorFunctions are floor(time, duration[, start]): the beginning of the window that a time falls into, windows being duration wide and counted
// from start or 1970.
// Source: Cassandra 5.0, TimeFcts.
func floorFunctions() []*Function {
	return []*Function{
		floorFunction(cqltype.Timestamp, cqltype.Timestamp), floorFunction(cqltype.Timestamp, cqltype.Timestamp, cqltype.Timestamp),
		floorFunction(cqltype.TimeUUID, cqltype.Timestamp), floorFunction(cqltype.TimeUUID, cqltype.Timestamp, cqltype.Timestamp),
		floorFunction(cqltype.Date, cqltype.Date), floorFunction(cqltype.Date, cqltype.Date, cqltype.Date),
		scalar("floor", cqltype.Time, types(cqltype.Time, cqltype.Duration), floorTime),
	}
}

func floorFunction(of, ret *cqltype.Type, start ...*cqltype.Type) *Function {
	return scalar("floor", ret, append(types(of, cqltype.Duration), start...), func(args [][]byte) ([]byte, error) {
		d, err := windowOf(args[1])
		if err != nil {
			return nil, err
		}
		if of.Kind == cqltype.KindDate && !d.HasDayPrecision() {
			return nil, cassandra.Invalidf("The floor on date values cannot be computed for the %s duration as precision is below 1 day", d)
		}
		from := int64(0)
		if len(args) == 3 {
			from = millisOf(start[0], args[2])
		}
		ms, err := floorMillis(millisOf(of, args[0]), d, from)
		if err != nil {
			return nil, err
		}
		return appendMillis(ret, ms), nil
	})
}

func windowOf(raw []byte) (cqltype.DurationValue, error) {
	d, err := cqltype.DurationOf(raw)
	if err != nil {
		return d, invalidValue(err)
	}
	if d.IsNegative() {
		return d, cassandra.Invalidf("Negative durations are not supported by the floor function")
	}
	return d, nil
}

// shortestMonth is 28 days in milliseconds.
const shortestMonth = 28 * 24 * int64(time.Hour/time.Millisecond)

// floorMillis finds the greatest from + n × d that is not after ms. Where months vary in length it searches: Cassandra may then give a window
// that begins after ms.
func floorMillis(ms int64, d cqltype.DurationValue, from int64) (int64, error) {
	if from > ms {
		return 0, cassandra.Invalidf("The floor function starting time is greater than the provided time")
	}
	if d == (cqltype.DurationValue{}) {
		return ms, nil
	}
	width := int64(d.Months)*shortestMonth + d.AddTo(0) - cqltype.DurationValue{Months: d.Months}.AddTo(0) // at least
	if d.Months == 0 {
		if width == 0 {
			return 0, cassandra.Invalidf("The floor cannot be computed for the %s duration as precision is below 1 millisecond", d)
		}
		return ms - (ms-from)%width, nil
	}
	low, high := int64(0), (ms-from)/width+1
	for low+1 < high {
		if middle := low + (high-low)/2; d.AddTimesTo(from, middle) <= ms {
			low = middle
		} else {
			high = middle
		}
	}
	return d.AddTimesTo(from, low), nil
}

func floorTime(args [][]byte) ([]byte, error) {
	d, err := windowOf(args[1])
	if err != nil {
		return nil, err
	}
	nanos := cqltype.Int64(args[0])
	switch {
	case d.Months != 0 || d.Days != 0 || d.Nanos > 24*int64(time.Hour):
		return nil, cassandra.Invalidf("For time values, the floor can only be computed for durations smaller that a day")
	case d.Nanos != 0:
		nanos -= nanos % d.Nanos
	}
	return cqltype.AppendBigint(nil, nanos), nil
}
