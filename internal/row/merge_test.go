package row

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"helenus/internal/key"
)

// randomDelta writes a delta from a small space of columns, timestamps and values, so that ties happen.
func randomDelta(r *rand.Rand) []byte {
	var b Builder
	b.Reset(nil)
	ts := func() int64 { return int64(r.IntN(4)) }
	ttl := func() int32 { return int32(r.IntN(2) * (10 + r.IntN(2))) }
	now := int64(100 + r.IntN(3))
	if r.IntN(2) == 0 {
		b.Liveness(ts(), ttl(), now)
	}
	if r.IntN(4) == 0 {
		b.Delete(Deletion{ts(), now})
	}
	value := func() []byte { return []byte{byte(r.IntN(3))} }
	for column := uint32(1); column <= 3; column++ {
		switch r.IntN(4) {
		case 0:
			b.Cell(column, ts(), ttl(), now, value())
		case 1:
			b.Tombstone(column, ts(), now)
		}
	}
	if r.IntN(2) == 0 {
		d := NotDeleted
		if r.IntN(3) == 0 {
			d = Deletion{ts(), now}
		}
		b.BeginComplex(4, d)
		for p := range byte(3) {
			switch r.IntN(3) {
			case 0:
				b.Element([]byte{p}, ts(), ttl(), now, value())
			case 1:
				b.ElementTombstone([]byte{p}, ts(), now)
			}
		}
		b.EndComplex()
	}
	if r.IntN(2) == 0 {
		var shards []Shard
		for s := range byte(3) {
			if r.IntN(2) == 0 {
				// a clock never repeats with another value or time
				clock := int64(r.IntN(3))
				shards = append(shards, Shard{[16]byte{s}, clock, clock * 10, clock})
			}
		}
		d := NotDeleted
		if r.IntN(4) == 0 {
			d = Deletion{ts(), now}
		}
		b.Counter(5, d, shards...)
	}
	return b.Finish()
}

func merge(t *testing.T, a, b []byte) []byte {
	t.Helper()
	got, err := Merge(nil, a, b)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestMergeIsALattice guards what replication and compaction rely on: order and repetition of deltas never matter.
func TestMergeIsALattice(t *testing.T) {
	const seed = 7
	r := rand.New(rand.NewPCG(seed, 0))
	for i := range 20_000 {
		a, b, c := randomDelta(r), randomDelta(r), randomDelta(r)
		ab, ba := merge(t, a, b), merge(t, b, a)
		if !bytes.Equal(ab, ba) {
			t.Fatalf("seed %d, case %d: not commutative\n%x\n%x", seed, i, a, b)
		}
		if x, y := merge(t, ab, c), merge(t, a, merge(t, b, c)); !bytes.Equal(x, y) {
			t.Fatalf("seed %d, case %d: not associative\n%x\n%x\n%x\n%s\n%s", seed, i, a, b, c, describe(x), describe(y))
		}
		if x := merge(t, ab, b); !bytes.Equal(x, ab) {
			t.Fatalf("seed %d, case %d: not idempotent\n%x\n%x", seed, i, a, b)
		}
	}
}

func describe(encoded []byte) string {
	var v View
	if err := v.Reset(encoded, NotDeleted, 0); err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%x: %+v", encoded, v.Cells())
}

// TestPurgeKeepsWhatIsAlive guards that purging and merging never change what a reader sees.
func TestPurgeKeepsWhatIsAlive(t *testing.T) {
	const seed = 3
	r := rand.New(rand.NewPCG(seed, 0))
	for i := range 5_000 {
		whole := merge(t, randomDelta(r), merge(t, randomDelta(r), randomDelta(r)))
		covering := NotDeleted
		if r.IntN(3) == 0 {
			covering = Deletion{int64(r.IntN(4)), 100}
		}
		const now = 111
		purged, err := Purge(nil, whole, covering, now, 1_000)
		if err != nil {
			t.Fatal(err)
		}
		var before, after View
		if err := before.Reset(whole, covering, now); err != nil {
			t.Fatal(err)
		}
		if err := after.Reset(purged, covering, now); err != nil {
			t.Fatal(err)
		}
		if a, b := fmt.Sprint(before.Live(), before.Cells()), fmt.Sprint(after.Live(), after.Cells()); a != b {
			t.Fatalf("seed %d, case %d: %x\nbefore %s\n after %s", seed, i, whole, a, b)
		}
	}
}

func TestReconcile(t *testing.T) {
	build := func(f func(*Builder)) []byte {
		var b Builder
		b.Reset(nil)
		f(&b)
		return b.Finish()
	}
	for name, c := range map[string]struct {
		a, b func(*Builder)
		want string // value, or "" for none
	}{
		"later wins":             {func(b *Builder) { b.Cell(1, 5, 0, 0, []byte("a")) }, func(b *Builder) { b.Cell(1, 4, 0, 0, []byte("z")) }, "a"},
		"tie: larger value":      {func(b *Builder) { b.Cell(1, 5, 0, 0, []byte("a")) }, func(b *Builder) { b.Cell(1, 5, 0, 0, []byte("b")) }, "b"},
		"tie: tombstone":         {func(b *Builder) { b.Cell(1, 5, 0, 0, []byte("z")) }, func(b *Builder) { b.Tombstone(1, 5, 9) }, ""},
		"tie: expiring":          {func(b *Builder) { b.Cell(1, 5, 0, 0, []byte("z")) }, func(b *Builder) { b.Cell(1, 5, 99, 0, []byte("a")) }, "a"},
		"row deletion at a tie":  {func(b *Builder) { b.Cell(1, 5, 0, 0, []byte("z")) }, func(b *Builder) { b.Delete(Deletion{5, 9}) }, ""},
		"row deletion before it": {func(b *Builder) { b.Cell(1, 6, 0, 0, []byte("z")) }, func(b *Builder) { b.Delete(Deletion{5, 9}) }, "z"},
	} {
		var v View
		if err := v.Reset(merge(t, build(c.a), build(c.b)), NotDeleted, 1); err != nil {
			t.Fatal(err)
		}
		got := ""
		if k, ok := v.Cell(1); ok {
			got = string(k.Value)
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestHeaderAgreesWithAList compares merged headers with the dumb way: asking every range tombstone ever written.
func TestHeaderAgreesWithAList(t *testing.T) {
	const seed = 5
	r := rand.New(rand.NewPCG(seed, 0))
	for i := range 3_000 {
		var all []RangeTombstone
		partition := NotDeleted
		var merged []byte
		for range 1 + r.IntN(6) {
			p := NotDeleted
			if r.IntN(5) == 0 {
				p = Deletion{int64(r.IntN(5)), 1}
			}
			var ranges []RangeTombstone
			for range r.IntN(3) {
				t := RangeTombstone{key.Range{Start: []byte{byte(r.IntN(10))}, End: []byte{byte(r.IntN(11))}}, Deletion{int64(r.IntN(6)), int64(r.IntN(3))}}
				if r.IntN(6) == 0 {
					t.End = nil
				}
				ranges = append(ranges, t)
			}
			all = append(all, ranges...)
			partition = partition.Max(p)
			delta := AppendHeader(nil, p, ranges)
			if merged == nil {
				merged = delta
			} else if m, err := MergeHeader(nil, merged, delta); err != nil {
				t.Fatal(err)
			} else {
				merged = m
			}
		}
		var h HeaderView
		if err := h.Reset(merged); err != nil {
			t.Fatal(err)
		}
		for k := range byte(12) {
			want := partition
			for _, t := range all {
				if t.Contains([]byte{k}) {
					want = want.Max(t.Deletion)
				}
			}
			if got := h.Covering([]byte{k}); got.Timestamp != want.Timestamp {
				t.Fatalf("seed %d, case %d, key %d: %+v, want %+v", seed, i, k, got, want)
			}
		}
	}
}

func FuzzMerge(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 0))
	for range 20 {
		f.Add(randomDelta(r), randomDelta(r))
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		var v View
		if _, err := Merge(nil, a, b); err == nil {
			if err := v.Reset(a, NotDeleted, 0); err != nil && len(a) > 0 {
				t.Errorf("merged what can't be read: %v", err)
			}
		}
		var h HeaderView
		if h.Reset(a) == nil {
			h.Covering(b)
		}
	})
}
