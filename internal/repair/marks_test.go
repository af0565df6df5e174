package repair

import (
	"math/rand/v2"
	"testing"

	"helenus/internal/key"
)

// records are kept in memory.
type records map[string][]byte

func (r records) Metas(prefix string) (map[string][]byte, error) {
	all := map[string][]byte{}
	for name, value := range r {
		if len(name) >= len(prefix) && name[:len(prefix)] == prefix {
			all[name] = value
		}
	}
	return all, nil
}

func (r records) SetMetas(all map[string][]byte) error {
	for name, value := range all {
		if value == nil {
			delete(r, name)
		} else {
			r[name] = value
		}
	}
	return nil
}

// TestMarks guards that marks of ranges in any order and overlap tell what a moment for each token would, also after a restart.
func TestMarks(t *testing.T) {
	const seed, tokens = 7, 40
	random := rand.New(rand.NewPCG(seed, 0))
	for round := range 200 {
		disk := records{}
		m, err := OpenMarks(disk)
		if err != nil {
			t.Fatal(err)
		}
		var want [tokens]int64
		for i := range want {
			want[i] = Never
		}
		between := func() key.TokenRange {
			a, b := random.IntN(tokens), random.IntN(tokens)
			return key.TokenRange{First: key.Token(min(a, b)), Last: key.Token(max(a, b))}
		}
		for range 12 {
			r, through := between(), random.Int64N(100)
			if err := m.Set(1, r, through); err != nil {
				t.Fatal(err)
			}
			for i := r.First; i <= r.Last; i++ {
				want[i] = max(want[i], through)
			}
			if random.IntN(4) == 0 {
				if m, err = OpenMarks(disk); err != nil {
					t.Fatal(err)
				}
			}
			for range 10 {
				r, least := between(), int64(1<<62)
				for i := r.First; i <= r.Last; i++ {
					least = min(least, want[i])
				}
				if got := m.Through(1, r); got != least {
					t.Fatalf("seed %d, round %d: tokens %d to %d: repaired through %d, want %d", seed, round, r.First, r.Last, got, least)
				}
			}
			if got := m.Through(2, r); got != Never {
				t.Fatalf("another table was repaired through %d", got)
			}
		}
		if err := m.Forget(1); err != nil || len(disk) != 0 {
			t.Fatalf("%d records are left of a table that is gone: %v", len(disk), err)
		}
	}
}
