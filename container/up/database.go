package up

import (
	"fmt"
	"strconv"
	"time"
)

// The databases that a cluster can run.
const (
	Helenus   = "helenus"
	Cassandra = "cassandra"
	Scylla    = "scylla"
)

// database is what the databases do not share.
type database struct {
	image     string // of no name: the one that holds this program
	dataPath  string
	memoryMin int64 // what a node can live in, in bytes
	// together is true when empty nodes that are started at once form one cluster.
	together bool
	// leavesByExit is true when a container ends with status 0 once, and only when, its node has left the ring.
	leavesByExit bool
	environment  func(cluster string, s *Settings) []string
	command      func(cluster string, s *Settings) []string
	ready        []string // exits with 0 when a node serves clients
	check        check
	leaveForced  []string // has a node leave although fewer stay than a keyspace wants replicas; empty: it never asks
}

// check is how the engine finds out whether a container is well.
type check struct {
	every, timeout, startPeriod time.Duration
	startEvery                  time.Duration // until it is well for the first time; engines before version 25 take every
	retries                     int
}

// ask is a request that needs neither a keyspace nor a permission.
var ask = []string{"cqlsh", "-e", "SELECT release_version FROM system.local"}

// seed is the node that newcomers of the other databases ask; it is never taken out, since the highest numbers leave first.
func seed(cluster string) string { return nodeName(cluster, 1) }

var databases = map[string]database{
	Helenus: {
		dataPath: "/var/lib/cassandra", memoryMin: 64 << 20, together: true, leavesByExit: true,
		environment: func(cluster string, s *Settings) []string {
			// All nodes have the cluster's name as a network alias, so any that lives is a seed.
			return []string{"CASSANDRA_CLUSTER_NAME=" + cluster, "CASSANDRA_SEEDS=" + cluster, "HELENUS_HEALTH=ready", "HELENUS_INITIAL_NODES=" + strconv.Itoa(s.Initial)}
		},
		ready: []string{"helenus", "health", "--mode", "ready"},
		check: check{every: 5 * time.Second, timeout: 5 * time.Second, startPeriod: time.Minute, startEvery: 250 * time.Millisecond, retries: 3}, leaveForced: []string{"--force"},
	},
	Cassandra: {
		image: "cassandra:5.0", dataPath: "/var/lib/cassandra", memoryMin: 512 << 20,
		environment: func(cluster string, s *Settings) []string {
			heap := int64(512) // MiB: three nodes fit into a laptop
			if s.Memory > 0 {
				heap = s.Memory >> 21
			}
			return []string{"CASSANDRA_CLUSTER_NAME=" + cluster, "CASSANDRA_SEEDS=" + seed(cluster), fmt.Sprintf("HEAP_NEWSIZE=%dM", heap/4), fmt.Sprintf("MAX_HEAP_SIZE=%dM", heap)}
		},
		ready: ask,
		check: check{every: 10 * time.Second, timeout: 15 * time.Second, startPeriod: 3 * time.Minute, startEvery: 2 * time.Second, retries: 5}, leaveForced: []string{"--force"},
	},
	Scylla: {
		image: "scylladb/scylla:6.2", dataPath: "/var/lib/scylla", memoryMin: 512 << 20,
		command: func(cluster string, s *Settings) []string {
			memory := int64(768) // MiB
			if s.Memory > 0 {
				memory = s.Memory * 3 / 4 >> 20
			}
			return []string{"--seeds=" + seed(cluster), "--smp", "1", "--memory", fmt.Sprintf("%dM", memory), "--overprovisioned", "1"}
		},
		ready: ask,
		check: check{every: 10 * time.Second, timeout: 15 * time.Second, startPeriod: 3 * time.Minute, startEvery: 2 * time.Second, retries: 5},
	},
}
