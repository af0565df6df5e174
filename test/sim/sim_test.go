package sim

import (
	"bytes"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	goruntime "runtime"
	"sync"
	"testing"
	"testing/cryptotest"
	"time"
)

var (
	seed   = flag.Uint64("seed", 0, "run this seed alone")
	seeds  = flag.Int("seeds", 20, "run so many seeds")
	from   = flag.Uint64("from", 1, "the first seed")
	step   = flag.Uint64("step", 1, "from one seed to the next; 5 from seed 5 on: those with materialized views")
	twice  = flag.Int("replays", 20, "replay so many seeds")
	shards = flag.Int("shards", goruntime.GOMAXPROCS(0), "run seeds in so many processes at a time")
)

// progressEvery is after how many seeds a run says how far it is.
const progressEvery = 1000

func run(t *testing.T, seed uint64, verbose bool) Result {
	t.Helper()
	cryptotest.SetGlobalRandom(t, seed)
	log := slog.New(slog.DiscardHandler)
	if verbose {
		level := slog.LevelInfo
		if os.Getenv("HELENUS_TEST_LOG") != "" {
			level = slog.LevelDebug
		}
		log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}}))
	}
	return Run(Options{Seed: seed, Logger: log})
}

// TestSeeds runs seeds and checks every promise.
func TestSeeds(t *testing.T) {
	if *seed != 0 {
		r := run(t, *seed, true)
		t.Logf("%+v", r)
		if len(r.Problems) > 0 {
			t.Fatal(r.Problems)
		}
		return
	}
	if *shards > 1 {
		runShards(t)
		return
	}
	began := time.Now()
	var all Result
	for n := range uint64(*seeds) {
		i := *from + n**step
		r := run(t, i, false)
		if len(r.Problems) > 0 {
			t.Errorf("seed %d (go test ./test/sim -run TestSeeds -seed=%d -v), %d nodes, faults %s: %s", i, i, r.Nodes, r.Kinds, r.Problems[0])
		}
		all.Requests += r.Requests
		all.Answered += r.Answered
		all.Faults += r.Faults
		all.Messages += r.Messages
		all.Simulated += r.Simulated
		if done := n + 1; done%progressEvery == 0 {
			t.Logf("%d seeds from %d so far", done, *from)
		}
	}
	took := time.Since(began)
	t.Logf("%d seeds from %d in %s (%.0f an hour): %d requests, %d answered, %d faults, %d messages, %s simulated", *seeds, *from, took.Round(time.Second), float64(*seeds)/took.Hours(), all.Requests, all.Answered, all.Faults, all.Messages, all.Simulated.Round(time.Second))
}

// lines logs what a process says as it comes.
type lines struct{ t *testing.T }

func (l lines) Write(b []byte) (int, error) {
	l.t.Logf("%s", bytes.TrimSuffix(b, []byte("\n")))
	return len(b), nil
}

// runShards divides the seeds among processes: a process can run one seed at a time, since the random source of a run is the process's.
func runShards(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	each := (*seeds + *shards - 1) / *shards
	for first := 0; first < *seeds; first += each {
		running.Go(func() {
			n := min(each, *seeds-first)
			cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestSeeds$", "-test.v", "-test.timeout=0", "-shards=1", fmt.Sprintf("-seeds=%d", n), fmt.Sprintf("-from=%d", *from+uint64(first)**step), fmt.Sprintf("-step=%d", *step))
			cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "GOGC=400") // one task runs at a time anyway, and memory is cheaper than time
			out := lines{t}
			cmd.Stdout, cmd.Stderr = out, out
			if err := cmd.Run(); err != nil {
				t.Errorf("seeds %d to %d: %v", *from+uint64(first)**step, *from+uint64(first+n-1)**step, err)
			}
		})
	}
	running.Wait()
}

// TestReplay guards that a seed decides everything.
func TestReplay(t *testing.T) {
	for i := *from; i < *from+uint64(*twice); i++ {
		if a, b := run(t, i, false), run(t, i, false); a.Trace != b.Trace || a.Steps != b.Steps {
			t.Errorf("seed %d: traces %x and %x, %d and %d steps", i, a.Trace, b.Trace, a.Steps, b.Steps)
		}
	}
}
