package topology

import (
	"log/slog"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/uuid"

	"helenus/internal/cluster/metadata"
	"helenus/internal/cql"
	"helenus/internal/key"
	"helenus/internal/schema"
	"helenus/internal/storage"
)

// after returns the state after a schema statement.
func after(t *testing.T, s metadata.State, text string) metadata.State {
	t.Helper()
	parsed, err := cql.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	out, err := schema.Execute(s.Schema, parsed, schema.Facts{TableID: schema.TableID(uuid.New())})
	if err != nil {
		t.Fatal(err)
	}
	next, _, ok := s.Step(&metadata.Delta{Basis: s.Epoch, Schema: out.Change})
	if !ok {
		t.Fatal("the state did not change")
	}
	return next
}

// TestKept guards that what a change of replication takes from a node is remembered, also when the change is told again after a restart that came
// too soon, and not any more once it was cleaned up, though the change is told once more.
func TestKept(t *testing.T) {
	store, err := storage.Open(storage.Options{Dir: "data", FS: vfs.NewMem()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	self, other := uuid.UUID{1}, uuid.UUID{2}
	s := metadata.State{Cluster: uuid.UUID{9}, Schema: schema.Empty, Members: []metadata.Member{
		{Host: self, Status: metadata.Normal, Datacenter: "dc", Rack: "r", Tokens: []key.Token{0}}, {Host: other, Status: metadata.Normal, Datacenter: "dc", Rack: "r", Tokens: []key.Token{100}},
	}}
	s.Rings()
	s = after(t, s, "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 2}")
	before := after(t, s, "CREATE TABLE k.t (p int PRIMARY KEY)")
	now := after(t, before, "ALTER KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
	open := func() *Kept {
		t.Helper()
		k, err := OpenKept(store, self, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	want := func(k *Kept, ranges ...key.TokenRange) {
		t.Helper()
		got := k.of("k")
		for i := range ranges {
			if len(got) != len(ranges) || got[i] != ranges[i] {
				t.Fatalf("kept are %v, want %v", got, ranges)
			}
		}
		if len(ranges) == 0 && len(got) > 0 {
			t.Fatalf("kept are %v", got)
		}
	}
	lost := key.TokenRange{First: 1, Last: 100}
	k := open()
	want(k)
	k.Changed(metadata.Update{Before: before, State: now})
	want(k, lost)
	want(open(), lost)
	k = open()
	k.Changed(metadata.Update{Before: before, State: now})
	want(k, lost)
	if err := k.change(now.Epoch, func(all map[string][]key.TokenRange) { delete(all, "k") }); err != nil { // as Cleanup does
		t.Fatal(err)
	}
	k = open()
	k.Changed(metadata.Update{Before: before, State: now})
	want(k)
	// Of another cluster, for which the node gave up its own, it knows nothing yet.
	k.Changed(metadata.Update{Before: now, State: metadata.State{Schema: schema.Empty}})
	k = open()
	k.Changed(metadata.Update{Before: before, State: now})
	want(k, lost)
}

// TestWithout holds the difference of ranges against one over single tokens.
func TestWithout(t *testing.T) {
	const seed, most = 3, 40
	random := rand.New(rand.NewPCG(seed, 0))
	some := func() (all []key.TokenRange, set [most]bool) {
		for range random.IntN(4) {
			first := random.IntN(most)
			last := first + random.IntN(most-first)
			overlaps := false
			for i := first; i <= last; i++ {
				overlaps = overlaps || set[i]
			}
			if overlaps {
				continue
			}
			for i := first; i <= last; i++ {
				set[i] = true
			}
			all = append(all, key.TokenRange{First: key.Token(first), Last: key.Token(last)})
		}
		return all, set
	}
	for round := range 2000 {
		ranges, in := some()
		others, out := some()
		var got [most]int
		for _, r := range without(ranges, others) {
			for i := r.First; i <= r.Last; i++ {
				got[i]++
			}
		}
		for i := range most {
			want := 0
			if in[i] && !out[i] {
				want = 1
			}
			if got[i] != want {
				t.Fatalf("seed %d, round %d: %v without %v holds token %d %d times, want %d", seed, round, ranges, others, i, got[i], want)
			}
		}
	}
}

// TestWithoutEnds guards the ends of the ring.
func TestWithoutEnds(t *testing.T) {
	if left := without([]key.TokenRange{key.AllTokens}, []key.TokenRange{key.AllTokens}); len(left) != 0 {
		t.Errorf("nothing should be left, but %v is", left)
	}
	left := without([]key.TokenRange{key.AllTokens}, []key.TokenRange{{First: key.MinToken, Last: -1}, {First: 5, Last: key.MaxToken}})
	if len(left) != 1 || left[0] != (key.TokenRange{First: 0, Last: 4}) {
		t.Errorf("left is %v", left)
	}
}
