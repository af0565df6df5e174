package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"helenus/internal/key"
)

// Settings are a node's settings, checked.
type Settings struct {
	values    map[string]Value
	memoryMax Value    // of options for Java's heap
	auto      []string // address settings that are this machine's first address because none was named
	// Warnings are to be logged once, Notes at debug level.
	Warnings, Notes []string
}

// Value is a setting with its source: flag --x, -Dcassandra.x, CASSANDRA_X, cassandra.yaml:12: x, default.
type Value struct{ Text, Source string }

func (s *Settings) text(name string) string { return s.values[name].Text }

// number returns a value that Load has checked.
func (s *Settings) number(name string) int {
	n, err := strconv.Atoi(s.text(name))
	if err != nil {
		panic(fmt.Sprintf("setting %s was not checked: %v", name, err))
	}
	return n
}

func (s *Settings) DataDir() string     { d, _, _ := strings.Cut(s.text("data"), ","); return d }
func (s *Settings) ClusterName() string { return s.text("cluster-name") }
func (s *Settings) Datacenter() string  { return s.text("dc") }
func (s *Settings) Rack() string        { return s.text("rack") }
func (s *Settings) Port() int           { return s.number("port") }
func (s *Settings) StoragePort() int    { return s.number("storage-port") }

// InternodeCompression returns which messages to other nodes are compressed: dc, all or none.
func (s *Settings) InternodeCompression() string { return s.text("internode-compression") }

// NodeTLS returns the files for TLS between nodes: all three, or none.
func (s *Settings) NodeTLS() (certificate, key, authority string) {
	return s.text("node-cert"), s.text("node-key"), s.text("node-ca")
}

// JoinToken is the secret that all nodes of the cluster have; empty: none.
func (s *Settings) JoinToken() string { return s.text("join-token") }

// Wipes says whether a node that was removed while it was away empties its data directory and joins as a new one.
func (s *Settings) Wipes() bool { return s.text("rejoin") == "wipe" }

// AbsentNodeRemoval is how long a member may be absent before it is taken out of the ring; 0: for ever.
func (s *Settings) AbsentNodeRemoval() time.Duration { return s.duration("absent-node-removal") }

// StopGracePeriod is how long whoever stops the node waits before killing it; 0: not known.
func (s *Settings) StopGracePeriod() time.Duration { return s.duration("stop-grace-period") }

// duration returns a value that Load has checked.
func (s *Settings) duration(name string) time.Duration {
	d, err := ParseDuration(s.text(name))
	if err != nil {
		panic(fmt.Sprintf("setting %s was not checked: %v", name, err))
	}
	return d
}

// ClockOffset is added to the machine's clock.
func (s *Settings) ClockOffset() time.Duration {
	d, _ := time.ParseDuration(s.text("clock-offset")) // it was checked
	return d
}

// AcceptUnsafeMount lets data be on a mount that loses acknowledged writes.
func (s *Settings) AcceptUnsafeMount() bool { return s.text("accept-unsafe-mount") == "true" }
func (s *Settings) AcceptLoss() bool        { return s.text("accept-loss") == "true" }
func (s *Settings) Replace() string         { return s.text("replace") }
func (s *Settings) NumTokens() int          { return s.number("num-tokens") }
func (s *Settings) HTTP() string            { return s.text("http") }
func (s *Settings) LogLevel() string        { return s.text("log-level") }

// LogDir is where the log is written to files, too; empty: nowhere.
func (s *Settings) LogDir() string { return s.text("log-dir") }
func (s *Settings) Periodic() bool { return s.text("commitlog-sync") == "periodic" }

// Listen is the address for CQL clients, an IP address or a name; 0.0.0.0 or :: stands for all of the machine.
func (s *Settings) Listen() string { return s.text("listen") }

// NodeAddress is the address for other nodes, BroadcastAddress what they are told, BroadcastRPCAddress what clients are told: IP addresses or
// names. Empty: that of Listen, of NodeAddress, and of Listen or BroadcastAddress.
func (s *Settings) NodeAddress() string { return s.text("node-address") }

// Any says whether NodeAddress, BroadcastAddress or BroadcastRPCAddress is only the first address of this machine, since none was named: another
// may be the one that other nodes can reach.
func (s *Settings) Any() (node, broadcast, broadcastRPC bool) {
	has := func(name string) bool { return slices.Contains(s.auto, name) }
	return has("node-address"), has("broadcast-address"), has("broadcast-rpc-address")
}

// BroadcastAddress: see NodeAddress.
func (s *Settings) BroadcastAddress() string { return s.text("broadcast-address") }

// BroadcastRPCAddress: see NodeAddress.
func (s *Settings) BroadcastRPCAddress() string { return s.text("broadcast-rpc-address") }

// NodetoolPort is where nodetool and helenus health ask.
func (s *Settings) NodetoolPort() int { return s.number("nodetool-port") }

// Seeds are the nodes to join, addresses or names.
func (s *Settings) Seeds() []string { return split(s.text("seeds")) }

// othersAmongSeeds are the seeds that are not plainly this node itself; a name may stand for others, too.
func (s *Settings) othersAmongSeeds() []string {
	return slices.DeleteFunc(s.Seeds(), func(seed string) bool {
		_, err := netip.ParseAddr(seed)
		return err == nil && (seed == s.BroadcastAddress() || seed == s.NodeAddress() || seed == s.Listen())
	})
}

// InitialNodes is how many empty nodes are started together; 0: the first of the seeds forms the cluster.
func (s *Settings) InitialNodes() int { return s.number("initial-nodes") }

// InitialTokens are the tokens that the node is to take; none: the cluster chooses NumTokens.
func (s *Settings) InitialTokens() []key.Token {
	all, err := parseTokens(s.text("initial-token"))
	if err != nil {
		panic(fmt.Sprintf("setting initial-token was not checked: %v", err))
	}
	return all
}

// KeepsHints says whether hints are kept for nodes that are down.
func (s *Settings) KeepsHints() bool { return truth(s.text("hinted_handoff_enabled")) == "true" }

// Functions says whether there are functions of users, whether also scripted ones, and after what times a call warns and fails.
func (s *Settings) Functions() (enabled, scripted bool, warn, fail time.Duration) {
	return truth(s.text("user-defined-functions")) == "true", truth(s.text("scripted-user-defined-functions")) == "true",
		s.duration("user_defined_functions_warn_timeout"), s.duration("user_defined_functions_fail_timeout")
}

// Masking says whether columns can be masked.
func (s *Settings) Masking() bool { return truth(s.text("dynamic_data_masking_enabled")) == "true" }

// Batches are the sizes in bytes from which on a batch over several partitions warns and is refused, and the partitions from which on an unlogged
// one warns.
func (s *Settings) Batches() (warn, fail, unlogged int) {
	return int(s.size("batch_size_warn_threshold")), int(s.size("batch_size_fail_threshold")), s.number("unlogged_batch_across_partitions_warn_threshold")
}

// ReadTombstones are how many tombstones a read may meet: tombstone_warn_threshold and tombstone_failure_threshold.
func (s *Settings) ReadTombstones() (warn, fail int) {
	return s.number("tombstone_warn_threshold"), s.number("tombstone_failure_threshold")
}

// ReadSizes are thresholds of the bytes of reads, at the coordinator and at replicas; 0: none. on is read_thresholds_enabled.
func (s *Settings) ReadSizes() (on bool, coordinatorWarn, coordinatorFail, localWarn, localFail int64) {
	if on = truth(s.text("read_thresholds_enabled")) == "true"; !on {
		return
	}
	return on, s.size("coordinator_read_size_warn_threshold"), s.size("coordinator_read_size_fail_threshold"), s.size("local_read_size_warn_threshold"), s.size("local_read_size_fail_threshold")
}

// NoUse says that USE is not taken.
func (s *Settings) NoUse() bool { return truth(s.text("use_statements_enabled")) == "false" }

// NoDefaultIndex says that CREATE INDEX has to say which kind of index it makes.
func (s *Settings) NoDefaultIndex() bool {
	return truth(s.text("default_secondary_index_enabled")) == "false"
}

// MaterializedViews says whether views can be made.
func (s *Settings) MaterializedViews() bool { return truth(s.text("materialized-views")) == "true" }

// SASIIndexes says whether SASI indexes can be made.
func (s *Settings) SASIIndexes() bool { return truth(s.text("sasi-indexes")) == "true" }

// Initial is what a new cluster begins with: statements, a directory of files, a keyspace with its replication. Each may be empty.
func (s *Settings) Initial() (cql, dir, keyspace, replication string) {
	return s.text("init-cql"), s.text("init-dir"), s.text("init-keyspace"), s.text("init-replication")
}

// Health is what counts as healthy: auto, alive or ready.
func (s *Settings) Health() string { return s.text("health") }

// SyncPeriod is commitlog_sync_period.
func (s *Settings) SyncPeriod() time.Duration { return s.duration("commitlog-sync-period") }

// Memory is the memory to live in, or 0 to find out.
func (s *Settings) Memory() int64 { return s.size("memory") }

// MemoryMax is a bound on the memory that is found out, 0 for none.
func (s *Settings) MemoryMax() int64 {
	n, _ := strconv.ParseInt(s.memoryMax.Text, 10, 64) // deriveMemory wrote it
	return n
}

// FrameBytes is the largest request.
func (s *Settings) FrameBytes() int { return int(s.size("max-frame-size")) }

// Connections is the most CQL connections, 0 for the default.
func (s *Settings) Connections() int { return max(s.number("max-connections"), 0) }

// AddressConnections is the most CQL connections from one address, 0 for the default.
func (s *Settings) AddressConnections() int { return max(s.number("max-connections-per-address"), 0) }

func (s *Settings) size(name string) int64 {
	if s.text(name) == "" {
		return 0
	}
	n, err := ParseSize(s.text(name))
	if err != nil {
		panic(fmt.Sprintf("setting %s was not checked: %v", name, err))
	}
	return n
}

// ByYaml returns the settings by cassandra.yaml's names, for system_views.settings.
func (s *Settings) ByYaml() map[string]string {
	m := map[string]string{}
	for i := range settings {
		if k := &settings[i]; k.yaml != "" && !strings.Contains(k.yaml, ".") {
			m[k.yaml] = s.text(k.name)
			if k.list {
				m[k.yaml] = "[" + strings.Join(split(s.text(k.name)), ", ") + "]"
			}
		}
	}
	return m
}

// Flag describes a flag of helenus start.
type Flag struct{ Name, Default, About string }

// Flags returns the flags in the order of their names.
func Flags() []Flag {
	var all []Flag
	for i := range keys {
		if k := &keys[i]; !k.noFlag {
			all = append(all, Flag{k.name, k.fallback, k.about})
		}
	}
	slices.SortFunc(all, func(a, b Flag) int { return strings.Compare(a.Name, b.Name) })
	return all
}
