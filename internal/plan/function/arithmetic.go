package function

import (
	"errors"
	"math"
	"math/big"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
)

// operators are the overloads of each operator.
// Source: Cassandra 5.0, OperationFcts.
var operators = func() map[byte][]*Function {
	all := map[byte][]*Function{}
	for op := range cql.OperatorNames {
		for _, left := range numericTypes {
			for _, right := range numericTypes {
				all[op] = append(all[op], numericOperator(op, left, right))
			}
		}
	}
	for _, op := range []byte{'+', '-'} {
		all[op] = append(all[op], temporalOperator(op, cqltype.Timestamp), temporalOperator(op, cqltype.Date))
	}
	for _, left := range types(cqltype.Text, cqltype.ASCII) {
		for _, right := range types(cqltype.Text, cqltype.ASCII) {
			all['+'] = append(all['+'], concatenation(left, right))
		}
	}
	return all
}()

// Operator is left op right, op being one of + - * / %. Errors are *cassandra.Error.
func Operator(op byte, left, right Arg, receiver *cqltype.Type) (*Function, error) {
	exact, fitting := match(operators[op], []Arg{left, right}, receiver)
	switch {
	case exact != nil:
		return exact, nil
	case len(fitting) == 1:
		return fitting[0], nil
	case len(fitting) == 0:
		return nil, cassandra.Invalidf("the '%c' operation is not supported between %s and %s", op, left, right)
	}
	if receiver != nil && left.CompatibleType() != nil && right.CompatibleType() != nil {
		for _, f := range fitting {
			if f.ArgTypes[0].Equal(receiver) && f.ArgTypes[1].Equal(receiver) {
				return f, nil
			}
		}
	}
	return nil, cassandra.Invalidf("Ambiguous '%c' operation with args %s and %s: use type hint to disambiguate, example '(int) ?'", op, left, right)
}

func newOperator(op byte, left, right, ret *cqltype.Type, compute func(a, b []byte) ([]byte, error)) *Function {
	f := scalar(cql.OperatorNames[op], ret, types(left, right), nil)
	f.column = func(args []string) string { return args[0] + " " + string(op) + " " + args[1] }
	f.call = func(_ *Context, args [][]byte) ([]byte, error) {
		if args[0] == nil || args[1] == nil {
			return nil, nil
		}
		raw, err := compute(args[0], args[1])
		if err != nil {
			return nil, failure(f.Name, f.ArgTypes, "the operation '%s %c %s' failed: %s", left, op, right, err)
		}
		return raw, nil
	}
	return f
}

func concatenation(left, right *cqltype.Type) *Function {
	ret := cqltype.Text
	if left == right {
		ret = left
	}
	return newOperator('+', left, right, ret, func(a, b []byte) ([]byte, error) {
		return append(append(make([]byte, 0, len(a)+len(b)), a...), b...), nil
	})
}

func numericOperator(op byte, left, right *cqltype.Type) *Function {
	ret := resultType(left, right)
	return newOperator(op, left, right, ret, func(a, b []byte) ([]byte, error) {
		if len(a) == 0 || len(b) == 0 {
			return nil, nil
		}
		switch ret.Kind {
		case cqltype.KindDecimal:
			x, err := decimalOf(left, a)
			if err != nil {
				return nil, err
			}
			y, err := decimalOf(right, b)
			if err != nil {
				return nil, err
			}
			return computeDecimal(op, x, y)
		case cqltype.KindVarint:
			return computeVarint(op, bigOf(left, a), bigOf(right, b))
		case cqltype.KindFloat:
			return cqltype.AppendFloat(nil, computeFloat(op, float32(float64Of(left, a)), float32(float64Of(right, b)))), nil
		case cqltype.KindDouble:
			return cqltype.AppendDouble(nil, computeDouble(op, float64Of(left, a), float64Of(right, b))), nil
		}
		v, err := computeInteger(op, cqltype.Int64(a), cqltype.Int64(b))
		return ret.AppendInteger(nil, v), err
	})
}

// resultType is the type that holds the values of both: as wide as the wider one, floating when one of them is.
func resultType(left, right *cqltype.Type) *cqltype.Type {
	floating := isFloatingPoint(left) || isFloatingPoint(right)
	switch width := max(width(left), width(right)); {
	case floating && width == 4:
		return cqltype.Float
	case floating && width == 8:
		return cqltype.Double
	case floating:
		return cqltype.Decimal
	case width == 1:
		return cqltype.Tinyint
	case width == 2:
		return cqltype.Smallint
	case width == 4:
		return cqltype.Int
	case width == 8:
		return cqltype.Bigint
	}
	return cqltype.Varint
}

func isFloatingPoint(t *cqltype.Type) bool { return isFloating(t) || t.Kind == cqltype.KindDecimal }

func width(t *cqltype.Type) int {
	switch t.Kind {
	case cqltype.KindTinyint:
		return 1
	case cqltype.KindSmallint:
		return 2
	case cqltype.KindVarint, cqltype.KindDecimal:
		return math.MaxInt32
	}
	return t.FixedSize()
}

// computeInteger wraps around at 64 bits; the caller cuts the result to its type.
func computeInteger(op byte, a, b int64) (int64, error) {
	switch op {
	case '+':
		return a + b, nil
	case '-':
		return a - b, nil
	case '*':
		return a * b, nil
	}
	if b == 0 {
		return 0, errors.New("/ by zero")
	}
	if op == '/' {
		return a / b, nil
	}
	return a % b, nil
}

func computeVarint(op byte, a, b *big.Int) ([]byte, error) {
	n := new(big.Int)
	switch op {
	case '+':
		n.Add(a, b)
	case '-':
		n.Sub(a, b)
	case '*':
		n.Mul(a, b)
	default:
		if b.Sign() == 0 {
			return nil, errors.New("BigInteger divide by zero")
		}
		if op == '/' {
			n.Quo(a, b)
		} else {
			n.Rem(a, b)
		}
	}
	return appendVarint(n)
}

func computeFloat(op byte, a, b float32) float32 {
	switch op {
	case '+':
		return a + b
	case '-':
		return a - b
	case '*':
		return a * b
	case '/':
		return a / b
	}
	return float32(remainder(float64(a), float64(b)))
}

func computeDouble(op byte, a, b float64) float64 {
	switch op {
	case '+':
		return a + b
	case '-':
		return a - b
	case '*':
		return a * b
	case '/':
		return a / b
	}
	return remainder(a, b)
}

// remainder is math.Mod, with the NaN that the processor has given or would give.
func remainder(a, b float64) float64 {
	if math.IsNaN(a) || math.IsNaN(b) {
		return a + b
	}
	if b == 0 || math.IsInf(a, 0) {
		return undefined()
	}
	return math.Mod(a, b)
}

func computeDecimal(op byte, a, b cqltype.DecimalValue) (raw []byte, err error) {
	var d cqltype.DecimalValue
	switch op {
	case '+':
		d, err = a.Add(b)
	case '-':
		d, err = a.Add(b.Neg())
	case '*':
		d, err = a.Mul(b)
	case '/':
		d, err = a.Quo(b)
	default:
		d, err = a.Rem(b)
	}
	if err != nil {
		return nil, err
	}
	return appendDecimal(d)
}
