package system

import (
	"net/netip"
	"time"

	"github.com/google/uuid"

	"helenus/internal/auth"
	"helenus/internal/key"
	"helenus/internal/platform"
	"helenus/internal/schema"
	"helenus/internal/stats"
)

// Options are where facts come from. A nil function means that there is nothing to tell.
type Options struct {
	Schema func() *schema.Schema
	// Roles are who may do what.
	Roles func() *auth.Roles
	Clock platform.Clock
	// Local is this node, Peers are the others.
	Local func() Node
	Peers func() []Node
	// ClusterName is the cluster's name.
	ClusterName string
	// HelenusVersion is shown in system_views.system_properties; release_version is the Cassandra that Helenus speaks like.
	HelenusVersion string
	// Clients are the connections now.
	Clients func() []Client
	// Settings are the configuration in effect by cassandra.yaml's names, Properties what system_properties shows.
	Settings   func() map[string]string
	Properties func() map[string]string
	// Metrics are shown by system_views.cql_metrics.
	Metrics func() map[string]float64
	// Views are what system_views shows of the node's work.
	Views Views
	// IndexBuilt says whether an index is built on this node.
	IndexBuilt func(schema.DataID) bool
	// ViewBuild tells how far a view's build is on this node.
	ViewBuild func(schema.DataID) ViewBuild
	// ViewStatus tells of the members, by host id, whether they have built a view: STARTED or SUCCESS. Members that do not say are not there.
	ViewStatus func(view *schema.Table) map[uuid.UUID]string
}

// Node is a node of the cluster.
type Node struct {
	HostID                                  uuid.UUID
	BroadcastAddress, ListenAddress, Native netip.Addr
	StoragePort, NativePort                 int
	DataCenter, Rack                        string
	Tokens                                  []key.Token
	// Generation is when the node started, in seconds since 1970.
	Generation int32
	// SchemaVersion is what the node last said; of the local node it is taken from the schema.
	SchemaVersion uuid.UUID
	// Release is the version of Cassandra that it speaks like, empty: this one's. Load is what its data take, in bytes; Ready says that it serves clients.
	Release string
	Load    int64
	Ready   bool
}

// ViewBuild is how far a view's build is.
type ViewBuild struct {
	Built bool
	// Rows are those of the base that were walked, Last the token that the build has come to.
	Rows int64
	Last key.Token
}

// Client is a connected client.
type Client struct {
	Address            netip.AddrPort
	ProtocolVersion    int
	Options            map[string]string // of STARTUP
	Keyspace           string
	User               string
	Requests           int64
	TLS                bool
	Cipher, TLSVersion string
}

// Tables answers reads of system tables. It is safe for concurrent use.
type Tables struct {
	options Options
	started time.Time
}

// New returns the system tables. Options.Schema, Clock and Local must be set.
func New(o Options) *Tables { return &Tables{options: o, started: o.Clock.Now()} }

// fields is a row: values by column name; what is absent is null.
type fields map[string][]byte

// content makes a table's rows and hands each to add.
type content func(t *Tables, add func(fields))

// contents are the tables that have rows.
var contents = map[string]content{
	"system.local":                                  (*Tables).local,
	"system.peers":                                  (*Tables).peers,
	"system.peers_v2":                               (*Tables).peersV2,
	"system_auth.roles":                             (*Tables).roles,
	"system_auth.role_members":                      (*Tables).roleMembers,
	"system_auth.role_permissions":                  (*Tables).rolePermissions,
	"system_auth.network_permissions":               (*Tables).networkPermissions,
	"system_auth.cidr_permissions":                  (*Tables).cidrPermissions,
	"system_auth.cidr_groups":                       (*Tables).cidrGroups,
	"system_auth.identity_to_role":                  (*Tables).identityToRole,
	"system_auth.resource_role_permissons_index":    (*Tables).resourceRoles,
	"system_schema.keyspaces":                       (*Tables).schemaKeyspaces,
	"system_schema.tables":                          (*Tables).schemaTables,
	"system_schema.columns":                         (*Tables).schemaColumns,
	"system_schema.column_masks":                    (*Tables).schemaMasks,
	"system_schema.dropped_columns":                 (*Tables).schemaDropped,
	"system_schema.types":                           (*Tables).schemaTypes,
	"system_schema.functions":                       (*Tables).schemaFunctions,
	"system_schema.aggregates":                      (*Tables).schemaAggregates,
	"system_schema.indexes":                         (*Tables).schemaIndexes,
	"system.IndexInfo":                              (*Tables).indexInfo,
	"system.built_views":                            (*Tables).builtViews,
	"system.view_builds_in_progress":                (*Tables).viewBuilds,
	"system_distributed.view_build_status":          (*Tables).viewStatus,
	"system_schema.views":                           (*Tables).schemaViews,
	"system_views.sai_column_indexes":               (*Tables).attachedIndexes,
	"system_virtual_schema.keyspaces":               (*Tables).virtualKeyspaces,
	"system_virtual_schema.tables":                  (*Tables).virtualTables,
	"system_virtual_schema.columns":                 (*Tables).virtualColumns,
	"system_views.clients":                          (*Tables).clients,
	"system_views.settings":                         (*Tables).settings,
	"system_views.system_properties":                (*Tables).properties,
	"system_views.coordinator_read_latency":         latency(func(c *TableCounts) *stats.Histogram { return c.CoordinatorReads }),
	"system_views.coordinator_scan_latency":         latency(func(c *TableCounts) *stats.Histogram { return c.CoordinatorScans }),
	"system_views.coordinator_write_latency":        latency(func(c *TableCounts) *stats.Histogram { return c.CoordinatorWrites }),
	"system_views.local_read_latency":               latency(func(c *TableCounts) *stats.Histogram { return c.LocalReads }),
	"system_views.local_scan_latency":               latency(func(c *TableCounts) *stats.Histogram { return c.LocalScans }),
	"system_views.local_write_latency":              latency(func(c *TableCounts) *stats.Histogram { return c.LocalWrites }),
	"system_views.rows_per_read":                    perRead(func(c *TableCounts) *stats.Sizes { return c.Rows }),
	"system_views.tombstones_per_read":              perRead(func(c *TableCounts) *stats.Sizes { return c.Tombstones }),
	"system_views.disk_usage":                       size(func(bytes, _ int64) int64 { return bytes }),
	"system_views.max_sstable_size":                 size(func(_, largest int64) int64 { return largest }),
	"system_views.queries":                          (*Tables).queries,
	"system_views.batch_metrics":                    (*Tables).batches,
	"system_views.cidr_filtering_metrics_counts":    (*Tables).cidrCounts,
	"system_views.cidr_filtering_metrics_latencies": (*Tables).cidrLatencies,
	"system_views.pending_hints":                    (*Tables).hints,
	"system_views.snapshots":                        (*Tables).snapshots,
	"system_views.streaming":                        (*Tables).streams,
	"system_views.repairs":                          (*Tables).repairs,
	"system_views.sstable_tasks":                    (*Tables).tasks,
	"system_views.internode_inbound":                (*Tables).inbound,
	"system_views.internode_outbound":               (*Tables).outbound,
	"system_views.system_logs":                      (*Tables).logs,
	"system_views.caches":                           (*Tables).caches,
	"system_views.thread_pools":                     (*Tables).threadPools,
	"system_views.cql_metrics":                      (*Tables).metrics,
	"system_views.gossip_info":                      (*Tables).gossip,
}
