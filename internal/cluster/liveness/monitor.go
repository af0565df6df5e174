package liveness

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"helenus/internal/cluster/metadata"
	"helenus/internal/guardrail"
	"helenus/internal/platform"
	"helenus/internal/rpc"
)

const (
	pingEvery  = 500 * time.Millisecond
	pingWithin = 2 * time.Second
)

// Vital is what a node says of itself when it is pinged.
type Vital struct {
	Host       uuid.UUID `json:"host"`
	Generation uint64    `json:"generation"`
	Epoch      uint64    `json:"epoch"`
	// Ready is true while it serves clients.
	Ready bool `json:"ready"`
	// Load is the size of its data in bytes.
	Load int64 `json:"load"`
	// Disk is how full its disk is.
	Disk guardrail.DiskState `json:"disk,omitempty"`
	// Addresses that it has now; the metadata may still have older ones.
	Address string `json:"address"`
	Native  string `json:"native"`
	// Moved are members that this node knows at other addresses than the metadata does.
	Moved []rpc.Home `json:"moved,omitempty"`
	// Silent are members that it does not hear, Owes those that it keeps hints for, Fetching is true while it fetches ranges, Ending once it was told to stop.
	Silent   []uuid.UUID `json:"silent,omitempty"`
	Owes     []uuid.UUID `json:"owes,omitempty"`
	Fetching bool        `json:"fetching,omitempty"`
	Ending   bool        `json:"ending,omitempty"`
	// Latest is its latest timestamp and Wall its clock, in microseconds; Yours the latest generation that it knows of whoever asks.
	Latest int64  `json:"latest"`
	Wall   int64  `json:"wall"`
	Yours  uint64 `json:"yours"`
}

// Options connect a Monitor.
type Options struct {
	Self uuid.UUID
	// Generation is this node's start.
	Generation uint64
	// Address is where this node takes calls now.
	Address string
	// Seeds are asked too while a member does not answer: it may have moved, and they may be it. It must not block.
	Seeds func() []string
	State func() *metadata.State
	// Vital is what this node answers.
	Vital func() Vital
	// Drop ends this node's connections to a member that has said nothing for too long. After a cut a network may hold back what is sent on an old connection for
	// as long again as the cut was; a new one works at once.
	Drop func(host uuid.UUID)
	// Learn is told of members that have moved. nil: nobody is told.
	Learn func(rpc.Home)
	// Call reaches other nodes: package rpc.
	Call    func(to rpc.Peer, class rpc.Class, verb rpc.Verb, body []byte, timeout time.Duration, done func(reply []byte, err error))
	Runtime platform.Runtime
	// Changed is told of members, with the addresses that they have now, that began or ceased to serve clients. It must not block.
	Changed func(m *metadata.Member, up bool)
	// Time is told of a member's latest timestamp and clock, Superseded that a node has met a later start of this one. nil: nobody is told.
	Time       func(host uuid.UUID, latest, wall int64)
	Superseded func(by string, generation uint64)
}

// Monitor pings the members.
type Monitor struct {
	options Options
	tracker Tracker
	started time.Duration
	ticker  *platform.Periodic
	ticked  time.Duration // when the last tick was; only the ticks use it

	mu     sync.Mutex
	vitals map[uuid.UUID]Vital // guarded by mu: the latest of each member
	up     map[uuid.UUID]bool  // guarded by mu: those that Changed was told of
}

// Start begins to ping.
func Start(o Options) *Monitor {
	m := &Monitor{options: o, started: o.Runtime.Monotonic(), vitals: map[uuid.UUID]Vital{}, up: map[uuid.UUID]bool{}}
	m.ticker = platform.Every(o.Runtime, pingEvery, m.tick)
	return m
}

// Stop ends it.
func (m *Monitor) Stop() { m.ticker.Stop() }

// Live says whether a member answers; this node always does.
func (m *Monitor) Live(id uuid.UUID) bool { return id == m.options.Self || m.tracker.Live(id) }

// Known says whether it is known if a member answers.
func (m *Monitor) Known(id uuid.UUID) bool { return id == m.options.Self || m.tracker.Known(id) }

// DownFor returns for how long a member has not answered.
func (m *Monitor) DownFor(id uuid.UUID) time.Duration {
	if id == m.options.Self {
		return 0
	}
	return m.tracker.DownFor(id, m.started, m.options.Runtime.Monotonic())
}

// Doubt is how long a member has said nothing, as a share of how long it may and still count as alive.
func (m *Monitor) Doubt(id uuid.UUID) float64 {
	if id == m.options.Self {
		return 0
	}
	return m.tracker.Silence(id, m.options.Runtime.Monotonic())
}

// Vital returns what a member said last.
func (m *Monitor) Vital(id uuid.UUID) (v Vital, ok bool) {
	if id == m.options.Self {
		return m.options.Vital(), true
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok = m.vitals[id]
	return v, ok
}

// Current returns a member with the addresses that it has said it has since its last start, which the metadata may not know yet.
func (m *Monitor) Current(member *metadata.Member) *metadata.Member {
	m.mu.Lock()
	v, ok := m.vitals[member.Host]
	m.mu.Unlock()
	if !ok || v.Generation <= member.Generation || v.Address == "" || v.Native == "" {
		return member
	}
	current := *member
	current.Address, current.Native, current.Generation = v.Address, v.Native, v.Generation
	return &current
}

// Met is told that a connection with a host was made.
func (m *Monitor) Met(id uuid.UUID) { m.tracker.Heard(id, m.options.Runtime.Monotonic()) }

// Lost is told that the connection to a host broke.
func (m *Monitor) Lost(id uuid.UUID) {
	if m.tracker.Lost(id, m.options.Runtime.Monotonic()) {
		m.judge(id)
	}
}

func (m *Monitor) tick() {
	now := m.options.Runtime.Monotonic()
	if m.ticked != 0 && now-m.ticked > silence/2 { // this process was stopped, or starved
		m.tracker.Forgive(now)
	}
	m.ticked = now
	for _, id := range m.tracker.Silent(now) {
		m.judge(id)
		m.options.Drop(id)
	}
	missing := false
	for _, member := range m.options.State().Members {
		missing = missing || !m.Live(member.Host)
		switch {
		case member.Host != m.options.Self:
			m.ping(member.Host, member.Address)
		case member.Address != m.options.Address: // whoever is where this node was may have its place the other way round
			m.meet(member.Address)
		}
	}
	if missing {
		for _, seed := range m.options.Seeds() {
			m.meet(seed)
		}
	}
}

// Greet pings all other members now.
func (m *Monitor) Greet() {
	for _, member := range m.options.State().Members {
		if member.Host != m.options.Self {
			m.ping(member.Host, member.Address)
		}
	}
}

// meet speaks to whoever is at an address: each side says who and where it is.
func (m *Monitor) meet(address string) {
	m.options.Call(rpc.Peer{Address: address}, rpc.Control, rpc.Ping, nil, pingWithin, func([]byte, error) {})
}

func (m *Monitor) ping(host uuid.UUID, address string) {
	m.options.Call(rpc.Peer{Host: host, Address: address}, rpc.Control, rpc.Ping, nil, pingWithin, func(reply []byte, err error) {
		if err != nil {
			m.tracker.Failed(host, m.options.Runtime.Monotonic())
			return
		}
		var v Vital
		if json.Unmarshal(reply, &v) != nil || v.Host != host {
			return
		}
		if m.options.Superseded != nil && v.Yours > m.options.Generation {
			m.options.Superseded(v.Address, v.Yours)
			return
		}
		if m.options.Time != nil {
			m.options.Time(host, v.Latest, v.Wall)
		}
		if m.options.Learn != nil {
			for _, h := range v.Moved {
				if h.Host != m.options.Self {
					m.options.Learn(h)
				}
			}
		}
		m.mu.Lock()
		m.vitals[host] = v
		m.mu.Unlock()
		m.tracker.Heard(host, m.options.Runtime.Monotonic())
		m.judge(host)
	})
}

// judge tells of a member whose service to clients began or ended.
func (m *Monitor) judge(id uuid.UUID) {
	member := m.options.State().Member(id)
	if member == nil {
		return
	}
	m.mu.Lock()
	up := m.tracker.Live(id) && m.vitals[id].Ready && member.Status != metadata.Joining
	changed := up != m.up[id]
	if changed {
		m.up[id] = up
	}
	m.mu.Unlock()
	if changed && m.options.Changed != nil {
		m.options.Changed(m.Current(member), up)
	}
}

// settleEvery is how soon a member that lags is asked again.
const settleEvery = 5 * time.Millisecond

// Settle returns when every member that answers has applied an epoch.
func (m *Monitor) Settle(ctx context.Context, epoch uint64) error {
	for {
		lag := ""
		for _, member := range m.options.State().Members {
			if v, _ := m.Vital(member.Host); member.Host != m.options.Self && m.Live(member.Host) && v.Epoch < epoch {
				lag = member.Address
				m.ping(member.Host, member.Address)
			}
		}
		if lag == "" {
			return nil
		}
		if err := platform.Sleep(ctx, m.options.Runtime, settleEvery); err != nil {
			return fmt.Errorf("%s lags behind: %w", lag, err)
		}
	}
}

// Serve answers a ping of a node whose latest generation is known.
func (m *Monitor) Serve(yours uint64) ([]byte, error) {
	v := m.options.Vital()
	v.Yours = yours
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("answer a ping: %w", err)
	}
	return raw, nil
}
