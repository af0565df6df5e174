package sim

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"helenus/internal/exec"
	"helenus/internal/node"
	"helenus/internal/protocol"
)

// machine is a host with a disk and a clock, and the node on it while one runs.
type machine struct {
	c       *cluster
	number  int
	address string
	dc      string
	rack    string
	disk    *disk
	skew    atomic.Int64  // how wrong its clock is, in nanoseconds
	drift   atomic.Uint64 // by how much more with each second: bits of a float64
	replace string
	// acceptLoss lets it replace a node of which no majority is left.
	acceptLoss bool

	process *process
	runtime *runtime
	member  *node.Member
	session *exec.Session
	ready   bool // serves clients
	gone    bool // left the cluster, or is not to be started again
	joined  bool // was a normal member once
	leaving bool // is on its way out
	host    uuid.UUID
}

// cluster is all machines.
type cluster struct {
	s        *scheduler
	net      *network
	log      *slog.Logger
	machines []*machine
	racks    int
	// datacenters is 1 or 2
	datacenters int
	// how often data is walked and repaired, and how far behind its repair a mark stays
	patrol, repair, margin time.Duration
	// absent is after how long an absent member is removed by itself; 0: never
	absent time.Duration
	// views says whether there are materialized views
	views bool
}

func (c *cluster) add() *machine {
	n := len(c.machines) + 1
	m := &machine{c: c, number: n, address: fmt.Sprintf("10.0.0.%d", n), dc: fmt.Sprintf("dc%d", (n-1)%c.datacenters+1), rack: fmt.Sprintf("rack%d", (n-1)/c.datacenters%c.racks+1), disk: newDisk()}
	c.machines = append(c.machines, m)
	return m
}

// start starts the node on a machine.
func (m *machine) start() {
	s := m.c.s
	p := &process{name: fmt.Sprintf("node%d", m.number)}
	m.process = p
	m.runtime = &runtime{s: s, process: p, skew: m.wrong}
	s.note(1, uint64(m.number))
	s.spawn(p, func() {
		var seeds []string
		for _, other := range m.c.machines {
			if other != m || m.number == 1 {
				seeds = append(seeds, other.address)
			}
		}
		if m.number == 1 {
			seeds = []string{m.address}
			for _, other := range m.c.machines[1:] {
				seeds = append(seeds, other.address)
			}
		}
		log := m.c.log.With("node", m.number)
		member, err := node.StartMember(context.Background(), node.Options{
			DataDir: dataDir, FS: m.disk.open(), Addresses: node.Addresses{Native: m.address}, Port: 9042, ClusterName: "sim", Datacenter: m.dc, Rack: m.rack, NumTokens: 4, Seeds: seeds, Replace: m.replace, AcceptLoss: m.acceptLoss, AbsentNodeRemoval: m.c.absent,
			Memory: 64 << 20, PatrolPeriod: m.c.patrol, RepairPeriod: m.c.repair, RepairMargin: m.c.margin, Views: m.c.views, Runtime: m.runtime, Connect: m.c.net.connect(p, m.runtime), Logger: log,
			OnFatal: func(err error) { m.fatal(err) },
		})
		if err != nil {
			m.fatal(fmt.Errorf("start: %w", err))
		}
		m.member = member
		if err := member.Join(context.Background()); err != nil {
			m.fatal(fmt.Errorf("join: %w", err))
		}
		m.host = member.HostID()
		m.joined, m.replace = true, ""
		m.session = member.Connect(netip.MustParseAddrPort("10.9.9.9:1000"), protocol.V5, nil)
		member.Serve(nil)
		m.ready = true
		s.note(2, uint64(m.number))
		log.Info("SIM ready")
	})
}

// wrong is how far its clock is ahead.
func (m *machine) wrong(now time.Duration) time.Duration {
	return time.Duration(m.skew.Load()) + time.Duration(math.Float64frombits(m.drift.Load())*float64(now))
}

// noSkew is a true clock.
func noSkew(time.Duration) time.Duration { return 0 }

// heal makes the machine's disk well again. What a node wrote to one that failed writes is lost, so it dies if it has not yet.
func (m *machine) heal() {
	if m.disk.illness() == failsWrites {
		m.kill(0)
	}
	m.disk.heal()
}

// fatal is how a node ends that can't go on. Its task unwinds first: it may hold what others unwinding need.
func (m *machine) fatal(err error) {
	m.c.log.Info("SIM fatal", "node", m.number, "error", err)
	if strings.Contains(err.Error(), "for good") {
		m.gone = true
	}
	p := m.process
	p.ending, m.ready = true, false
	m.c.s.spawn(world, func() {
		if m.process == p {
			m.kill(100)
		}
	})
	panic(killed{})
}

// kill ends the node as kill -9 or, when less than 100 percent of what was not synced is kept, as a loss of power does.
func (m *machine) kill(percent int) {
	s := m.c.s
	p := m.process
	if p == nil || p.dead {
		return
	}
	s.note(3, uint64(m.number), uint64(percent))
	m.c.log.Info("SIM kill", "node", m.number, "kept", percent)
	m.ready = false
	m.disk.crash(percent)
	s.kill(p)
	for _, e := range m.c.net.all {
		if e.process == p {
			e.Close()
		}
	}
	if m.member != nil {
		_ = m.member.Crash() // what was open at the crash is told as leaked
	}
	m.member, m.session = nil, nil
}

// up says whether a node runs.
func (m *machine) up() bool { return m.process != nil && !m.process.dead }

// storage is where the node takes messages of others.
func (m *machine) storage() string { return m.address + ":7000" }
