package metadata

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"helenus/internal/auth"
	"helenus/internal/cql"
	"helenus/internal/key"
	"helenus/internal/platform"
	"helenus/internal/schema"
)

// disk is a store's records.
type disk struct {
	mu      sync.Mutex
	records map[string][]byte
	retired []schema.DataID
}

func (d *disk) Metas(prefix string) (map[string][]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := map[string][]byte{}
	for name, value := range d.records {
		if strings.HasPrefix(name, prefix) {
			out[name] = value
		}
	}
	return out, nil
}

func (d *disk) SetMetas(records map[string][]byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for name, value := range records {
		if value == nil {
			delete(d.records, name)
		} else {
			d.records[name] = value
		}
	}
	return nil
}

func (d *disk) Retire(id schema.DataID) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.retired = append(d.retired, id)
	return nil
}

// cluster is several groups with a network that can be cut.
type cluster struct {
	t     *testing.T
	mu    sync.Mutex
	nodes map[string]*Group // by address
	disks map[string]*disk
	cut   map[string]bool // addresses that nothing reaches
	told  func(Update)    // of changes that a node applies from Open on; nil: nobody
}

func newCluster(t *testing.T) *cluster {
	return &cluster{t: t, nodes: map[string]*Group{}, disks: map[string]*disk{}, cut: map[string]bool{}}
}

func hostNumber(i int) uuid.UUID { return uuid.UUID{byte(i)} }

func addressNumber(i int) string { return fmt.Sprintf("10.0.0.%d:7000", i) }

func (c *cluster) member(i int) Member {
	return Member{Host: hostNumber(i), Address: addressNumber(i), Datacenter: "dc", Rack: "r", Generation: 1, Status: Joining}
}

// open starts a node on its disk.
func (c *cluster) open(i int) *Group {
	c.t.Helper()
	from := addressNumber(i)
	if c.disks[from] == nil {
		c.disks[from] = &disk{records: map[string][]byte{}}
	}
	g, err := Open(Options{
		Log: c.disks[from], Data: c.disks[from], Base: schema.Empty, Runtime: platform.System{}, Changed: c.told, OnFatal: func(err error) { c.t.Error(err) },
		Send: func(_ uint64, to string, m []byte) {
			go func() { // a network is never part of its sender's call
				c.mu.Lock()
				receiver := c.nodes[to]
				if c.cut[to] || c.cut[from] {
					receiver = nil
				}
				c.mu.Unlock()
				if receiver != nil {
					if err := receiver.Receive(m, from); err != nil && !errors.Is(err, errNoGroup) {
						c.t.Logf("%s to %s: %v", from, to, err)
					}
				}
			}()
		},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	c.mu.Lock()
	c.nodes[from] = g
	c.mu.Unlock()
	return g
}

// until waits, in virtual time, until something is so.
func (c *cluster) until(what string, is func() bool) {
	c.t.Helper()
	for end := time.Now().Add(time.Minute); !is(); <-time.After(tick) {
		if time.Now().After(end) {
			c.t.Fatalf("%s: not so after a minute", what)
		}
	}
}

// untilVoters waits until so many members vote and one of them leads, and all know of both.
func (c *cluster) untilVoters(n int) {
	c.t.Helper()
	c.until(fmt.Sprintf("%d members vote", n), func() bool {
		for _, g := range c.nodes {
			if voters, leader := g.Voters(); len(voters) != n || leader == 0 {
				return false
			}
		}
		return slices.ContainsFunc(slices.Collect(maps.Values(c.nodes)), (*Group).Leads)
	})
}

// untilEqual waits until all members that run have applied the same.
func (c *cluster) untilEqual() {
	c.t.Helper()
	c.until("the members agree", func() bool {
		epoch := uint64(0)
		for _, g := range c.nodes {
			if e := g.State().Epoch; epoch != 0 && e != epoch {
				return false
			} else {
				epoch = e
			}
		}
		return true
	})
}

func (c *cluster) stop(i int) {
	c.mu.Lock()
	g := c.nodes[addressNumber(i)]
	delete(c.nodes, addressNumber(i))
	c.mu.Unlock()
	g.Close()
}

func (c *cluster) stopAll() {
	for _, g := range c.nodes {
		g.Close()
	}
}

// form makes a cluster of n nodes.
func (c *cluster) form(n int) []*Group {
	c.t.Helper()
	groups := []*Group{c.open(1)}
	first := c.member(1)
	first.Status, first.Tokens = Normal, []key.Token{0}
	if err := groups[0].Found(Founding{Cluster: uuid.UUID{9}, PagingKey: []byte("k")}, first); err != nil {
		c.t.Fatal(err)
	}
	for i := 2; i <= n; i++ {
		g := c.open(i)
		c.join(groups[0], g, i)
		groups = append(groups, g)
	}
	return groups
}

func (c *cluster) join(seed, g *Group, i int) {
	c.t.Helper()
	m, err := seed.Admit(c.t.Context(), c.member(i))
	if err != nil {
		c.t.Fatal(err)
	}
	if err := g.Follow(m.Number); err != nil {
		c.t.Fatal(err)
	}
	if _, err := seed.Change(c.t.Context(), func(s *State) (*Delta, error) {
		m := *s.Member(hostNumber(i))
		m.Status, m.Tokens = Normal, []key.Token{key.Token(i)}
		return &Delta{Put: []Member{m}}, nil
	}); err != nil {
		c.t.Fatal(err)
	}
}

func execute(t *testing.T, text string) func(*schema.Schema, *auth.Roles) (Proposal, error) {
	t.Helper()
	parsed, err := cql.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return func(s *schema.Schema, _ *auth.Roles) (p Proposal, err error) {
		p.Schema, err = schema.Execute(s, parsed, schema.Facts{})
		return p, err
	}
}

func createKeyspace(t *testing.T, name string) func(*schema.Schema, *auth.Roles) (Proposal, error) {
	return execute(t, "CREATE KEYSPACE "+name+" WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
}

func wantKeyspaces(t *testing.T, g *Group, names ...string) {
	t.Helper()
	var have []string
	for _, k := range g.Schema().Keyspaces() {
		have = append(have, k.Name)
	}
	slices.Sort(have)
	if !slices.Equal(have, names) {
		t.Errorf("keyspaces %v, want %v", have, names)
	}
}

// TestChangedFromOpenOn: what is read from the log again when a group is opened is told, in order and with the state before each change, so that
// whoever must remember what a change took away can, though the process ended right after it.
func TestChangedFromOpenOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		defer c.stopAll()
		g := c.form(1)[0]
		for _, name := range []string{"a", "b"} {
			if _, err := g.Propose(t.Context(), createKeyspace(t, name)); err != nil {
				t.Fatal(err)
			}
		}
		last := g.State().Epoch
		c.stop(1)
		var told []string
		c.told = func(u Update) {
			if u.State.Epoch != u.Before.Epoch+1 {
				t.Errorf("epoch %d follows %d", u.State.Epoch, u.Before.Epoch)
			}
			told = append(told, fmt.Sprintf("%d: %d keyspaces", u.State.Epoch, len(u.State.Schema.Keyspaces())))
		}
		c.open(1)
		if want := []string{fmt.Sprintf("%d: 1 keyspaces", last-1), fmt.Sprintf("%d: 2 keyspaces", last)}; !slices.Equal(told, want) {
			t.Errorf("told %q, want %q", told, want)
		}
	})
}

// TestAlone: one member proposes, is closed, opened again and has what it had.
func TestAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		defer c.stopAll()
		g := c.form(1)[0]
		for i := range 3 * keptEntries { // far enough for the log to be compacted
			if _, err := g.Propose(t.Context(), createKeyspace(t, fmt.Sprintf("k%d", i))); err != nil {
				t.Fatal(err)
			}
			if i > 0 {
				if _, err := g.Propose(t.Context(), execute(t, fmt.Sprintf("DROP KEYSPACE k%d", i))); err != nil {
					t.Fatal(err)
				}
			}
		}
		before := *g.State()
		if n := len(c.disks[addressNumber(1)].records); n > 4*keptEntries {
			t.Errorf("%d records are kept", n)
		}
		c.stop(1)
		g = c.open(1)
		if g.State().Epoch != before.Epoch || g.State().Cluster != before.Cluster || g.State().Schema.Version() != before.Schema.Version() {
			t.Errorf("epoch %d after the restart, %d before", g.State().Epoch, before.Epoch)
		}
		wantKeyspaces(t, g, "k0")
		if _, err := g.Propose(t.Context(), createKeyspace(t, "more")); err != nil {
			t.Fatal(err)
		}
		wantKeyspaces(t, g, "k0", "more")
	})
}

// TestThree: changes from every member are seen by all; one death stops nothing; two stop changes alone; whoever was away catches up.
func TestThree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		defer c.stopAll()
		groups := c.form(3)
		c.untilVoters(3)
		for i, g := range groups {
			if _, err := g.Propose(t.Context(), createKeyspace(t, fmt.Sprintf("k%d", i))); err != nil {
				t.Fatalf("from member %d: %v", i+1, err)
			}
		}
		c.untilEqual()
		for _, g := range groups {
			wantKeyspaces(t, g, "k0", "k1", "k2")
		}
		leads := slices.IndexFunc(groups, (*Group).Leads)
		c.stop(leads + 1)
		next := groups[(leads+1)%3]
		if _, err := next.Propose(t.Context(), createKeyspace(t, "without")); err != nil {
			t.Fatalf("without the leader: %v", err)
		}
		c.mu.Lock()
		c.cut[addressNumber((leads+2)%3+1)] = true
		c.mu.Unlock()
		if _, err := next.Propose(t.Context(), createKeyspace(t, "nobody")); err == nil || !strings.Contains(err.Error(), "majority") {
			t.Fatalf("a minority changed the schema: %v", err)
		}
		c.mu.Lock()
		clear(c.cut)
		c.mu.Unlock()
		back := c.open(leads + 1)
		if _, err := back.Propose(t.Context(), createKeyspace(t, "whole")); err != nil {
			t.Fatal(err)
		}
		c.untilEqual()
		for _, g := range c.nodes {
			if g.Schema().Version() != back.Schema().Version() || g.State().Epoch != back.State().Epoch {
				t.Error("the members disagree")
			}
		}
		if back.Schema().Keyspace("whole") == nil || back.Schema().Keyspace("without") == nil {
			t.Error("a change is lost")
		}
	})
}

// TestManyAtOnce: concurrent proposals from all members each take effect exactly once, and of two that exclude each other one wins.
func TestManyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		defer c.stopAll()
		groups := c.form(5)
		c.untilVoters(5)
		var wg sync.WaitGroup
		var mu sync.Mutex
		won := map[string]int{}
		for i, g := range groups {
			for j := range 4 {
				name := fmt.Sprintf("shared%d", j)
				wg.Go(func() {
					if _, err := g.Propose(context.Background(), createKeyspace(t, name)); err == nil {
						mu.Lock()
						won[name]++
						mu.Unlock()
					} else if !strings.Contains(err.Error(), "Cannot add existing keyspace") {
						t.Errorf("member %d: %v", i+1, err)
					}
				})
			}
		}
		wg.Wait()
		c.untilEqual()
		for name, n := range won {
			if n != 1 {
				t.Errorf("%s was created %d times", name, n)
			}
		}
		for _, g := range groups {
			wantKeyspaces(t, g, "shared0", "shared1", "shared2", "shared3")
		}
	})
}

// TestTwo: one of two votes, so that the other may die.
func TestTwo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		defer c.stopAll()
		groups := c.form(2)
		c.untilVoters(1)
		c.stop(2)
		if _, err := groups[0].Propose(t.Context(), createKeyspace(t, "k")); err != nil {
			t.Error(err)
		}
		second := c.open(2)
		c.until("the second member catches up", func() bool { return second.Schema().Keyspace("k") != nil })
		if _, err := second.Propose(t.Context(), createKeyspace(t, "l")); err != nil {
			t.Error(err)
		}
		for i, g := range []*Group{groups[0], second} {
			if voters, _ := g.Voters(); !slices.Equal(voters, []uint64{1}) {
				t.Errorf("member %d: voters %v", i+1, voters)
			}
		}
	})
}

// TestHandOver: the only voter of two gives its vote away before it stops, so the other changes the schema without it; a leader of three gives
// the leadership away.
func TestHandOver(t *testing.T) {
	for _, members := range []int{2, 3} {
		synctest.Test(t, func(t *testing.T) {
			c := newCluster(t)
			defer c.stopAll()
			groups := c.form(members)
			c.untilVoters(votersWanted(members))
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			leads := slices.IndexFunc(groups, (*Group).Leads)
			heir := (leads + 1) % members
			if err := groups[leads].HandOver(ctx, groups[heir].Numbering()); err != nil {
				t.Fatal(err)
			}
			c.stop(leads + 1)
			if _, err := groups[heir].Propose(t.Context(), createKeyspace(t, "k")); err != nil {
				t.Errorf("%d members: %v", members, err)
			}
			back := c.open(leads + 1)
			c.until("who came back catches up", func() bool { return back.Schema().Keyspace("k") != nil })
			ctx, cancel = context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			if err := groups[heir].HandOver(ctx, back.Numbering()); err != nil {
				t.Fatal(err)
			}
			if _, err := back.Propose(t.Context(), createKeyspace(t, "l")); err != nil {
				t.Errorf("%d members, after it came back: %v", members, err)
			}
		})
	}
}

func TestRemovedStaysOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		defer c.stopAll()
		groups := c.form(2)
		if _, err := groups[0].Change(t.Context(), func(s *State) (*Delta, error) { return &Delta{Drop: []uuid.UUID{hostNumber(2)}}, nil }); err != nil {
			t.Fatal(err)
		}
		if _, err := groups[0].Admit(t.Context(), c.member(2)); err == nil || !strings.Contains(err.Error(), "removed") {
			t.Errorf("got %v", err)
		}
		again, err := groups[0].Admit(t.Context(), c.member(3))
		if err != nil || again.Number != 3 {
			t.Errorf("number %v, %v; a number must not be used again", again, err)
		}
	})
}

// TestOldStore: the schema of a node that was alone is the founding member's.
func TestOldStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		defer c.stopAll()
		g := c.form(1)[0]
		if _, err := g.Propose(t.Context(), createKeyspace(t, "old")); err != nil {
			t.Fatal(err)
		}
		raw, err := schema.Encode(g.Schema())
		if err != nil {
			t.Fatal(err)
		}
		c.disks[addressNumber(2)] = &disk{records: map[string][]byte{recordOldSchema: raw, recordOldEpoch: {0, 0, 0, 0, 0, 0, 0, 7}}}
		taken := c.open(2)
		if err := taken.Found(Founding{Cluster: uuid.UUID{8}, PagingKey: []byte("k")}, c.member(2)); err != nil {
			t.Fatal(err)
		}
		wantKeyspaces(t, taken, "old")
		if e := taken.State().Epoch; e < 8 {
			t.Errorf("epoch %d", e)
		}
		if _, ok := c.disks[addressNumber(2)].records[recordOldSchema]; ok {
			t.Error("the old record is still there")
		}
	})
}

// TestRetired: truncated and dropped tables' data is deleted on every member, also on one that was away.
func TestRetired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		defer c.stopAll()
		groups := c.form(3)
		for _, text := range []string{
			"CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}", "CREATE TABLE k.t (p int PRIMARY KEY)",
		} {
			if _, err := groups[0].Propose(t.Context(), execute(t, text)); err != nil {
				t.Fatal(err)
			}
		}
		c.untilVoters(3)
		c.untilEqual()
		id := groups[0].Schema().Keyspace("k").Tables["t"].DataID
		leads := slices.IndexFunc(groups, (*Group).Leads)
		away := (leads+1)%3 + 1
		c.stop(away)
		if _, err := groups[leads].Propose(t.Context(), execute(t, "TRUNCATE k.t")); err != nil {
			t.Fatal(err)
		}
		for i := range 3 * keptEntries { // the member that is away will need a snapshot
			if _, err := groups[leads].Propose(t.Context(), createKeyspace(t, fmt.Sprintf("n%d", i))); err != nil {
				t.Fatal(err)
			}
		}
		c.open(away)
		for address, d := range c.disks {
			c.until(address+" deletes the data, and forgets that it had to", func() bool {
				d.mu.Lock()
				defer d.mu.Unlock()
				for name := range d.records {
					if strings.HasPrefix(name, recordRetire) {
						return false
					}
				}
				return slices.Contains(d.retired, id)
			})
		}
	})
}

// TestNumberingDoesNotWait guards that ballots, which have the member's number, never wait for the disk that the metadata is synced to.
func TestNumberingDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		defer c.stopAll()
		g := c.form(1)[0]
		g.mu.Lock()
		n := g.Numbering()
		g.mu.Unlock()
		if n != 1 {
			t.Error(n)
		}
	})
}
