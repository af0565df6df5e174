package function

import (
	"math"

	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
	"helenus/internal/index"
)

// vectorFunctions are the similarities of two float vectors, 1 for the most similar.
// Source: Cassandra 5.0, VectorFcts; the formulas are Lucene's.
func vectorFunctions() []*generic {
	return []*generic{
		similarity("similarity_cosine", cosine),
		similarity("similarity_euclidean", func(a, b []float32) float32 { return 1 / (1 + squareDistance(a, b)) }),
		similarity("similarity_dot_product", func(a, b []float32) float32 { return (1 + dot(a, b)) / 2 }),
	}
}

func similarity(name string, compute func(a, b []float32) float32) *generic {
	p := parameter{text: "vector<float, n>", infer: inferVector, takes: isFloatVector, needs: "a float vector argument"}
	return &generic{name, []parameter{p, p}, func(in []*cqltype.Type, _ *cqltype.Type) (*Function, error) {
		if in[0].Dimension != in[1].Dimension {
			return nil, cassandra.Invalidf("All arguments must have the same vector dimensions")
		}
		return scalar("", cqltype.Float, nil, func(args [][]byte) ([]byte, error) {
			a, b := floats(args[0]), floats(args[1])
			if name == "similarity_cosine" && (isZero(a) || isZero(b)) {
				return nil, cassandra.Invalidf("Function %s.%s doesn't support all-zero vectors.", system, name)
			}
			return cqltype.AppendFloat(nil, compute(a, b)), nil
		}), nil
	}}
}

func isFloatVector(t *cqltype.Type) bool {
	return t.Kind == cqltype.KindVector && t.Elems[0].Kind == cqltype.KindFloat
}

// vectorDimensionMax is how long a literal without a type may be and still be taken for a vector.
const vectorDimensionMax = 8192

// inferVector gives a literal in brackets the vector type of its own length, and what has no type that of the other argument.
func inferVector(args []Arg, i int, _ *cqltype.Type) *cqltype.Type {
	t := args[i].CompatibleType()
	switch {
	case t != nil && t.Kind == cqltype.KindList:
		for n := 1; n <= vectorDimensionMax; n++ {
			if of := cqltype.VectorOf(cqltype.Float, n); args[i].AssignTo(of) != cqltype.NotAssignable {
				return of
			}
		}
	case t != nil:
		return t
	}
	if other := args[1-i].CompatibleType(); other == nil || other.Kind != cqltype.KindList {
		return other
	}
	if t == nil {
		return inferVector(args, 1-i, nil)
	}
	return t
}

// IsZeroVector says whether a vector's elements are all zero.
func IsZeroVector(raw []byte) bool { return isZero(floats(raw)) }

// IsFiniteVector says whether a vector's elements are all finite numbers.
func IsFiniteVector(raw []byte) bool {
	for i := range len(raw) / 4 {
		if v := float64(index.Element(raw, i)); math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

func floats(raw []byte) []float32 { return index.Floats(raw) }

func isZero(a []float32) bool {
	for _, v := range a {
		if v != 0 {
			return false
		}
	}
	return true
}

func dot(a, b []float32) float32 { return index.Dot(a, b) }

func squareDistance(a, b []float32) (sum float32) {
	for i := range a {
		d := a[i] - b[i]
		sum += float32(d * d)
	}
	return sum
}

func cosine(a, b []float32) float32 {
	cos := float32(float64(dot(a, b)) / math.Sqrt(float64(dot(a, a))*float64(dot(b, b))))
	return (1 + cos) / 2
}
