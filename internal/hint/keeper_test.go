package hint

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/uuid"

	"helenus/internal/cluster/metadata"
	"helenus/internal/platform"
	"helenus/internal/replica"
	"helenus/internal/rpc"
	"helenus/internal/schema"
	"helenus/internal/storage"
)

// later is a clock that can be put forward.
type later struct {
	platform.Runtime
	by atomic.Int64
}

func (l *later) Now() time.Time { return l.Runtime.Now().Add(time.Duration(l.by.Load())) }

// others of the cluster that the tests' node belongs to.
var (
	self   = uuid.UUID{1}
	away   = uuid.UUID{2}
	third  = uuid.UUID{3}
	gone   = uuid.UUID{9} // no member
	accept = []byte{byte(replica.OK), 0, 0, 0, 0, 0, 0, 0, 7}
)

// scene is a keeper, and what it does to others.
type scene struct {
	*Keeper
	clock *later

	mu       sync.Mutex
	live     map[uuid.UUID]bool
	answers  map[uuid.UUID][]byte // nil: no answer
	sent     []string             // to whom and what, without its plan
	replayed []string
	topology uint64
}

func (s *scene) state() *metadata.State {
	s.mu.Lock()
	defer s.mu.Unlock()
	member := func(id uuid.UUID) metadata.Member {
		return metadata.Member{Host: id, Address: id.String()[:2], Status: metadata.Normal, Datacenter: "dc", Rack: "r"}
	}
	return &metadata.State{Schema: schema.Empty, Topology: s.topology, Epoch: s.topology, Members: []metadata.Member{member(self), member(away), member(third)}}
}

func newScene(t *testing.T, o Options) *scene {
	t.Helper()
	store, err := storage.Open(storage.Options{Dir: "data", FS: vfs.NewMem()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	s := &scene{clock: &later{Runtime: platform.System{}}, live: map[uuid.UUID]bool{}, answers: map[uuid.UUID][]byte{}, topology: 5}
	o.Self, o.Store, o.State, o.Runtime, o.Keeps = self, store, s.state, s.clock, 100*time.Hour
	o.Live = func(id uuid.UUID) bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.live[id]
	}
	o.Call = func(to rpc.Peer, _ rpc.Class, verb rpc.Verb, body []byte, _ time.Duration, done func([]byte, error)) {
		text := string(body)
		if i := strings.Index(text, "m:"); i >= 0 { // behind a plan, or an age
			text = text[i:]
		}
		s.mu.Lock()
		answer := s.answers[to.Host]
		if verb != rpc.BatchDone {
			s.sent = append(s.sent, to.Address+" "+text)
		}
		s.mu.Unlock()
		if answer == nil {
			done(nil, rpc.ErrTimeout)
			return
		}
		done(answer, nil)
	}
	o.Replay = func(mutations []byte) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.replayed = append(s.replayed, string(mutations))
		return nil
	}
	s.Keeper = New(o)
	return s
}

func (s *scene) up(id uuid.UUID, answer []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live[id], s.answers[id] = true, answer
}

// keepAll keeps hints that the disk has.
func (s *scene) keepAll(t *testing.T, host uuid.UUID, mutations ...string) {
	t.Helper()
	for _, m := range mutations {
		c, err := s.Hint(host, 5, []byte(m))
		if err == nil {
			err = c.Wait()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// want compares what others were sent, in any order, and forgets it.
func (s *scene) want(t *testing.T, sent, replayed []string, waiting int) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.Sort(s.sent)
	slices.Sort(s.replayed)
	if !slices.Equal(s.sent, sent) || !slices.Equal(s.replayed, replayed) {
		t.Errorf("sent %q, replayed %q; want %q and %q", s.sent, s.replayed, sent, replayed)
	}
	n := 0
	for _, q := range s.options.Store.Queues("") {
		n += q.Items
	}
	if n != waiting {
		t.Errorf("%d wait, want %d", n, waiting)
	}
	s.sent, s.replayed = nil, nil
}

// TestHintsWaitForTheirMember: nothing is sent to who does not answer, what was not taken stays, and what was is gone.
func TestHintsWaitForTheirMember(t *testing.T) {
	s := newScene(t, Options{})
	s.keepAll(t, away, "m:1", "m:2")
	s.tick()
	s.want(t, nil, nil, 2)
	s.up(away, nil) // it is there and does not answer
	s.tick()
	s.want(t, []string{"02 m:1", "02 m:2"}, nil, 2)
	s.up(away, []byte{byte(replica.OK)})
	s.Paused.Store(true)
	s.tick()
	s.want(t, nil, nil, 2)
	s.Paused.Store(false)
	s.tick()
	s.want(t, []string{"02 m:1", "02 m:2"}, nil, 0)
	if s.Kept.Load() != 2 || s.Delivered.Load() != 2 || s.Dropped.Load() != 0 || !s.Idle() {
		t.Errorf("kept %d, delivered %d, dropped %d", s.Kept.Load(), s.Delivered.Load(), s.Dropped.Load())
	}
}

// TestHintsOfAnotherTopology: what was meant for a member that may not replicate it any more, or that is none any more, goes to whoever does.
func TestHintsOfAnotherTopology(t *testing.T) {
	s := newScene(t, Options{})
	s.keepAll(t, away, "m:1")
	s.keepAll(t, gone, "m:2")
	s.up(away, []byte{byte(replica.OK)})
	s.mu.Lock()
	s.topology = 6
	s.mu.Unlock()
	s.tick()
	s.want(t, nil, []string{"m:1", "m:2"}, 0)
}

// TestHintsAreBounded: by bytes for a member, by bytes for all, and by age; what is refused or dropped is counted.
func TestHintsAreBounded(t *testing.T) {
	s := newScene(t, Options{BytesMax: 1000, TotalMax: 1500, Window: time.Hour})
	large := strings.Repeat("x", 600)
	s.keepAll(t, away, large, large)
	if _, err := s.Hint(away, 5, []byte(large)); err == nil {
		t.Error("more than a member may have is kept")
	}
	s.keepAll(t, third, large)
	if _, err := s.Hint(third, 5, []byte("m")); err == nil {
		t.Error("more than all may have is kept")
	}
	if s.Dropped.Load() != 2 {
		t.Errorf("%d are counted as dropped, want the 2 that were refused", s.Dropped.Load())
	}
	s.clock.by.Store(int64(2 * time.Hour))
	s.up(third, []byte{byte(replica.OK)})
	s.tick() // one of them is away, the other would take it
	s.want(t, nil, nil, 0)
	if s.Dropped.Load() != 5 {
		t.Errorf("%d are counted as dropped, want 3 more that are too old", s.Dropped.Load())
	}
	s.Off.Store(true)
	if _, err := s.Hint(away, 5, []byte("m")); err == nil {
		t.Error("hints are kept although they are switched off")
	}
}

// TestHandOff: a node that leaves gives everything to a member that takes it, or keeps everything and says so.
func TestHandOff(t *testing.T) {
	s := newScene(t, Options{})
	s.keepAll(t, away, "m:1", "m:2")
	if err := s.HandOff(t.Context()); err == nil {
		t.Fatal("what nobody took is given up")
	}
	s.want(t, nil, nil, 2)
	if _, err := s.Hint(away, 5, []byte("m:3")); err == nil {
		t.Error("a node that leaves keeps new hints")
	}
	s.TakeBack()
	s.keepAll(t, away, "m:3")
	s.up(third, accept)
	if err := s.HandOff(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.want(t, []string{"03 m:1", "03 m:2", "03 m:3"}, nil, 0)
}

// TestBatches: a batch is kept here and at another member, or not at all; one that is over is gone here, and one that was cut short is replayed.
func TestBatches(t *testing.T) {
	s := newScene(t, Options{})
	s.up(third, nil)
	if _, err := s.Keep([]byte("m:1")); err == nil {
		t.Fatal("a batch that nobody took is accepted")
	}
	s.want(t, []string{"03 m:1"}, nil, 0)
	s.up(third, accept)
	forget, err := s.Keep([]byte("m:2"))
	if err != nil {
		t.Fatal(err)
	}
	s.want(t, []string{"03 m:2"}, nil, 1)
	s.tick() // it is being written
	s.want(t, nil, nil, 1)
	forget(true)
	s.want(t, nil, nil, 0)

	if _, err := s.Keep([]byte("m:3")); err != nil {
		t.Fatal(err)
	}
	s.want(t, []string{"03 m:3"}, nil, 1)
	o := s.options
	s.Keeper = New(o) // as after a restart
	s.tick()
	s.want(t, nil, []string{"m:3"}, 0)
}

// TestBatchesOfOthers: they are kept until their coordinator says that they are over, or long enough to be sure that it has failed.
func TestBatchesOfOthers(t *testing.T) {
	s := newScene(t, Options{})
	serve := func(f func([]byte, func([]byte)), body []byte) []byte {
		var out []byte
		f(body, func(reply []byte) { out = reply })
		answer, err := replica.Answer(out)
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	age := make([]byte, 8)
	number := serve(s.ServeBatch, append(age, "m:1"...))
	serve(s.ServeBatch, append(age, "m:2"...))
	s.want(t, nil, nil, 2)
	serve(s.ServeBatchDone, number)
	serve(s.ServeBatchDone, number) // it may be said twice
	s.tick()
	s.want(t, nil, nil, 1)
	s.clock.by.Store(int64(2 * entrustedGrace))
	s.tick()
	s.want(t, nil, []string{"m:2"}, 0)
	for _, body := range [][]byte{nil, {1, 2, 3}} {
		var out []byte
		s.ServeBatch(body, func(reply []byte) { out = reply })
		if _, err := replica.Answer(out); err == nil {
			t.Errorf("a message of %d bytes is taken for a batch", len(body))
		}
	}
}

// TestReplayGoesOn: a batch that can't be written keeps its place, the others go on.
func TestReplayGoesOn(t *testing.T) {
	s := newScene(t, Options{})
	o := s.options
	o.Replay = func(m []byte) error {
		if string(m) == "m:1" {
			return errors.New("no replica answers")
		}
		return s.options.Replay(m)
	}
	k := New(o)
	for _, m := range []string{"m:1", "m:2"} {
		k.ServeBatch(append(make([]byte, 8), m...), func([]byte) {})
	}
	s.clock.by.Store(int64(2 * entrustedGrace))
	if err := k.replayBatches(); err == nil || !strings.Contains(err.Error(), "no replica answers") {
		t.Errorf("the failure is not told: %v", err)
	}
	s.want(t, nil, []string{"m:2"}, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := k.HandOff(ctx); err == nil {
		t.Error("a handing over that was ended is a success")
	}
}
