package function

import (
	"math"
	"math/big"

	"helenus/internal/cqltype"
)

// sumFunctions are sum for every numeric type. The result has the argument's type and wraps around as it does; of nothing it is 0.
// Source: Cassandra 5.0, AggregateFcts.
func sumFunctions() []*Function {
	var all []*Function
	for _, t := range numericTypes {
		all = append(all, &Function{Name: Name{system, "sum"}, ArgTypes: types(t), Return: t, state: func() State { return newSum(t) }})
	}
	return all
}

func newSum(t *cqltype.Type) State {
	switch t.Kind {
	case cqltype.KindFloat, cqltype.KindDouble:
		return &floatSum{of: t}
	case cqltype.KindVarint:
		return &varintSum{}
	case cqltype.KindDecimal:
		return &decimalSum{sum: cqltype.DecimalValue{Unscaled: new(big.Int)}}
	}
	return &integerSum{of: t}
}

// integerSum wraps around at 64 bits, and the result at the type's size.
type integerSum struct {
	of  *cqltype.Type
	sum int64
}

func (s *integerSum) Add(args [][]byte) error {
	s.sum += cqltype.Int64(args[0])
	return nil
}

func (s *integerSum) Result() ([]byte, error) { return s.of.AppendInteger(nil, s.sum), nil }

// floatSum adds in double precision with Kahan's compensation.
type floatSum struct {
	of                *cqltype.Type
	sum, compensation float64
	plain             float64 // without compensation: an infinity where that makes NaN of it
}

func (s *floatSum) Add(args [][]byte) error {
	if len(args[0]) > 0 {
		s.add(cqltype.Float64(args[0]))
	}
	return nil
}

func (s *floatSum) add(v float64) {
	s.plain += v
	v -= s.compensation
	rounded := s.sum + v
	s.compensation = rounded - s.sum - v
	s.sum = rounded
}

func (s *floatSum) total() float64 {
	v := s.sum + s.compensation
	if math.IsNaN(v) && math.IsInf(s.plain, 0) {
		return s.plain
	}
	return v
}

func (s *floatSum) Result() ([]byte, error) { return appendFloating(nil, s.of, s.total()), nil }

func appendFloating(dst []byte, t *cqltype.Type, v float64) []byte {
	if t.Kind == cqltype.KindFloat {
		return cqltype.AppendFloat(dst, float32(v))
	}
	return cqltype.AppendDouble(dst, v)
}

type varintSum struct{ sum big.Int }

func (s *varintSum) Add(args [][]byte) error {
	if len(args[0]) > 0 {
		s.sum.Add(&s.sum, cqltype.BigInt(args[0]))
	}
	return nil
}

func (s *varintSum) Result() ([]byte, error) { return cqltype.AppendVarint(nil, &s.sum), nil }

type decimalSum struct{ sum cqltype.DecimalValue }

func (s *decimalSum) Add(args [][]byte) error {
	if len(args[0]) == 0 {
		return nil
	}
	v, err := cqltype.DecimalOf(args[0])
	if err == nil {
		s.sum, err = s.sum.Add(v)
	}
	return invalidValue(err)
}

func (s *decimalSum) Result() ([]byte, error) { return cqltype.AppendDecimal(nil, s.sum), nil }
