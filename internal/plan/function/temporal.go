package function

import (
	"encoding/binary"
	"fmt"

	"helenus/internal/cqltype"
)

// temporalOperator is a timestamp or date plus or minus a duration.
func temporalOperator(op byte, t *cqltype.Type) *Function {
	return newOperator(op, t, cqltype.Duration, t, func(a, b []byte) ([]byte, error) {
		if len(a) == 0 {
			return nil, nil
		}
		d, err := cqltype.DurationOf(b)
		if err != nil {
			return nil, err
		}
		if t.Kind == cqltype.KindTimestamp {
			if !d.HasMillisecondPrecision() {
				return nil, fmt.Errorf("The duration must have a millisecond precision. Was: %s", d)
			}
			return cqltype.AppendBigint(nil, move(op, cqltype.Int64(a), d)), nil
		}
		if !d.HasDayPrecision() {
			return nil, fmt.Errorf("The duration must have a day precision. Was: %s", d)
		}
		ms := move(op, cqltype.DateToMillis(binary.BigEndian.Uint32(a)), d)
		return cqltype.AppendDate(nil, cqltype.MillisToDate(ms)), nil
	})
}

func move(op byte, ms int64, d cqltype.DurationValue) int64 {
	if op == '+' {
		return d.AddTo(ms)
	}
	return d.SubtractFrom(ms)
}
