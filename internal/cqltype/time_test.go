package cqltype

import (
	"testing"
	"time"
)

func TestParseTimestamp(t *testing.T) {
	bad := func(text string) parseCase {
		return parseCase{text, "", "Unable to parse a date/time from '" + text + "'"}
	}
	const at = "'2011-02-03T04:05:06.000Z'"
	checkParse(t, Timestamp, ConstString, []parseCase{
		{"0", "'1970-01-01T00:00:00.000Z'", ""}, {"-1", "'1969-12-31T23:59:59.999Z'", ""}, {"20110203", "'1970-01-01T05:35:10.203Z'", ""},
		{"2011-02-03 04:05", "'2011-02-03T04:05:00.000Z'", ""}, {"2011-02-03T04:05:06Z", at, ""}, {"2011-02-03 04:05:06 UTC", at, ""},
		{"2011-02-03 04:05:06 GMT", at, ""}, {"2011-02-03 04:05:06 +0000", at, ""}, {"2011-02-03 04:05:06 Z", at, ""}, {"2011-02-03T04:05:06.", at, ""},
		{"2011-02-03 04:05:06-00:00", at, ""}, {"2011-2-3 4:5:6+0000", at, ""}, {"2011-02-03 6:05:06+02", at, ""}, {"2011-2-3T4:5:6", at, ""},
		{"2011-02-03 04:05:06.7+0100", "'2011-02-03T03:05:06.700Z'", ""}, {"2011-02-03 04:05:06.123456789Z", "'2011-02-03T04:05:06.123Z'", ""},
		{"2011-02-03", "'2011-02-03T00:00:00.000Z'", ""}, {"2011-02-03+0000", "'2011-02-03T00:00:00.000Z'", ""}, {"2011-02-03-01:00", "'2011-02-03T01:00:00.000Z'", ""},
		{"2011-02-03 +01:00", "'2011-02-02T23:00:00.000Z'", ""}, {"2011-02-03 UTC+01:00", "'2011-02-02T23:00:00.000Z'", ""},
		{"2011-02-03 04:05:06 PST", "'2011-02-03T12:05:06.000Z'", ""}, {"2011-07-03 04:05:06 PST", "'2011-07-03T11:05:06.000Z'", ""},
		{"2011-02-03 04:05:06 CET", "'2011-02-03T03:05:06.000Z'", ""}, {"2011-02-03 04:05:06 America/New_York", "'2011-02-03T09:05:06.000Z'", ""},
		{"2011-02-03 04:05:06 JST", "'2011-02-02T19:05:06.000Z'", ""}, {"2011-02-03T04:05:06+14:00", "'2011-02-02T14:05:06.000Z'", ""},
		{"2011-02-03 24:00:00", "'2011-02-04T00:00:00.000Z'", ""}, {"2011-02-31", "'2011-02-28T00:00:00.000Z'", ""}, {"2023-02-29T12:00:00Z", "'2023-02-28T12:00:00.000Z'", ""},
		{"-0001-01-01", "'-0001-01-01T00:00:00.000Z'", ""}, {"0000-02-29", "'0000-02-29T00:00:00.000Z'", ""}, {"1582-10-10", "'1582-10-10T00:00:00.000Z'", ""},
		{"9223372036854775807", "'+292278994-08-17T07:12:55.807Z'", ""}, {"", "''", ""},
		{"9223372036854775808", "", "Unable to make long (for date) from: '9223372036854775808'"},
		bad("yesterday"), bad("2011-02"), bad("2011-2-3"), bad("2011-2-3Z"), bad("2011-02-3"), bad("11-02-03"), bad("12011-02-03"), bad("+12011-02-03T00:00:00Z"),
		bad("2011-02-03 04"), bad("2011-02-03t04:05:06Z"), bad("2011-02-03T04:05:06z"), bad("2011-02-03 04:05:06UTC"), bad("2011-02-03 04:05:06+2"),
		bad("2011-02-03 04:05:06+023"), bad("2011-02-03 04:05:06+18:01"), bad("2011-02-03 04:05:06+01:00:00"), bad("2011-02-03 23:60:00"), bad("2011-02-03 23:59:60Z"),
		bad("2011-02-03 24:00:01"), bad("2011-02-32"), bad("2011-00-01"), bad("2011-13-01 00:00:00+0000"), bad("2011-02-03  04:05:06Z"), bad("2011-02-03T04:05:06,5Z"),
		bad("2011-02-03 04:05:06.1234567891Z"), bad("2011-02-03 04:05:06 pst"), bad("2011-02-03 04:05:06 XYZ"), bad("2011-02-03 GMT+1"), bad("2011-02-03 Local"),
		bad("2011-02-03 ../etc/passwd"), bad("+5"), bad("1e3"),
	})
}

func TestParseDate(t *testing.T) {
	bad := func(text string) parseCase {
		return parseCase{text, "", "Unable to coerce '" + text + "' to a formatted date (long)"}
	}
	checkParse(t, Date, ConstString, []parseCase{
		{"2011-02-03", "'2011-02-03'", ""}, {"2147483648", "'1970-01-01'", ""}, {"0", "'-5877641-06-23'", ""}, {"4294967295", "'+5881580-07-11'", ""},
		{"-5877641-06-23", "'-5877641-06-23'", ""}, {"+5881580-07-11", "'+5881580-07-11'", ""}, {"+10000-01-01", "'+10000-01-01'", ""}, {"-0001-01-01", "'-0001-01-01'", ""},
		{"+02011-02-03", "'2011-02-03'", ""}, {"2012-02-29", "'2012-02-29'", ""}, {"-0004-02-29", "'-0004-02-29'", ""},
		{"4294967296", "", "Unable to make unsigned int (for date) from: '4294967296'"}, {"-1", "", "Unable to make unsigned int (for date) from: '-1'"},
		{"-5877641-06-22", "", "Input date -5877641-06-22 is less than min supported date -5877641-06-23T00:00Z"},
		{"+5881580-07-12", "", "Input date +5881580-07-12 is greater than max supported date +5881580-07-11T00:00Z"},
		bad("11-02-03"), bad("2011-2-3"), bad("2011-02-30"), bad("2011-02-29"), bad("12011-02-03"), bad("5881580-07-11"), bad("2011-13-01"), bad("x"), bad("2011-02-03T00:00"),
		bad("2011-02-03 "), bad("+2011-02-03"), bad("+999999999-01-01"), bad("-+2011-02-03"),
	})
}

func TestParseTime(t *testing.T) {
	bad := func(text string) parseCase {
		return parseCase{text, "", "(TimeType) Unable to coerce '" + text + "' to a formatted time (long)"}
	}
	checkParse(t, Time, ConstString, []parseCase{
		{"10:11:12", "'10:11:12.000000000'", ""}, {"1:2:3", "'01:02:03.000000000'", ""}, {"10:11:12.123456789", "'10:11:12.123456789'", ""}, {"10", "'00:00:00.000000010'", ""},
		{"86399999999999", "'23:59:59.999999999'", ""}, {" 10:11:12", "'10:11:12.000000000'", ""}, {"+1:02:+3", "'01:02:03.000000000'", ""},
		{"86400000000000", "", "Unable to make long (for time) from: '86400000000000'"}, {"-1", "", "Unable to make long (for time) from: '-1'"},
		bad("10:11"), bad("10:11:12."), bad("10:11:12.1234567891"), bad("24:00:00"), bad("23:59:60"), bad("10:11:12Z"), bad("x"), bad("-1:02:03"), bad("10 :11:12"), bad("10::12"),
	})
}

func TestParseDuration(t *testing.T) {
	bad := func(text string) parseCase {
		return parseCase{text, "", "Unable to convert '" + text + "' to a duration"}
	}
	checkParse(t, Duration, ConstDuration, []parseCase{
		{"1y2mo3w4d5h6m7s8ms9us10ns", "1y2mo25d5h6m7s8ms9us10ns", ""}, {"-1h30m", "-1h30m", ""}, {"12MO", "1y", ""}, {"1µs", "1us", ""}, {"1H2M", "1h2m", ""},
		{"P1Y2M3DT4H5M6S", "1y2mo3d4h5m6s", ""}, {"P3W", "21d", ""}, {"P0001-02-03T04:05:06", "1y2mo3d4h5m6s", ""}, {"P0001-13-40T30:61:61", "2y1mo40d31h2m1s", ""},
		{"PT90M", "1h30m", ""}, {"-P1D", "-1d", ""}, {"2147483647mo", "178956970y7mo", ""}, {"9223372036854775807ns", "2562047h47m16s854ms775us807ns", ""}, {"0s", "", ""},
		{"1h1y", "", "Invalid duration. The hours should be after years"}, {"1d1d", "", "Invalid duration. The days are specified multiple times"},
		{"2y3y", "", "Invalid duration. The years are specified multiple times"}, {"1ms1s", "", "Invalid duration. The milliseconds should be after seconds"},
		{"2147483648mo", "", "Invalid duration. The total number of months must be less or equal to 2147483647"},
		{"178956970y8mo", "", "Invalid duration. The total number of months must be less or equal to 2147483647"},
		{"306783379w", "", "Invalid duration. The total number of days must be less or equal to 2147483647"},
		{"2562047h48m", "", "Invalid duration. The total number of nanoseconds must be less or equal to 2147483647"},
		bad("1x"), bad("5"), bad("p1y"), bad("P1M1Y"), bad("P1W2D"), bad("9999999999999999999d"), bad("1.5h"), bad("1d "), bad("PT1H1S1M"),
	})
}

func TestDurationArithmetic(t *testing.T) {
	for _, c := range []struct{ at, duration, plus, minus string }{
		{"2020-01-31T10:00Z", "1mo", "2020-02-29T10:00Z", "2019-12-31T10:00Z"},
		{"2020-03-31", "1mo", "2020-04-30", "2020-02-29"},
		{"2020-02-29", "1y", "2021-02-28", "2019-02-28"},
		{"2020-01-31T10:00Z", "1mo1d30h", "2020-03-02T16:00Z", "2019-12-29T04:00Z"},
		{"2020-01-01", "1ms", "2020-01-01T00:00:00.001Z", "2019-12-31T23:59:59.999Z"},
		{"1969-01-01", "14mo", "1970-03-01", "1967-11-01"},
		{"2020-01-01", "-1d", "2019-12-31", "2020-01-02"},
	} {
		at, plus, minus := mustTimestamp(t, c.at), mustTimestamp(t, c.plus), mustTimestamp(t, c.minus)
		d, err := ParseDuration(c.duration)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.AddTo(at); got != plus {
			t.Errorf("%s + %s = %s, want %s", c.at, c.duration, FormatTimestamp(got), c.plus)
		}
		if got := d.SubtractFrom(at); got != minus {
			t.Errorf("%s - %s = %s, want %s", c.at, c.duration, FormatTimestamp(got), c.minus)
		}
	}
}

func mustTimestamp(t *testing.T, text string) int64 {
	t.Helper()
	ms, err := ParseTimestamp(text)
	if err != nil {
		t.Fatal(err)
	}
	return ms
}

func TestTimeUUID(t *testing.T) {
	for _, ms := range []int64{0, 1, -1, 1261009589805, -12219292800000} {
		raw := AppendTimeUUID(nil, ms*10_000, 0x8080808080808080)
		if err := TimeUUID.Validate(raw); err != nil {
			t.Errorf("%d: %v", ms, err)
		}
		if got := UUIDTime(raw); got != ms {
			t.Errorf("%d ms comes back as %d", ms, got)
		}
	}
	for ticks, want := range map[int64]int64{9_999: 0, -1: 0, -9_990: 0, -9_999: -1, -86_400_000*10_000 + 9_999: -86_399_999, -gregorianTicks + 1: -12219292800000, -gregorianTicks + 10: -12219292799999} {
		if got := UUIDTime(AppendTimeUUID(nil, ticks, 0x8080808080808080)); got != want {
			t.Errorf("%d ticks are %d ms, not %d", ticks, got, want)
		}
	}
	raw := AppendTimeUUID(nil, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()*10_000, 0x8080808080808080)
	if got := TimeUUID.Format(raw); got != "a747c000-2c29-11ea-8080-808080808080" {
		t.Error(got)
	}
}
