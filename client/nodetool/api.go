package nodetool

// Port is where a node takes requests by default, the one of Cassandra's JMX.
const Port = 7199

// Header must be in every request. A browser can't be made to send it to another site, so a web page reaches no node.
const Header = "X-Helenus-Nodetool"

// A request is POST /nodetool/<verb> with Arguments as JSON. The answer is a sequence of Answers as JSON: lines while the verb is carried out, then
// a report or an error. Who hangs up before that cancels the verb, as far as it can be.

// Answer is a part of an answer; one of its fields is set.
type Answer struct {
	Line   string  `json:"line,omitempty"`
	Report *Report `json:"report,omitempty"`
	Error  *Error  `json:"error,omitempty"`
}

// Error is why a verb was not carried out.
type Error struct {
	Text string `json:"text"`
	// Usage is true when the asker has to ask otherwise: nothing was tried.
	Usage bool `json:"usage,omitempty"`
}

func (e *Error) Error() string { return e.Text }

// Arguments of a verb; each uses what it needs.
type Arguments struct {
	Force    bool   `json:"force,omitempty"`
	Host     string `json:"host,omitempty"` // host id
	Keyspace string `json:"keyspace,omitempty"`
	Table    string `json:"table,omitempty"`
	Key      string `json:"key,omitempty"`
	View     string `json:"view,omitempty"` // of Keyspace, whose build is asked for
	// Hosts are addresses or host ids.
	Hosts []string `json:"hosts,omitempty"`
	Level string   `json:"level,omitempty"` // for setlogginglevel
	// Repair narrows a repair.
	Repair RepairArguments `json:"repair,omitzero"`
	// Tag names a snapshot; All means every one. Probability is for settraceprobability.
	Tag         string  `json:"tag,omitempty"`
	All         bool    `json:"all,omitempty"`
	Probability float64 `json:"probability,omitempty"`
	Ranges      bool    `json:"ranges,omitempty"` // of Keyspace, wanted in the report
	// Statistics are wanted in the report: of Tables (each keyspace or keyspace.table; none: all), or of requests and messages.
	Statistics string `json:"statistics,omitempty"` // StatisticsTables or StatisticsWork
	// Tables, where Statistics are not asked for, are those of Keyspace; none: all.
	Tables []string `json:"tables,omitempty"`
	// Others turns the choice of Tables round.
	Others bool `json:"others,omitempty"`
}

// RepairArguments narrow a repair. The zero value is of all ranges of a node, among all their replicas.
type RepairArguments struct {
	Primary     bool     `json:"primary,omitempty"`     // the ranges that the node is the first replica of
	Local       bool     `json:"local,omitempty"`       // among the replicas of the node's datacenter
	Datacenters []string `json:"datacenters,omitempty"` // among the replicas of these
	Start       string   `json:"start,omitempty"`       // token before the first one
	End         string   `json:"end,omitempty"`         // last token
}

// What Arguments.Statistics can ask for.
const (
	StatisticsTables = "tables"
	StatisticsWork   = "work"
)

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
	Mode        string     `json:"mode"`   // STARTING, JOINING, NORMAL, LEAVING, DECOMMISSIONED, DRAINING or DRAINED
	Alone       bool       `json:"alone"`  // drained: other nodes are not spoken to any more
	Exceptions  int64      `json:"exceptions"`
	HeapBytes   int64      `json:"heap_bytes"`
	LimitBytes  int64      `json:"limit_bytes"`
	Nodes       []Node     `json:"nodes"`
	Keyspaces   []Keyspace `json:"keyspaces"`
	// Owns are shares of the data by host id: of Arguments.Keyspace, or of all keyspaces when they are replicated alike. Empty: they are not.
	Owns map[string]float64 `json:"owns,omitempty"`
	// Endpoints answer getendpoints.
	Endpoints []string `json:"endpoints,omitempty"`
	// ViewBuilds are, by address, what members say of the build of Arguments.View: STARTED or SUCCESS.
	ViewBuilds map[string]string `json:"view_builds,omitempty"`
	// Operation is the change of the ring that is under way.
	Operation *Operation `json:"operation,omitempty"`
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
	// CIDRGroups are the groups of addresses that roles may be bound to, with their ranges; AddressGroups those that Arguments.Host is in.
	CIDRGroups    map[string][]string `json:"cidr_groups,omitempty"`
	AddressGroups []string            `json:"address_groups,omitempty"`
	// Handoff is true while hints are kept.
	Handoff       bool     `json:"handoff"`
	HandoffPaused bool     `json:"handoff_paused"` // those that wait are not delivered
	LogLevel      string   `json:"log_level"`
	Seeds         []string `json:"seeds"`
	// Timeouts are in milliseconds, by gettimeout's names.
	Timeouts         map[string]int64 `json:"timeouts"`
	Compaction       Compaction       `json:"compaction"`
	Cache            Cache            `json:"cache"`
	TraceProbability float64          `json:"trace_probability"`
	Snapshots        []Snapshot       `json:"snapshots,omitempty"`
	// Repaired ranges were repaired since the start by this node; Waiting are due. RepairedThrough is the oldest mark of this node's ranges in
	// seconds since 1970, 0 when one was never repaired.
	RepairedRanges  int64 `json:"repaired_ranges"`
	WaitingRanges   int   `json:"waiting_ranges"`
	RepairedThrough int64 `json:"repaired_through"`
	// Absent are members that nobody hears.
	Absent        []Absent `json:"absent,omitempty"`
	Repairing     string   `json:"repairing,omitempty"`
	RepairedShare float64  `json:"repaired_share"` // of this node's ranges of all tables, 0 to 1
	// Tables are those that were asked for, by keyspace and name; AllTables how many there are.
	Tables    []Table `json:"tables,omitempty"`
	AllTables int     `json:"all_tables,omitempty"`
	// Messages tell of messages between nodes, by class.
	Messages []Messages `json:"messages,omitempty"`
	// Pools and Requests tell what the node is at, Dropped how many messages of a kind got no answer in time.
	Pools    []Pool           `json:"pools,omitempty"`
	Dropped  []Dropped        `json:"dropped,omitempty"`
	Requests map[string]Times `json:"requests,omitempty"` // by kind: read, write, range, serial read, transaction, other
}

// Operation is a change of the ring: a host joins, leaves, is removed or takes another's place.
type Operation struct {
	ID   string `json:"id"`
	Kind string `json:"kind"`
	Host string `json:"host"`
	Step int    `json:"step"`
}

// Compaction is what the storage engine did since the start.
type Compaction struct {
	Concurrent int   `json:"concurrent"` // at most
	Pending    int64 `json:"pending"`
	Completed  int64 `json:"completed"`
	Aborted    int64 `json:"aborted"`
	Bytes      int64 `json:"bytes"` // read
}

// Cache is the cache of blocks of data files.
type Cache struct {
	Entries  int64 `json:"entries"`
	Bytes    int64 `json:"bytes"`
	Capacity int64 `json:"capacity"`
	Hits     int64 `json:"hits"`
	Misses   int64 `json:"misses"`
}

// Times are how long something took. Percentiles, in nanoseconds, are those that Percentiles names, of the last minutes; empty when nothing came.
type Times struct {
	Count       int64   `json:"count"`
	Sum         int64   `json:"sum"` // nanoseconds
	Percentiles []int64 `json:"percentiles,omitempty"`
}

// Percentiles are the shares whose times are reported, 0 the shortest and 1 the longest.
var Percentiles = []float64{0.5, 0.75, 0.95, 0.98, 0.99, 0, 1}

// Table is a table and what this node did with it.
type Table struct {
	Keyspace   string `json:"keyspace"`
	Name       string `json:"name"`
	Files      int    `json:"files"`
	FileBytes  int64  `json:"file_bytes"` // of the largest
	Bytes      int64  `json:"bytes"`
	Partitions int64  `json:"partitions"`
	Reads      Times  `json:"reads"`
	Writes     Times  `json:"writes"`
	// Repaired is the share of its ranges here, 0 to 1, that were ever repaired.
	Repaired float64 `json:"repaired"`
}

// Pool is work of one kind.
type Pool struct {
	Name      string `json:"name"`
	Active    int64  `json:"active"`
	Pending   int64  `json:"pending"`
	Completed int64  `json:"completed"`
	Blocked   int64  `json:"blocked"` // since the start
}

// Dropped is how many messages of a kind got no answer in time.
type Dropped struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
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
	Release    string   `json:"release"`
	Generation uint64   `json:"generation"` // its number of starts
	Epoch      uint64   `json:"epoch"`
	Ready      bool     `json:"ready"` // it serves clients
	// Doubt grows with the time that nothing was heard of it: at DoubtMax it counts as down.
	Doubt float64 `json:"doubt"`
}

// DoubtMax is the doubt at which a node counts as down: Cassandra's default threshold of phi.
const DoubtMax = 8

// Keyspace is a keyspace and its replication as DESCRIBE shows it.
type Keyspace struct {
	Name        string            `json:"name"`
	Replication map[string]string `json:"replication"`
}

// Messages counts messages between nodes of one class.
type Messages struct {
	Name      string `json:"name"`
	Pending   int64  `json:"pending"`   // other nodes' that are being served
	Completed int64  `json:"completed"` // other nodes' that were served
	Dropped   int64  `json:"dropped"`   // this node's that got no answer in time
}

// Absent is a member that does not answer.
type Absent struct {
	Host    string `json:"host"`
	Address string `json:"address"`
	Rack    string `json:"rack"`
	// Seconds is for how long it has not answered, RemovedAfter after how many it may be removed, 0: never; Kept why it is not, empty: it is next.
	Seconds      int64  `json:"seconds"`
	RemovedAfter int64  `json:"removed_after"`
	Kept         string `json:"kept,omitempty"`
}
