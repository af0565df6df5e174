package nodetool

// Port is where a node takes requests by default, the one of Cassandra's JMX.
const Port = 7199

// Header must be in every request. A browser can't be made to send it to another site, so a web page reaches no node.
const Header = "X-Helenus-Nodetool"

// A request is POST /nodetool/<verb> with Arguments as JSON; the answer is Report as JSON, or status 400 or 500 and the reason as text.

// Arguments of a verb; each uses what it needs.
type Arguments struct {
	Force    bool   `json:"force,omitempty"`
	Host     string `json:"host,omitempty"` // host id
	Keyspace string `json:"keyspace,omitempty"`
	Table    string `json:"table,omitempty"`
	Key      string `json:"key,omitempty"`
	// Tag names a snapshot; All means every one. Probability is for settraceprobability.
	Tag         string  `json:"tag,omitempty"`
	All         bool    `json:"all,omitempty"`
	Probability float64 `json:"probability,omitempty"`
	Ranges      bool    `json:"ranges,omitempty"` // of Keyspace, wanted in the report
}

// Report is what a node knows; verbs that change something answer with it too.
type Report struct {
	Cluster     string     `json:"cluster"`
	Partitioner string     `json:"partitioner"`
	Self        string     `json:"self"` // host id
	Version     string     `json:"version"`
	Release     string     `json:"release"`
	Uptime      int64      `json:"uptime"` // seconds
	Generation  int64      `json:"generation"`
	Native      bool       `json:"native"` // CQL clients are served
	HeapBytes   int64      `json:"heap_bytes"`
	LimitBytes  int64      `json:"limit_bytes"`
	Nodes       []Node     `json:"nodes"`
	Keyspaces   []Keyspace `json:"keyspaces"`
	// Owns are shares of the data by host id: of Arguments.Keyspace, or of all keyspaces when they are replicated alike. Empty: they are not.
	Owns map[string]float64 `json:"owns,omitempty"`
	// Endpoints answer getendpoints.
	Endpoints []string `json:"endpoints,omitempty"`
	// Operation is the change of the ring that is under way, in words.
	Operation string `json:"operation,omitempty"`
	// Fetched of Fetching ranges are here; FetchedBytes came since the start.
	Fetched      int   `json:"fetched"`
	Fetching     int   `json:"fetching"`
	FetchedBytes int64 `json:"fetched_bytes"`
	// Hints wait for members, by host id.
	Hints   map[string]int `json:"hints,omitempty"`
	Repairs int64          `json:"repairs"` // replicas that reads wrote back to
	Differs int64          `json:"differs"` // reads whose replicas differed
	// Voters keep the schema and the topology, by host id; Leader leads them.
	Voters []string `json:"voters"`
	Leader string   `json:"leader"`
	Epoch  uint64   `json:"epoch"`
	Schema string   `json:"schema"`
	// Ranges are those of Arguments.Keyspace, when they are asked for.
	Ranges []Range `json:"ranges,omitempty"`
	// Handoff is true while hints are kept.
	Handoff          bool       `json:"handoff"`
	TraceProbability float64    `json:"trace_probability"`
	Snapshots        []Snapshot `json:"snapshots,omitempty"`
	// Repaired ranges were repaired since the start by this node; Waiting are due. RepairedThrough is the oldest mark of this node's ranges in
	// seconds since 1970, 0 when one was never repaired.
	RepairedRanges  int64  `json:"repaired_ranges"`
	WaitingRanges   int    `json:"waiting_ranges"`
	RepairedThrough int64  `json:"repaired_through"`
	Repairing       string `json:"repairing,omitempty"`
}

// Range is a range of tokens, its start left out, and its replicas by host id.
type Range struct {
	Start string   `json:"start"`
	End   string   `json:"end"`
	Hosts []string `json:"hosts"`
}

// Snapshot is a snapshot of a node's data.
type Snapshot struct {
	Tag   string `json:"tag"`
	Bytes int64  `json:"bytes"`
	Made  int64  `json:"made"` // seconds since 1970
}

// Node is a member.
type Node struct {
	Host       string   `json:"host"`
	Address    string   `json:"address"` // host:port for nodes
	Native     string   `json:"native"`  // host:port for clients
	Datacenter string   `json:"datacenter"`
	Rack       string   `json:"rack"`
	Up         bool     `json:"up"`
	State      string   `json:"state"` // Normal, Leaving or Joining
	Load       int64    `json:"load"`
	Tokens     []string `json:"tokens"`
}

// Keyspace is a keyspace and its replication as DESCRIBE shows it.
type Keyspace struct {
	Name        string            `json:"name"`
	Replication map[string]string `json:"replication"`
}
