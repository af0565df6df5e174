package function

import (
	"math"
	"math/big"

	"helenus/internal/cqltype"
)

// avgFunctions are avg for every numeric type. The result has the argument's type: of integers it is cut off; of nothing it is 0. The sum
// does not overflow on the way.
// Source: Cassandra 5.0, AggregateFcts.
func avgFunctions() []*Function {
	var all []*Function
	for _, t := range numericTypes {
		all = append(all, &Function{Name: Name{system, "avg"}, ArgTypes: types(t), Return: t, state: func() State { return newAvg(t) }})
	}
	return all
}

func newAvg(t *cqltype.Type) State {
	switch t.Kind {
	case cqltype.KindFloat, cqltype.KindDouble:
		return &floatAvg{of: t}
	case cqltype.KindDecimal:
		return &decimalAvg{mean: cqltype.DecimalValue{Unscaled: new(big.Int)}}
	}
	return &integerAvg{of: t}
}

// integerAvg serves varint too.
type integerAvg struct {
	of    *cqltype.Type
	low   int64 // what high does not hold yet
	high  big.Int
	count int64
}

func (a *integerAvg) Add(args [][]byte) error {
	if len(args[0]) == 0 {
		return nil
	}
	a.count++
	if a.of.Kind == cqltype.KindVarint {
		a.high.Add(&a.high, cqltype.BigInt(args[0]))
		return nil
	}
	v := cqltype.Int64(args[0])
	if sum := a.low + v; (sum > a.low) == (v > 0) {
		a.low = sum
		return nil
	}
	a.high.Add(&a.high, big.NewInt(a.low))
	a.low = v
	return nil
}

func (a *integerAvg) Result() ([]byte, error) {
	mean := new(big.Int)
	if a.count > 0 {
		mean.Add(&a.high, big.NewInt(a.low))
		mean.Quo(mean, big.NewInt(a.count))
	}
	if a.of.Kind == cqltype.KindVarint {
		return cqltype.AppendVarint(nil, mean), nil
	}
	return a.of.AppendInteger(nil, mean.Int64()), nil
}

// scaledDown is small enough that as many doubles as there can be do not overflow together, and is exact to multiply by.
const scaledDown = 0x1p-62

type floatAvg struct {
	of     *cqltype.Type
	sum    floatSum
	scaled floatSum // of the values × scaledDown: used when the sum itself overflows
	count  int64
}

func (a *floatAvg) Add(args [][]byte) error {
	if len(args[0]) == 0 {
		return nil
	}
	v := cqltype.Float64(args[0])
	a.sum.add(v)
	a.scaled.add(v * scaledDown)
	a.count++
	return nil
}

func (a *floatAvg) Result() ([]byte, error) {
	mean := 0.0
	if a.count > 0 {
		mean = a.sum.total() / float64(a.count)
		if math.IsInf(mean, 0) || math.IsNaN(mean) {
			mean = a.scaled.total() / float64(a.count) / scaledDown
		}
	}
	return appendFloating(nil, a.of, mean), nil
}

// decimalAvg moves the mean a step towards each value, rounded half even to the larger of their scales, as Cassandra does: the result depends a
// little on the order.
type decimalAvg struct {
	mean  cqltype.DecimalValue
	count int64
}

func (a *decimalAvg) Add(args [][]byte) error {
	if len(args[0]) == 0 {
		return nil
	}
	a.count++
	v, err := cqltype.DecimalOf(args[0])
	if err != nil {
		return invalidValue(err)
	}
	away, err := v.Add(a.mean.Neg())
	if err == nil {
		a.mean, err = a.mean.Add(away.QuoInt(a.count))
	}
	return invalidValue(err)
}

func (a *decimalAvg) Result() ([]byte, error) { return cqltype.AppendDecimal(nil, a.mean), nil }
