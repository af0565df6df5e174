package topology

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"helenus/internal/cluster/metadata"
	"helenus/internal/ring"
)

// Absent is a member that nobody hears.
type Absent struct {
	Host          uuid.UUID
	Address, Rack string
	For           time.Duration
	// Kept says why it is not removed; empty: it is next.
	Kept string
}

// View is what a node knows of members that the metadata does not say.
type View struct {
	// After is how long a member may be absent; 0: for ever.
	After time.Duration
	// DownFor is for how long a member has not answered this node, 0 for one that does.
	DownFor func(uuid.UUID) time.Duration
	// Hears returns the address of a living member that hears another one, empty when none does.
	Hears func(uuid.UUID) string
	// Behind says what a living member lacks before it counts as a full replica, empty for one that does.
	Behind func(uuid.UUID) string
	// Tasks counts the addresses that the seeds' names stand for when they are those of a Swarm's tasks, else 0. err: they can't be looked up.
	Tasks func() (count int, err error)
}

// Absences judges which members are absent and which one of them may be removed: the one that has been absent for longest, when everything that it
// replicates has a majority of living, full replicas without it, so that nothing is lost and what it had is made anew. Of members that share a range
// only one at a time is ever removed, since operations take turns and the next is judged by the ring that the one before has left.
func Absences(s *metadata.State, v *View) (all []Absent) {
	living := 0
	for i := range s.Members {
		m := &s.Members[i]
		d := v.DownFor(m.Host)
		if d == 0 {
			living++
			continue
		}
		all = append(all, Absent{Host: m.Host, Address: m.Address, Rack: m.Rack, For: d})
	}
	slices.SortFunc(all, func(a, b Absent) int {
		return cmp.Or(cmp.Compare(b.For, a.For), bytes.Compare(a.Host[:], b.Host[:]))
	})
	next := false
	for i := range all {
		a := &all[i]
		a.Kept = keeps(s, v, a, living)
		if a.Kept == "" && next {
			a.Kept = "another one is removed first"
		}
		next = next || a.Kept == ""
	}
	return all
}

// keeps returns why an absent member is not removed.
func keeps(s *metadata.State, v *View, a *Absent, living int) string {
	switch {
	case v.After == 0:
		return "absent-node-removal is 0"
	case a.For <= v.After:
		return fmt.Sprintf("it may be absent for %s", v.After)
	case s.IsFenced(a.Host):
		return "it was given up by a rescue: replace it, or nodetool removenode"
	case s.Operation != nil && !makesWay(s.Operation, a.Host):
		return "another topology operation is under way"
	}
	if by := v.Hears(a.Host); by != "" {
		return fmt.Sprintf("node %s hears it", by)
	}
	if err := enough(s, a.Host, false); err != nil {
		return strings.TrimSuffix(err.Error(), forcefully)
	}
	tasks, err := v.Tasks()
	switch {
	case err != nil:
		return fmt.Sprintf("whether it comes back is not known: %s", err)
	case tasks > living:
		return fmt.Sprintf("%d tasks run and %d members answer: one may be coming back", tasks, living)
	}
	return uncovered(s, v, ring.HostID(a.Host))
}

// makesWay says whether an operation lets an absent member be removed: it may wait for that very one, for ever.
func makesWay(now *metadata.Operation, absent uuid.UUID) bool {
	o := &metadata.Operation{Kind: metadata.Remove, Host: absent}
	return yields(now, o) || waitsFor(now, o)
}

// uncovered finds a range that a host replicates which has no majority of living, full replicas without it.
func uncovered(s *metadata.State, v *View, host ring.HostID) string {
	for _, k := range stored(s.Schema) {
		for _, r := range s.Ring.Placement(k.Replication).Ranges() {
			if !ring.Has(r.Replicas, host) {
				continue
			}
			full, why := 0, ""
			for _, n := range r.Replicas {
				id := uuid.UUID(n.ID)
				if n.ID == host || v.DownFor(id) > 0 {
					continue
				}
				if lacks := v.Behind(id); lacks != "" {
					why = "; " + lacks
					continue
				}
				full++
			}
			if need := len(r.Replicas)/2 + 1; full < need {
				return fmt.Sprintf("keyspace %s has ranges with %d full replicas of %d, and %d are needed to be sure of everything%s", k.Name, full, len(r.Replicas), need, why)
			}
		}
	}
	return ""
}

const (
	// judgeEvery is how often members are looked at that may have been absent for too long.
	judgeEvery = 2 * time.Second
	// sayAbsentEvery is how often it is said that absent members are kept.
	sayAbsentEvery = 10 * time.Minute
)

// judging is when absences were judged last and what was said of them; only ticks use it.
type judging struct {
	began    bool
	at, said time.Duration
	saidOf   string
}

// judge has members removed that were absent for too long. The metadata's leader does, and says why others are kept; while there is none, for want of a
// majority, the first living member says so.
func (m *Manager) judge(s *metadata.State) {
	v := m.options.View
	j := &m.judging
	if v == nil || v.After == 0 {
		return
	}
	now := m.options.Runtime.Monotonic()
	if j.began && now-j.at < judgeEvery {
		return
	}
	j.began, j.at = true, now
	overdue := slices.DeleteFunc(Absences(s, v), func(a Absent) bool { return a.For <= v.After })
	if len(overdue) == 0 {
		j.saidOf = ""
		return
	}
	if leads := m.options.Group.Leads(); !leads && (m.options.Group.HasLeader() || !m.speaks(s)) {
		return
	} else if leads && slices.ContainsFunc(overdue, func(a Absent) bool { return a.Kept == "" }) {
		m.mu.Lock()
		busy := m.removing
		m.removing = true
		m.mu.Unlock()
		if !busy {
			m.jobs.Go(m.removeAbsent)
		}
		return
	}
	var hosts, racks []string
	for _, a := range overdue {
		hosts, racks = append(hosts, fmt.Sprintf("%s (%s, rack %s, for %s): %s", a.Host, a.Address, a.Rack, a.For.Round(time.Second), a.Kept)), append(racks, a.Rack)
	}
	slices.Sort(racks)
	of := fmt.Sprint(racks)
	if of == j.saidOf && now-j.said < sayAbsentEvery {
		return
	}
	j.saidOf, j.said = of, now
	m.options.Logger.Error(fmt.Sprintf("%d of %d members are absent and NOT removed; bring back their volumes, those of the racks (a Swarm's hosts) %s: docker service scale SERVICE=%d, or start their hosts",
		len(overdue), len(s.Members), strings.Join(slices.Compact(racks), ", "), len(s.Members)), "absent", strings.Join(hosts, "; "))
}

// speaks says whether this node is the first living member.
func (m *Manager) speaks(s *metadata.State) bool {
	for i := range s.Members {
		if id := s.Members[i].Host; m.options.View.DownFor(id) == 0 {
			return id == m.options.Self
		}
	}
	return false
}

// removeAbsent begins to remove the absent member that is next, if there still is one.
func (m *Manager) removeAbsent() {
	_, err := m.options.Group.Change(m.ctx, func(s *metadata.State) (*metadata.Delta, error) {
		all := Absences(s, m.options.View)
		i := slices.IndexFunc(all, func(a Absent) bool { return a.Kept == "" })
		if i < 0 {
			return nil, nil
		}
		return m.begin(s, uuid.New(), func(s *metadata.State) (*metadata.Operation, error) {
			a := &all[i]
			m.options.Logger.Warn("a member is removed that was absent for too long; others get its part of the data", "host", a.Host, "address", a.Address, "rack", a.Rack, "absent", a.For.Round(time.Second))
			o := &metadata.Operation{Kind: metadata.Remove, Host: a.Host}
			return o, covered(s, o)
		})
	})
	if err != nil && m.ctx.Err() == nil {
		m.options.Logger.Warn("an absent member is not removed yet", "error", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.removing = false
}
