//go:build planted

package sim

import (
	"flag"
	"slices"
	"strings"
	"testing"

	"helenus/internal/planted"
)

var (
	only   = flag.String("bug", "", "plant this bug alone")
	early  = flag.Bool("early", false, "plant only bugs that a few seeds notice")
	within = flag.Int("within", 2000, "how many seeds may pass until a planted bug is noticed")
)

// earlyBugs are noticed by the first seeds already.
var earlyBugs = []planted.Bug{
	planted.UnsyncedLog, planted.UnsyncedMetadata, planted.SmallWriteQuorum, planted.SmallReadQuorum, planted.FirstWins, planted.NoBlockingRepair, planted.MinorityPromise,
	planted.EarlyReads, planted.CounterAgain, planted.SharedShard, planted.ShortDigest,
}

// TestPlanted guards that the simulator notices what it is there for: each bug breaks a promise soon.
func TestPlanted(t *testing.T) {
	for b := planted.None + 1; b < planted.Count; b++ {
		if *only != "" && b.String() != *only || *early && !slices.Contains(earlyBugs, b) {
			continue
		}
		t.Run(b.String(), func(t *testing.T) {
			planted.Plant(b)
			defer planted.Plant(planted.None)
			for i := *from; i < *from+uint64(*within); i++ {
				if r := run(t, i, false); len(r.Problems) > 0 {
					first, _, _ := strings.Cut(r.Problems[0], "\n")
					t.Logf("noticed with the seed %d, number %d: %s", i, i-*from+1, first)
					return
				}
			}
			t.Errorf("%s was not noticed by %d seeds", b, *within)
		})
	}
}
