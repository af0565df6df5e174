package index

import (
	"math"

	"helenus/internal/schema"
)

// Likeness compares many vectors with one, as an index does: bit for bit what the functions of the same name say, from the bytes as they are stored.
//
// Budget: nothing is allocated; a vector is walked once.
type Likeness struct {
	by     schema.Similarity
	to     []float32
	square float32 // of to with itself
}

// NewLikeness returns the comparison with an encoded vector.
func NewLikeness(by schema.Similarity, to []byte) *Likeness {
	l := &Likeness{by: by, to: Floats(to)}
	l.square = Dot(l.to, l.to)
	return l
}

// Score is how like an encoded vector of the same length is; ok is false when the two can't be compared, and where it is plain, before all of it
// was looked at, that the score is below least.
func (l *Likeness) Score(v []byte, least float32) (score float32, ok bool) {
	if len(v) != 4*len(l.to) {
		return 0, false
	}
	switch l.by {
	case schema.DotProduct:
		var sum float32
		for i, x := range l.to {
			sum += float32(Element(v, i) * x)
		}
		score = (1 + sum) / 2
	case schema.Euclidean:
		if score, ok = l.euclidean(v, least); !ok {
			return 0, false
		}
	default:
		var sum, square float32 // two chains, which machines walk at once
		for i, x := range l.to {
			y := Element(v, i)
			sum += float32(y * x)
			square += float32(y * y)
		}
		score = (1 + float32(float64(sum)/math.Sqrt(float64(square)*float64(l.square)))) / 2
	}
	return score, !math.IsNaN(float64(score))
}

// euclideanStep is how many elements are walked between two looks at whether the distance is too far already: it never gets less.
const euclideanStep = 16

func (l *Likeness) euclidean(v []byte, least float32) (score float32, ok bool) {
	var sum float32
	for i := 0; i < len(l.to); i += euclideanStep {
		for n, x := range l.to[i:min(i+euclideanStep, len(l.to))] {
			d := Element(v, i+n) - x
			sum += float32(d * d)
		}
		if 1/(1+sum) < least {
			return 0, false
		}
	}
	return 1 / (1 + sum), true
}
