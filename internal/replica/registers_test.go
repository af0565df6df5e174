package replica

import (
	"encoding/binary"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"helenus/internal/cluster/metadata"
	"helenus/internal/key"
	"helenus/internal/schema"
	"helenus/internal/storage"
)

// registerStore is a replica whose topology can be set.
func registerStore(t *testing.T) (*Local, *storage.Store, *metadata.State) {
	t.Helper()
	s, err := storage.Open(storage.Options{Dir: "data", FS: vfs.NewMem()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	state := &metadata.State{}
	return NewLocal(s, func() *metadata.State { return state }, nil), s, state
}

func promise(t *testing.T, l *Local, id schema.DataID, token key.Token) {
	t.Helper()
	p := key.Partition{Token: token, Key: binary.BigEndian.AppendUint64(nil, uint64(token))}
	err := l.change(id, p, func(r *Register) (bool, error) {
		r.Promised = Ballot{Micros: int64(id)<<32 + 1, Member: 1}
		return true, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestRegistersArePassedOn guards that a newcomer gets every register of a range, the ends of the ring included, in as many pieces as it takes,
// and none of other tables or ranges.
func TestRegistersArePassedOn(t *testing.T) {
	from, _, _ := registerStore(t)
	tokens := []key.Token{key.MinToken, -1, 0, 1, 0x7EFF << 48, 0x7F << 56, key.MaxToken - 1, key.MaxToken}
	for _, token := range tokens {
		promise(t, from, 7, token)
	}
	promise(t, from, 6, key.MaxToken)
	promise(t, from, 8, key.MinToken)
	for _, c := range []struct {
		tokens key.TokenRange
		want   int
	}{
		{key.AllTokens, 8}, {key.TokenRange{First: 0x7F << 56, Last: key.MaxToken}, 3}, {key.TokenRange{First: key.MinToken, Last: -1}, 2}, {key.TokenRange{First: 2, Last: 3}, 0},
	} {
		to, store, _ := registerStore(t)
		last, more, pieces := "", true, 0
		for more {
			raw, err := from.Registers(7, c.tokens, last, 1)
			if err != nil {
				t.Fatal(err)
			}
			if last, more, err = to.TakeRegisters(raw); err != nil {
				t.Fatal(err)
			}
			pieces++
		}
		found, err := store.Metas(registerPrefix)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) != c.want || pieces != max(c.want, 1) {
			t.Errorf("tokens %v: %d registers in %d pieces, want %d", c.tokens, len(found), pieces, c.want)
		}
	}
}

// TestRegistersAreDropped guards that registers go with a range or a table, and no others.
func TestRegistersAreDropped(t *testing.T) {
	l, store, _ := registerStore(t)
	for _, id := range []schema.DataID{6, 7, 8} {
		for _, token := range []key.Token{key.MinToken, 5, key.MaxToken} {
			promise(t, l, id, token)
		}
	}
	left := func() int {
		found, err := store.Metas(registerPrefix)
		if err != nil {
			t.Fatal(err)
		}
		return len(found)
	}
	if err := DropRegisters(store, 7, key.TokenRange{First: 5, Last: key.MaxToken}); err != nil || left() != 7 {
		t.Errorf("%d registers are left of 7: %v", left(), err)
	}
	if err := DropRegisters(store, 7, key.AllTokens); err != nil || left() != 6 {
		t.Errorf("%d registers are left of 6: %v", left(), err)
	}
}

// TestSourcesKnowOfTheOperation guards that a replica which has not heard of an operation is no source for it: it would go on to accept writes
// that were planned without the newcomer.
func TestSourcesKnowOfTheOperation(t *testing.T) {
	l, _, state := registerStore(t)
	state.Topology = 4
	if err := l.FenceAt(5); err == nil {
		t.Error("a replica at topology 4 serves an operation of topology 5")
	}
	state.Topology = 5
	if err := l.FenceAt(5); err != nil {
		t.Error(err)
	}
}
