package function

import (
	"encoding/binary"
	"slices"

	"helenus/internal/cqltype"
)

// timeFunctions are the functions of the current time and of conversions between times, under their names of every era.
// Source: Cassandra 5.0 and 4.1, TimeFcts.
func timeFunctions() []*Function {
	return slices.Concat(
		named(nowAs("now", cqltype.TimeUUID, func(ctx *Context) []byte { return ctx.NewTimeUUID(nil) }), "current_timeuuid", "currenttimeuuid"),
		named(nowAs("current_timestamp", cqltype.Timestamp, func(ctx *Context) []byte { return cqltype.AppendBigint(nil, ctx.millis()) }), "currenttimestamp"),
		named(nowAs("current_date", cqltype.Date, func(ctx *Context) []byte {
			return cqltype.AppendDate(nil, cqltype.MillisToDate(ctx.millis()))
		}), "currentdate"),
		named(nowAs("current_time", cqltype.Time, func(ctx *Context) []byte {
			return cqltype.AppendBigint(nil, nanosOfDay(ctx.NowMicros))
		}), "currenttime"),

		named(convert("to_timestamp", cqltype.TimeUUID, cqltype.Timestamp), "totimestamp", "dateof"),
		named(convert("to_timestamp", cqltype.Date, cqltype.Timestamp), "totimestamp"),
		named(convert("to_date", cqltype.TimeUUID, cqltype.Date), "todate"),
		named(convert("to_date", cqltype.Timestamp, cqltype.Date), "todate"),
		named(convert("to_unix_timestamp", cqltype.TimeUUID, cqltype.Bigint), "tounixtimestamp", "unixtimestampof"),
		named(convert("to_unix_timestamp", cqltype.Timestamp, cqltype.Bigint), "tounixtimestamp"),
		named(convert("to_unix_timestamp", cqltype.Date, cqltype.Bigint), "tounixtimestamp"),

		named(boundUUID("min_timeuuid", 0, 0x8080808080808080), "mintimeuuid"),
		named(boundUUID("max_timeuuid", 9_999, 0x7F7F7F7F7F7F7F7F), "maxtimeuuid"),
	)
}

func nowAs(name string, ret *cqltype.Type, value func(ctx *Context) []byte) *Function {
	return &Function{
		Name: Name{system, name}, Return: ret, Impure: true,
		call: func(ctx *Context, _ [][]byte) ([]byte, error) { return value(ctx), nil },
	}
}

func (ctx *Context) millis() int64 { return ctx.NowMicros / 1000 }

func nanosOfDay(micros int64) int64 {
	const microsPerDay = 24 * 60 * 60 * 1_000_000
	return micros % microsPerDay * 1000
}

// convert goes from a type of time to another by way of milliseconds.
func convert(name string, from, to *cqltype.Type) *Function {
	return scalar(name, to, types(from), func(args [][]byte) ([]byte, error) { return appendMillis(to, millisOf(from, args[0])), nil })
}

// millisOf reads a timeuuid, timestamp or date as milliseconds since 1970.
func millisOf(t *cqltype.Type, raw []byte) int64 {
	switch t.Kind {
	case cqltype.KindTimeUUID:
		return cqltype.UUIDTime(raw)
	case cqltype.KindDate:
		return cqltype.DateToMillis(binary.BigEndian.Uint32(raw))
	}
	return cqltype.Int64(raw)
}

func appendMillis(t *cqltype.Type, ms int64) []byte {
	if t.Kind == cqltype.KindDate {
		return cqltype.AppendDate(nil, cqltype.MillisToDate(ms))
	}
	return cqltype.AppendBigint(nil, ms)
}

// boundUUID makes the least or the greatest timeuuid of a millisecond, in timeuuid's order.
func boundUUID(name string, moreTicks int64, clockAndNode uint64) *Function {
	return scalar(name, cqltype.TimeUUID, types(cqltype.Timestamp), func(args [][]byte) ([]byte, error) {
		return cqltype.AppendTimeUUID(nil, cqltype.Int64(args[0])*10_000+moreTicks, clockAndNode), nil
	})
}
