package topology

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"helenus/internal/cluster/metadata"
	"helenus/internal/cql"
	"helenus/internal/key"
	"helenus/internal/ring"
	"helenus/internal/schema"
)

// fiveMembers is a cluster of that many members in racks of their own, with a table of that many replicas.
func fiveMembers(t *testing.T, count, replicas int) *metadata.State {
	t.Helper()
	s := &metadata.State{Schema: &schema.Schema{}}
	for _, text := range []string{
		fmt.Sprintf("CREATE KEYSPACE k WITH replication = {'class': 'NetworkTopologyStrategy', 'datacenter1': %d}", replicas), "CREATE TABLE k.t (id int PRIMARY KEY)",
	} {
		statement, err := cql.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		out, err := schema.Execute(s.Schema, statement, schema.Facts{Datacenters: map[string]int{"datacenter1": count}})
		if err != nil {
			t.Fatal(err)
		}
		s.Schema = s.Schema.Apply(out.Change)
	}
	var nodes []*ring.Node
	for i := range count {
		id := hostNumber(i)
		n := &ring.Node{ID: ring.HostID(id), Datacenter: "datacenter1", Rack: fmt.Sprint("host-", i)}
		n.Tokens = ring.Allocate(nodes, n, 4)
		nodes = append(nodes, n)
		s.Members = append(s.Members, metadata.Member{Host: id, Number: uint64(i + 1), Address: fmt.Sprint("10.0.0.", i, ":7000"), Datacenter: n.Datacenter, Rack: n.Rack, Status: metadata.Normal, Tokens: append([]key.Token(nil), n.Tokens...)})
	}
	s.Rings()
	return s
}

func hostNumber(i int) uuid.UUID { return uuid.UUID{15: byte(i + 1)} }

// TestAbsences guards when a member that is absent for too long is removed, and what keeps it.
func TestAbsences(t *testing.T) {
	const after = time.Hour
	for name, c := range map[string]struct {
		members, replicas int
		down              map[int]time.Duration
		after             time.Duration
		hears, behind     map[int]string
		tasks             int
		unknown           error
		change            func(*metadata.State)
		removed           int    // -1: none
		kept              string // why the first of the absent is
	}{
		"one of five":                   {members: 5, replicas: 3, down: map[int]time.Duration{2: 2 * after}, after: after, removed: 2},
		"one of five, in a Swarm":       {members: 5, replicas: 3, down: map[int]time.Duration{2: 2 * after}, after: after, tasks: 4, removed: 2},
		"not for long enough":           {members: 5, replicas: 3, down: map[int]time.Duration{2: after}, after: after, removed: -1, kept: "may be absent for 1h"},
		"never":                         {members: 5, replicas: 3, down: map[int]time.Duration{2: 2 * after}, removed: -1, kept: "absent-node-removal is 0"},
		"two, the longer one first":     {members: 7, replicas: 5, down: map[int]time.Duration{1: 2 * after, 4: 3 * after}, after: after, removed: 4},
		"two of three replicas":         {members: 5, replicas: 3, down: map[int]time.Duration{1: 2 * after, 2: 2 * after, 3: 2 * after}, after: after, removed: -1, kept: "full replicas of 3, and 2 are needed"},
		"all but one":                   {members: 5, replicas: 3, down: map[int]time.Duration{0: 2 * after, 1: 2 * after, 2: 2 * after, 3: 2 * after}, after: after, removed: -1, kept: "keyspace k has ranges with 0 full replicas of 3, and 2 are needed"},
		"too few would be left":         {members: 3, replicas: 3, down: map[int]time.Duration{0: 2 * after}, after: after, removed: -1, kept: "not enough live nodes to maintain replication factor in keyspace k"},
		"its only replica":              {members: 3, replicas: 1, down: map[int]time.Duration{0: 2 * after}, after: after, removed: -1, kept: "0 full replicas of 1"},
		"one of two replicas":           {members: 3, replicas: 2, down: map[int]time.Duration{0: 2 * after}, after: after, removed: -1, kept: "1 full replicas of 2"},
		"another one hears it":          {members: 5, replicas: 3, down: map[int]time.Duration{2: 2 * after}, after: after, hears: map[int]string{2: "10.0.0.4:7000"}, removed: -1, kept: "10.0.0.4:7000 hears it"},
		"another one lags":              {members: 5, replicas: 3, down: map[int]time.Duration{2: 2 * after}, after: after, behind: map[int]string{0: "hints wait", 1: "hints wait", 3: "hints wait"}, removed: -1, kept: "hints wait"},
		"its task is there":             {members: 5, replicas: 3, down: map[int]time.Duration{2: 2 * after}, after: after, tasks: 5, removed: -1, kept: "5 tasks run and 4 members answer"},
		"the tasks are not known":       {members: 5, replicas: 3, down: map[int]time.Duration{2: 2 * after}, after: after, unknown: errors.New("no such host"), removed: -1, kept: "no such host"},
		"an operation is under way":     {members: 5, replicas: 3, down: map[int]time.Duration{2: 2 * after}, after: after, removed: -1, kept: "another topology operation", change: func(s *metadata.State) { s.Operation = &metadata.Operation{Kind: metadata.Leave, Host: hostNumber(0)} }},
		"it was given up":               {members: 5, replicas: 3, down: map[int]time.Duration{2: 2 * after}, after: after, removed: -1, kept: "given up by a rescue", change: func(s *metadata.State) { s.Fenced = []uuid.UUID{hostNumber(2)} }},
		"no keyspace, as after forming": {members: 3, replicas: 3, down: map[int]time.Duration{2: 2 * after}, after: after, removed: 2, change: func(s *metadata.State) { s.Schema = &schema.Schema{} }},
	} {
		s := fiveMembers(t, c.members, c.replicas)
		if c.change != nil {
			c.change(s)
		}
		number := func(id uuid.UUID) int { return int(id[15]) - 1 }
		all := Absences(s, &View{
			After: c.after, DownFor: func(id uuid.UUID) time.Duration { return c.down[number(id)] }, Hears: func(id uuid.UUID) string { return c.hears[number(id)] },
			Behind: func(id uuid.UUID) string { return c.behind[number(id)] }, Tasks: func() (int, error) { return c.tasks, c.unknown },
		})
		removed, kept := -1, ""
		for i, a := range all {
			if i == 0 {
				kept = a.Kept
			}
			if a.Kept == "" {
				if removed >= 0 {
					t.Errorf("%s: two are removed at once", name)
				}
				removed = number(a.Host)
			}
		}
		if len(all) != len(c.down) || removed != c.removed || !strings.Contains(kept, c.kept) {
			t.Errorf("%s: %d is removed, want %d; the first is kept since %q, want %q; %d absent", name, removed, c.removed, kept, c.kept, len(all))
		}
	}
}
