package coordinator

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"

	"helenus/internal/cassandra"
	"helenus/internal/cluster/metadata"
	"helenus/internal/key"
	"helenus/internal/planted"
	"helenus/internal/replica"
	"helenus/internal/ring"
	"helenus/internal/rpc"
	"helenus/internal/schema"
)

// target is a replica of a request.
type target struct {
	id         ring.HostID
	peer       rpc.Peer
	datacenter string
	local      bool
}

// placements remember who replicates what under one topology.
type placements struct {
	state    *metadata.State
	byName   *sync.Map // keyspace → *placement
	byMember map[ring.HostID]*target
}

// placement is a keyspace's: who replicates each range now and, while an operation moves ranges, when it is over.
type placement struct {
	replication map[string]string
	now, next   *ring.Placement
	targets     [][]*target // of the ranges of now
}

// placementCache holds the placements of the latest state.
type placementCache struct {
	current atomic.Pointer[placements]
}

func (c *Coordinator) placements() *placements {
	state := c.options.State()
	p := c.cache.current.Load()
	if p != nil && p.state == state {
		return p
	}
	if p != nil && p.state.Topology == state.Topology && sameAddresses(p.state, state) { // only the schema changed
		p = &placements{state, p.byName, p.byMember}
		c.cache.current.Store(p)
		return p
	}
	p = &placements{state: state, byName: &sync.Map{}, byMember: map[ring.HostID]*target{}}
	for i := range state.Members {
		m := &state.Members[i]
		id := ring.HostID(m.Host)
		p.byMember[id] = &target{id, rpc.Peer{Host: m.Host, Address: m.Address}, m.Datacenter, id == c.options.Self}
	}
	c.cache.current.Store(p)
	return p
}

func sameAddresses(a, b *metadata.State) bool {
	return slices.EqualFunc(a.Members, b.Members, func(x, y metadata.Member) bool { return x.Host == y.Host && x.Address == y.Address })
}

func (p *placements) of(k *schema.Keyspace) *placement {
	if v, ok := p.byName.Load(k.Name); ok {
		if found := v.(*placement); maps.Equal(found.replication, k.Replication) {
			return found
		}
	}
	made := &placement{replication: k.Replication, now: p.state.Ring.Placement(k.Replication)}
	for _, x := range made.now.Ranges() {
		made.targets = append(made.targets, p.targets(x.Replicas))
	}
	if p.state.Next != nil {
		made.next = p.state.Next.Placement(k.Replication)
	}
	p.byName.Store(k.Name, made)
	return made
}

func (p *placements) targets(nodes []*ring.Node) []*target {
	all := make([]*target, 0, len(nodes))
	for _, n := range nodes {
		if t := p.byMember[n.ID]; t != nil {
			all = append(all, t)
		}
	}
	return all
}

// replicas are the nodes that a request on one token goes to.
type replicas struct {
	plan     replica.Plan
	keyspace *schema.Keyspace
	// old and next replicate the token before and after the operation under way; next is nil when it changes nothing here.
	old, next []*target
	step      metadata.Step
}

// replicas returns who replicates a table's token.
func (c *Coordinator) replicas(table *schema.Table, token key.Token) (r replicas, err error) {
	p := c.placements()
	if r.keyspace = p.state.Schema.Keyspace(table.Keyspace); r.keyspace == nil {
		return r, cassandra.Invalidf("keyspace %s does not exist", table.Keyspace)
	}
	r.plan = replica.Plan{Epoch: p.state.Epoch, Topology: p.state.Topology, Trace: c.trace.ID()}
	where := p.of(r.keyspace)
	i := where.now.Index(token)
	r.old = where.targets[i]
	if where.next == nil {
		return r, nil
	}
	r.step = p.state.Operation.Step
	if next := where.next.At(token).Replicas; !ring.Same(where.now.Ranges()[i].Replicas, next) {
		r.next = p.targets(next)
	}
	return r, nil
}

// readers are the replicas that may answer reads.
func (r *replicas) readers() []*target {
	if r.next != nil && r.step >= metadata.ReadNew {
		return r.next
	}
	return r.old
}

// onlySelf says whether this node is the only replica, so that no message is needed.
func (r *replicas) onlySelf() bool { return r.next == nil && len(r.old) == 1 && r.old[0].local }

// all numbers every replica, old and new.
func (r *replicas) all() (set targetSet) {
	set.bits(r.old)
	if !planted.Is(planted.NoPendingWrites) {
		set.bits(r.next)
	}
	return set
}

// within returns the replicas of one datacenter.
func (r replicas) within(datacenter string) replicas {
	elsewhere := func(t *target) bool { return t.datacenter != datacenter }
	r.old = slices.DeleteFunc(slices.Clone(r.old), elsewhere)
	if r.next != nil {
		r.next = slices.DeleteFunc(slices.Clone(r.next), elsewhere)
	}
	return r
}

// targetSet numbers the targets of a request: bit i of a set of replicas is its target i.
type targetSet []*target

func (s *targetSet) number(t *target) int {
	for i, known := range *s {
		if known.id == t.id {
			return i
		}
	}
	*s = append(*s, t)
	return len(*s) - 1
}

func (s *targetSet) bits(targets []*target) (bits uint64) {
	for _, t := range targets {
		bits |= 1 << s.number(t)
	}
	return bits
}

// writeQuotas returns how many of which replicas must answer a write at a level: of the old and, while the range moves, of the new ones.
func (c *Coordinator) writeQuotas(level cassandra.Consistency, r *replicas, set *targetSet) []quota {
	quotas := c.quotas(level, r.keyspace, set, r.old)
	if planted.Is(planted.SmallWriteQuorum) && quotas[0].need > 1 {
		quotas[0].need--
	}
	if r.next != nil && !planted.Is(planted.NoPendingWrites) {
		quotas = append(quotas, c.quotas(level, r.keyspace, set, r.next)...)
	}
	return quotas
}

// quotas returns how many of which replicas must answer at a level: for each group that counts apart, its members and the number. There is at
// least one group.
func (c *Coordinator) quotas(level cassandra.Consistency, k *schema.Keyspace, set *targetSet, targets []*target) []quota {
	network := k.Replication["class"] == "NetworkTopologyStrategy"
	in := func(datacenter string) uint64 {
		var local []*target
		for _, t := range targets {
			if t.datacenter == datacenter {
				local = append(local, t)
			}
		}
		return set.bits(local)
	}
	switch level {
	case cassandra.LocalOne, cassandra.LocalQuorum, cassandra.LocalSerial:
		return []quota{{in(c.options.Datacenter), BlockFor(level, k, c.options.Datacenter)}}
	case cassandra.EachQuorum:
		if !network {
			break
		}
		var each []quota
		for _, f := range factors(k) {
			each = append(each, quota{in(f.datacenter), f.replicas/2 + 1})
		}
		if each != nil {
			return each
		}
	}
	return []quota{{set.bits(targets), BlockFor(level, k, c.options.Datacenter)}}
}

// EachReplica calls f with the hosts that a write to a partition goes to.
func (c *Coordinator) EachReplica(table *schema.Table, token key.Token, f func(host uuid.UUID)) error {
	of, err := c.replicas(table, token)
	if err != nil {
		return err
	}
	for _, t := range of.all() {
		f(uuid.UUID(t.id))
	}
	return nil
}
