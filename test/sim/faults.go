package sim

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/google/uuid"

	"helenus/internal/platform"
)

// chaos is what goes wrong during a run.
type chaos struct {
	c *cluster
	// downMax bounds how many nodes are out of reach at a time, topologyMax the operations on the ring in a run, factor is the keyspace's.
	downMax, topologyMax, factor int
	faults                       int
	down                         int
	operations                   int
	leaving                      int       // nodes that were asked to leave and have not left
	lost                         uuid.UUID // the last node that died for good
	over, busy                   bool
	done                         map[string]int
}

// sleep waits in a task of the world.
func (c *cluster) sleep(d time.Duration) {
	here := &runtime{s: c.s, process: world, skew: noSkew}
	_ = platform.Sleep(context.Background(), here, d) // it has no end
}

// between returns a random duration.
func (c *cluster) between(low, high time.Duration) time.Duration {
	return low + time.Duration(c.s.random.Int64N(int64(high-low)))
}

// run makes faults until it is over.
func (x *chaos) run() {
	c := x.c
	for !x.over {
		if x.busy {
			c.sleep(c.between(50*time.Millisecond, 2*time.Second))
		} else {
			c.sleep(c.between(200*time.Millisecond, 8*time.Second))
		}
		if x.over {
			return
		}
		kinds := []string{"kill", "kill", "power", "power", "blackout", "pause", "cut", "cut", "oneway", "lossy", "slow", "twice", "deaf", "clock", "drift", "eio", "full", "join", "decommission", "remove", "replace", "restart", "restart"}
		if c.absent != 0 {
			kinds = append(kinds, "remove", "remove", "remove", "remove", "remove", "remove")
		}
		kind := kinds[c.s.random.IntN(len(kinds))]
		if x.inject(kind) {
			x.faults++
			x.done[kind]++
		}
	}
}

// victim returns a machine that serves, or nil when enough are out of reach.
func (x *chaos) victim() *machine {
	var all []*machine
	for _, m := range x.c.machines {
		if m.ready && !m.process.paused && !m.leaving {
			all = append(all, m)
		}
	}
	if len(all) == 0 || x.down >= x.downMax {
		return nil
	}
	return all[x.c.s.random.IntN(len(all))]
}

// unavailable has a fault end after a while; one more node counts as out of reach meanwhile.
func (x *chaos) unavailable(shortest, longest time.Duration, end func()) {
	x.down++
	d := x.c.between(shortest, longest)
	x.c.s.spawn(world, func() {
		x.c.sleep(d)
		end()
		x.down--
	})
}

func (x *chaos) inject(kind string) bool {
	c := x.c
	m := x.victim()
	if m == nil && kind != "join" {
		return false
	}
	c.log.Info("SIM fault", "kind", kind, "node", number(m))
	if c.patrol != 0 && (kind == "clock" || kind == "drift") {
		return false
	}
	switch kind {
	case "kill", "power":
		percent := 100
		if kind == "power" {
			percent = c.s.random.IntN(100)
		}
		m.kill(percent)
		x.unavailable(100*time.Millisecond, 15*time.Second, m.restart)
	case "blackout": // everybody loses power
		for _, other := range c.machines {
			if other.up() && !other.leaving {
				other.kill(c.s.random.IntN(100))
				x.unavailable(100*time.Millisecond, 3*time.Second, other.restart)
			}
		}
	case "restart":
		m.kill(c.s.random.IntN(101))
		m.restart()
	case "pause":
		p := m.process
		c.s.pause(p)
		x.unavailable(500*time.Millisecond, 12*time.Second, func() { c.s.resume(p) })
	case "cut", "oneway", "lossy", "slow", "twice", "deaf":
		end := x.disturb(m, kind)
		x.unavailable(time.Second, 12*time.Second, end)
	case "eio":
		m.disk.sicken(1 + illness(c.s.random.IntN(int(illnesses)-1)))
		if m.disk.illness() == failsOpens {
			m.kill(c.s.random.IntN(101))
			m.restart()
		}
		x.unavailable(time.Second, 12*time.Second, func() {
			m.heal()
			m.restart()
		})
	case "full":
		d := m.disk
		d.full.Store(true)
		x.unavailable(time.Second, 12*time.Second, func() { d.full.Store(false) })
	case "clock":
		m.skew.Add(int64(c.between(-time.Hour, time.Hour)))
	case "drift":
		m.drift.Store(math.Float64bits(0.2*c.s.random.Float64() - 0.1))
	default:
		if x.operations >= x.topologyMax {
			return false
		}
		return x.operate(kind, m)
	}
	return true
}

func number(m *machine) int {
	if m == nil {
		return 0
	}
	return m.number
}

// disturb makes the network around a machine bad and returns what ends it.
func (x *chaos) disturb(m *machine, kind string) (end func()) {
	net := x.c.net
	var made []direction
	for _, other := range x.c.machines {
		if other == m {
			continue
		}
		f := &fault{}
		switch kind {
		case "lossy":
			f.loss = 0.3
		case "twice":
			f.twice = 0.3
		case "deaf":
			f.deaf = true
		case "slow":
			f.slow = x.c.between(10*time.Millisecond, time.Second)
		default:
			f.cut = true
		}
		for i, d := range []direction{{m.storage(), other.storage()}, {other.storage(), m.storage()}} {
			if kind == "oneway" && i == 1 || kind == "deaf" && i == 0 {
				continue
			}
			net.faults[d] = f
			made = append(made, d)
		}
	}
	return func() {
		for _, d := range made {
			delete(net.faults, d)
		}
	}
}

// operate changes the ring.
func (x *chaos) operate(kind string, m *machine) bool {
	c := x.c
	if kind == "join" {
		if len(c.machines) >= 7 {
			return false
		}
		x.operations++
		c.add().start()
		return true
	}
	normal := 0
	for _, other := range c.machines {
		if other.joined && !other.gone && !other.leaving {
			normal++
		}
	}
	if x.c.datacenters > 1 || x.factor == 1 && kind != "decommission" { // its data would be gone
		return false
	}
	if kind == "remove" || kind == "replace" { // more of them at once, or the voters' majority, would be more than is promised
		if x.lost != uuid.Nil && !x.removed(x.lost) || !x.manyVote(m) {
			return false
		}
		x.lost = m.host
	}
	if !m.joined || normal <= max(x.factor, 2) && kind != "replace" || kind == "replace" && (normal < 2 || len(c.machines) >= 7) {
		return false
	}
	x.operations++
	m.leaving = true
	switch kind {
	case "decommission":
		c.s.spawn(world, func() { x.decommission(m) })
	case "remove":
		m.gone = true
		m.kill(100)
		c.s.spawn(world, func() { x.remove(m) })
	case "replace":
		m.gone = true
		m.kill(c.s.random.IntN(101))
		added := c.add()
		added.replace, added.acceptLoss = m.host.String(), x.factor == 2
		added.start()
	}
	return true
}

// manyVote says whether, as all nodes know it, a majority of three or more voters lives without a machine.
func (x *chaos) manyVote(without *machine) bool {
	for _, m := range x.c.machines {
		if !m.ready {
			continue
		}
		voters, _ := m.member.Voters()
		living := 0
		for _, v := range voters {
			member := m.member.State().Numbered(v)
			if member == nil {
				continue
			}
			for _, other := range x.c.machines {
				if other.ready && other != without && other.host == member.Host {
					living++
				}
			}
		}
		if len(voters) < 3 || living < len(voters)/2+1 {
			return false
		}
	}
	return true
}

// decommission asks a node to leave until it has.
func (x *chaos) decommission(m *machine) {
	c := x.c
	x.leaving++
	defer func() { x.leaving-- }()
	for !x.removed(m.host) {
		if m.ready && !m.process.paused {
			member, p := m.member, m.process
			done := false
			c.s.spawn(p, func() {
				err := member.Decommission(context.Background(), false)
				c.log.Info("SIM decommission", "node", m.number, "error", err)
				done = true
			})
			for !done && !p.dead && !x.removed(m.host) {
				c.sleep(100 * time.Millisecond)
			}
		}
		c.sleep(500 * time.Millisecond)
	}
	m.gone = true
	m.kill(100)
	c.log.Info("SIM left", "node", m.number)
}

// remove has another node take a dead one out of the ring.
func (x *chaos) remove(m *machine) {
	c := x.c
	for !x.removed(m.host) {
		if c.absent != 0 { // nobody is asked to
			c.sleep(time.Second)
			continue
		}
		by := c.machines[c.s.random.IntN(len(c.machines))]
		if by.ready && !by.process.paused && by != m {
			member, p := by.member, by.process
			done := false
			c.s.spawn(p, func() {
				err := member.Remove(context.Background(), m.host, x.factor == 2) // the one that is left has all that a quorum of two acknowledged
				c.log.Info("SIM remove", "node", m.number, "by", by.number, "error", err)
				done = true
			})
			for !done && !p.dead {
				c.sleep(100 * time.Millisecond)
			}
		}
		c.sleep(time.Second)
	}
	if c.s.random.IntN(2) == 0 && !x.over { // it comes back when the others are done with it
		m.gone = false
		m.start()
	}
}

// removed says whether some node knows that a host left the ring for good.
func (x *chaos) removed(host uuid.UUID) bool {
	for _, m := range x.c.machines {
		if m.ready && m.member.State().IsRemoved(host) {
			return true
		}
	}
	return false
}

// restart starts a node again that died, unless it is not to come back.
func (m *machine) restart() {
	if m.up() || m.gone {
		return
	}
	m.start()
}

// String tells what was done.
func (x *chaos) String() string { return fmt.Sprint(x.done) }
