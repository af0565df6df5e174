//go:build planted

package sim

import (
	"flag"
	"strings"
	"testing"

	"helenus/internal/planted"
)

var only = flag.String("bug", "", "plant this bug alone")

// within is how many seeds may pass until a planted bug is noticed.
const within = 2000

// TestPlanted guards that the simulator notices what it is there for: each bug breaks a promise soon.
func TestPlanted(t *testing.T) {
	for b := planted.None + 1; b < planted.Count; b++ {
		if *only != "" && b.String() != *only {
			continue
		}
		t.Run(b.String(), func(t *testing.T) {
			planted.Plant(b)
			defer planted.Plant(planted.None)
			for i := *from; i < *from+within; i++ {
				if r := run(t, i, false); len(r.Problems) > 0 {
					first, _, _ := strings.Cut(r.Problems[0], "\n")
					t.Logf("noticed with the seed %d, number %d: %s", i, i-*from+1, first)
					return
				}
			}
			t.Errorf("%s was not noticed by %d seeds", b, within)
		})
	}
}
