package row

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// write is one cell of a program: the dumb implementation keeps all of them and looks for the winner when asked.
type write struct {
	column    uint32
	path      string // of column 9, a collection
	timestamp int64
	ttl       int32
	now       int64
	tombstone bool
	value     string
}

type program struct {
	writes   []write
	rows     []Deletion // of the row
	complex  []Deletion // of column 9
	inserted []write    // liveness
}

func randomProgram(r *rand.Rand) *program {
	p := new(program)
	for range 1 + r.IntN(8) {
		w := write{timestamp: int64(r.IntN(4)), ttl: int32(r.IntN(2) * (5 + r.IntN(2))), now: int64(100 + r.IntN(2)), value: string(rune('a' + r.IntN(3)))}
		d := Deletion{w.timestamp, w.now}
		switch r.IntN(8) {
		case 0:
			p.rows = append(p.rows, d)
		case 1:
			p.complex = append(p.complex, d)
		case 2:
			p.inserted = append(p.inserted, w)
		case 3, 4:
			w.column, w.path, w.tombstone = 9, string(rune('x'+r.IntN(2))), r.IntN(3) == 0
			p.writes = append(p.writes, w)
		default:
			w.column, w.tombstone = uint32(1+r.IntN(2)), r.IntN(3) == 0
			p.writes = append(p.writes, w)
		}
	}
	return p
}

// deltas encodes each step of the program by itself.
func (p *program) deltas() (all [][]byte) {
	one := func(f func(b *Builder)) {
		var b Builder
		b.Reset(nil)
		f(&b)
		all = append(all, b.Finish())
	}
	for _, d := range p.rows {
		one(func(b *Builder) { b.Delete(d) })
	}
	for _, d := range p.complex {
		one(func(b *Builder) { b.BeginComplex(9, d); b.EndComplex() })
	}
	for _, w := range p.inserted {
		one(func(b *Builder) { b.Liveness(w.timestamp, w.ttl, w.now) })
	}
	for _, w := range p.writes {
		one(func(b *Builder) {
			switch {
			case w.column != 9 && w.tombstone:
				b.Tombstone(w.column, w.timestamp, w.now)
			case w.column != 9:
				b.Cell(w.column, w.timestamp, w.ttl, w.now, []byte(w.value))
			case w.tombstone:
				b.BeginComplex(9, NotDeleted)
				b.ElementTombstone([]byte(w.path), w.timestamp, w.now)
				b.EndComplex()
			default:
				b.BeginComplex(9, NotDeleted)
				b.Element([]byte(w.path), w.timestamp, w.ttl, w.now, []byte(w.value))
				b.EndComplex()
			}
		})
	}
	return all
}

func (w *write) expiry() int64 {
	if w.ttl == 0 {
		return 0
	}
	return w.now + int64(w.ttl)
}

// strength orders writes of one cell: the last one wins.
func strength(a, b write) int {
	return cmp.Or(cmp.Compare(a.timestamp, b.timestamp), compareBool(a.tombstone, b.tombstone), compareBool(a.ttl != 0, b.ttl != 0),
		cmp.Compare(a.expiry(), b.expiry()), strings.Compare(a.value, b.value))
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// visible is what a reader sees at a moment, by looking through all writes.
func (p *program) visible(now int64) string {
	rowDeleted, complexDeleted := int64(NoTimestamp), int64(NoTimestamp)
	for _, d := range p.rows {
		rowDeleted = max(rowDeleted, d.Timestamp)
	}
	for _, d := range p.complex {
		complexDeleted = max(complexDeleted, d.Timestamp)
	}
	cells := map[string][]write{}
	for _, w := range p.writes {
		k := fmt.Sprintf("%d%s", w.column, w.path)
		cells[k] = append(cells[k], w)
	}
	alive := func(w write, deleted int64) bool {
		return w.timestamp > deleted && !w.tombstone && (w.ttl == 0 || w.expiry() > now)
	}
	var out []string
	for k, all := range cells {
		w := slices.MaxFunc(all, strength)
		deleted := rowDeleted
		if w.column == 9 {
			deleted = max(deleted, complexDeleted)
		}
		if alive(w, deleted) {
			out = append(out, fmt.Sprintf("%s=%s@%d", k, w.value, w.timestamp))
		}
	}
	slices.Sort(out)
	live := len(out) > 0
	if len(p.inserted) > 0 {
		for i := range p.inserted {
			p.inserted[i].value = ""
		}
		live = live || alive(slices.MaxFunc(p.inserted, strength), rowDeleted)
	}
	return fmt.Sprint(live, out)
}

func seen(t *testing.T, encoded []byte, now int64) string {
	t.Helper()
	var v View
	if err := v.Reset(encoded, NotDeleted, now); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, c := range v.Cells() {
		for _, e := range c.Elements {
			out = append(out, fmt.Sprintf("%d%s=%s@%d", c.Column, e.Path, e.Value, e.Timestamp))
		}
		if !c.Complex {
			out = append(out, fmt.Sprintf("%d=%s@%d", c.Column, c.Value, c.Timestamp))
		}
	}
	slices.Sort(out)
	return fmt.Sprint(v.Live(), out)
}

// TestMergeAgreesWithAList guards the rules of reconciliation: merged in any order, read at any moment, purged in between or not, a
// row shows what a list of all writes shows.
func TestMergeAgreesWithAList(t *testing.T) {
	const seed = 17
	r := rand.New(rand.NewPCG(seed, 0))
	for i := range 20_000 {
		p := randomProgram(r)
		deltas := p.deltas()
		r.Shuffle(len(deltas), func(a, b int) { deltas[a], deltas[b] = deltas[b], deltas[a] })
		for len(deltas) > 1 {
			a, b := r.IntN(len(deltas)), len(deltas)-1
			if a == b {
				a = 0
			}
			deltas[a] = merge(t, deltas[a], deltas[b])
			deltas = deltas[:b]
		}
		for _, now := range []int64{100, 105, 106, 107} {
			want := p.visible(now)
			if got := seen(t, deltas[0], now); got != want {
				t.Fatalf("seed %d, case %d at %d: %s, want %s\n%+v", seed, i, now, got, want, *p)
			}
			purged, err := Purge(nil, deltas[0], NotDeleted, now, 102)
			if err != nil {
				t.Fatal(err)
			}
			if got := seen(t, purged, now); got != want {
				t.Fatalf("seed %d, case %d at %d, purged: %s, want %s\n%+v", seed, i, now, got, want, *p)
			}
		}
	}
}

// FuzzDecode guards that bytes which are no row are an error and never a panic.
func FuzzDecode(f *testing.F) {
	r := rand.New(rand.NewPCG(2, 0))
	for range 20 {
		f.Add(randomDelta(r))
	}
	f.Add(AppendHeader(nil, Deletion{1, 2}, nil))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var v View
		readable := v.Reset(raw, NotDeleted, 0) == nil
		if _, err := Purge(nil, raw, NotDeleted, 0, 0); readable && len(raw) > 0 && err != nil {
			t.Errorf("can be read, not purged: %v", err)
		}
		if _, err := Shards(raw, 5, NotDeleted); readable && err != nil {
			t.Errorf("can be read, shards can't: %v", err)
		}
		var h HeaderView
		if h.Reset(raw) == nil {
			if _, err := MergeHeader(nil, raw, raw); err != nil {
				t.Error(err)
			}
		}
	})
}
