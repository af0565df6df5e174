package system

import (
	"fmt"
	"math"
	"strconv"

	"github.com/google/uuid"

	"helenus/internal/stats"
)

// caches is system_views.caches. The counters', keys' and rows' caches of Cassandra have nothing to do here, and are there for who looks for them.
func (t *Tables) caches(add func(fields)) {
	all := []Cache{{Name: "counters"}, {Name: "keys"}, {Name: "rows"}}
	if t.options.Views.Caches != nil {
		all = append(all, t.options.Views.Caches()...)
	}
	for _, c := range all {
		ratio := math.NaN()
		if c.Requests > 0 {
			ratio = float64(c.Hits) / float64(c.Requests)
		}
		add(fields{
			"name": text(c.Name), "capacity_bytes": bigint(c.Capacity), "entry_count": integer(c.Entries), "hit_count": bigint(c.Hits), "hit_ratio": double(ratio),
			"recent_hit_rate_per_second": bigint(int64(c.HitsPerSecond)), "recent_request_rate_per_second": bigint(int64(c.PerSecond)), "request_count": bigint(c.Requests), "size_bytes": bigint(c.Bytes),
		})
	}
}

// threadPools is system_views.thread_pools: Cassandra's stages stand for the work that they do there.
func (t *Tables) threadPools(add func(fields)) {
	if t.options.Views.Pools == nil {
		return
	}
	for _, p := range t.options.Views.Pools() {
		add(fields{
			"name": text(p.Name), "active_tasks": integer(p.Active), "active_tasks_limit": integer(p.Limit), "blocked_tasks": bigint(p.Blocked),
			"blocked_tasks_all_time": bigint(p.EverBlocked), "completed_tasks": bigint(p.Completed), "pending_tasks": integer(p.Pending),
		})
	}
}

// queries is system_views.queries: the requests that run, the one that asks too.
func (t *Tables) queries(add func(fields)) {
	if t.options.Views.Running == nil {
		return
	}
	for _, q := range t.options.Views.Running() {
		add(fields{"thread_id": text(q.Thread), "queued_micros": bigint(q.Queued.Microseconds()), "running_micros": bigint(q.Running.Microseconds()), "task": text(q.Task)})
	}
}

// batches is system_views.batch_metrics.
func (t *Tables) batches(add func(fields)) {
	all := map[string]*stats.Sizes{}
	if t.options.Views.Batches != nil {
		all = t.options.Views.Batches()
	}
	for _, kind := range [...]string{"counter", "logged", "unlogged"} {
		f := fields{"name": text("partitions_per_" + kind + "_batch"), "max": bigint(0), "p50th": double(0), "p99th": double(0), "p999th": double(0)}
		if s := all[kind]; s != nil {
			if p := s.Percentiles(0.5, 0.99, 0.999, 1); p != nil {
				f["p50th"], f["p99th"], f["p999th"], f["max"] = double(float64(p[0])), double(float64(p[1])), double(float64(p[2])), bigint(p[3])
			}
		}
		add(f)
	}
}

// cidrCounts is system_views.cidr_filtering_metrics_counts. There is no cache of groups that could be loaded again.
func (t *Tables) cidrCounts(add func(fields)) {
	add(fields{"name": text("CIDR groups cache reload count"), "value": bigint(0)})
}

// cidrLatencies is system_views.cidr_filtering_metrics_latencies, in nanoseconds.
func (t *Tables) cidrLatencies(add func(fields)) {
	var checks *stats.Histogram
	if t.options.Views.Checks != nil {
		checks = t.options.Views.Checks()
	}
	for name, h := range map[string]*stats.Histogram{
		"CIDR checks latency (ns)": checks, "CIDR groups cache reload latency (ns)": nil, "Lookup IP in CIDR groups cache latency (ns)": checks,
	} {
		f := fields{"name": text(name), "max": double(0), "p50th": double(0), "p95th": double(0), "p99th": double(0), "p999th": double(0)}
		if h != nil {
			if p := h.Percentiles(0.5, 0.95, 0.99, 0.999, 1); p != nil {
				for i, column := range [...]string{"p50th", "p95th", "p99th", "p999th", "max"} {
					f[column] = double(float64(p[i]))
				}
			}
		}
		add(f)
	}
}

// hints is system_views.pending_hints.
func (t *Tables) hints(add func(fields)) {
	if t.options.Views.Hints == nil {
		return
	}
	for _, h := range t.options.Views.Hints() {
		add(fields{
			"host_id": uuidValue(h.Host), "address": inet(h.Address.Addr()), "port": integer(int(h.Address.Port())), "dc": text(h.Datacenter), "rack": text(h.Rack),
			"status": text(h.Status), "files": integer(h.Files), "oldest": timestamp(h.Oldest), "newest": timestamp(h.Newest),
		})
	}
}

// everyKeyspace and everyTable stand for what a snapshot is of: all there is.
const (
	everyKeyspace = "*"
	everyTable    = "*"
)

// snapshots is system_views.snapshots. What they hold beside what the store has still is not known, so both sizes are that of all files.
func (t *Tables) snapshots(add func(fields)) {
	if t.options.Views.Snapshots == nil {
		return
	}
	all, err := t.options.Views.Snapshots()
	if err != nil {
		return // it is being deleted
	}
	for _, s := range all {
		add(fields{
			"name": text(s.Name), "keyspace_name": text(everyKeyspace), "table_name": text(everyTable), "created_at": timestamp(s.Made), "ephemeral": boolean(false),
			"size_on_disk": bigint(s.Bytes), "true_size": bigint(s.Bytes),
		})
	}
}

// streams is system_views.streaming: ranges that this node takes over. A range counts as a file.
func (t *Tables) streams(add func(fields)) {
	if t.options.Views.Streams == nil {
		return
	}
	for _, s := range t.options.Views.Streams() {
		f := fields{
			"id": uuidValue(timed(s.ID)), "operation": text(s.Operation), "peers": texts(s.Peers...), "follower": boolean(false), "status": text("START"),
			"bytes_received": bigint(s.Received), "bytes_sent": bigint(0), "bytes_to_send": bigint(0), "files_received": bigint(int64(s.RangesDone)), "files_sent": bigint(0),
			"files_to_receive": bigint(int64(s.Ranges)), "files_to_send": bigint(0), "duration_millis": bigint(s.Updated.Sub(s.Began).Milliseconds()), "last_updated_at": timestamp(s.Updated),
			"status_init_timestamp": timestamp(s.Began), "status_start_timestamp": timestamp(s.Began), "progress_percentage": float(100 * float32(s.RangesDone) / float32(max(1, s.Ranges))),
		}
		if s.RangesDone == s.Ranges {
			f["status"], f["status_success_timestamp"] = text("SUCCESS"), timestamp(s.Updated)
		}
		add(f)
	}
}

// timed is an id as a version 1 UUID, which some columns must have.
func timed(id uuid.UUID) uuid.UUID {
	id[6] = id[6]&0x0F | 0x10
	return id
}

// repairs is system_views.repairs: the latest commands of nodetool repair at this node.
func (t *Tables) repairs(add func(fields)) {
	if t.options.Views.Repairs == nil {
		return
	}
	for _, r := range t.options.Views.Repairs() {
		f := fields{
			"id": uuidValue(timed(r.ID)), "command_id": integer(r.Number), "completed": boolean(r.Done), "duration_millis": bigint(r.Updated.Sub(r.Began).Milliseconds()), "keyspace_name": text(r.Keyspace),
			"last_updated_at": timestamp(r.Updated), "options_column_families": textSet(r.Tables), "options_data_centers": textSet(r.Datacenters), "options_force_repair": boolean(false),
			"options_hosts": textSet(nil), "options_ignore_unreplicated_keyspaces": boolean(true), "options_incremental": boolean(false), "options_job_threads": integer(1),
			"options_optimise_streams": boolean(true), "options_parallelism": text("sequential"), "options_preview_kind": text("NONE"), "options_primary_range": boolean(r.Primary),
			"options_pull_repair": boolean(false), "options_ranges": textSet(r.Ranges), "options_subrange_repair": boolean(r.Subrange), "options_trace": boolean(false),
			"state_init_timestamp": timestamp(r.Began), "state_start_timestamp": timestamp(r.Began), "state_setup_timestamp": timestamp(r.Began), "status": text("START"),
		}
		switch {
		case r.Failure != "":
			f["status"], f["failure_cause"], f["state_failure_timestamp"] = text("FAILURE"), text(r.Failure), timestamp(r.Updated)
		case r.Done:
			f["status"], f["success_message"], f["state_success_timestamp"] = text("SUCCESS"), text(r.Text), timestamp(r.Updated)
		}
		add(f)
	}
}

// tasks is system_views.sstable_tasks: compactions, and builds of indexes.
func (t *Tables) tasks(add func(fields)) {
	if t.options.Views.Tasks == nil {
		return
	}
	for _, x := range t.options.Views.Tasks() {
		ratio := 0.0
		if x.Total > 0 {
			ratio = min(1, float64(x.Done)/float64(x.Total))
		}
		add(fields{
			"keyspace_name": text(x.Keyspace), "table_name": text(x.Table), "task_id": uuidValue(timed(x.ID)), "kind": text(x.Kind), "unit": text(x.Unit), "sstables": integer(x.Files),
			"progress": bigint(x.Done), "total": bigint(x.Total), "completion_ratio": double(ratio), "target_directory": text(x.Directory),
		})
	}
}

// inbound is system_views.internode_inbound.
func (t *Tables) inbound(add func(fields)) {
	t.eachPeer(func(p *PeerTraffic, f fields) {
		for column, n := range map[string]int64{
			"corrupt_frames_recovered": 0, "corrupt_frames_unrecovered": p.Corrupt, "error_bytes": p.FailedBytes, "error_count": p.Failed, "expired_bytes": p.ExpiredBytes, "expired_count": p.Expired,
			"processed_bytes": p.ProcessedBytes, "processed_count": p.Processed, "received_bytes": p.ReceivedBytes, "received_count": p.Received, "scheduled_bytes": p.ScheduledBytes,
			"scheduled_count": p.Scheduled, "throttled_count": 0, "throttled_nanos": 0, "using_bytes": p.UsingBytes, "using_reserve_bytes": 0,
		} {
			f[column] = bigint(n)
		}
		add(f)
	})
}

// outbound is system_views.internode_outbound.
func (t *Tables) outbound(add func(fields)) {
	t.eachPeer(func(p *PeerTraffic, f fields) {
		for column, n := range map[string]int64{
			"active_connections": p.Connections, "connection_attempts": p.Attempts, "error_bytes": p.SentFailedBytes, "error_count": p.SentFailed, "expired_bytes": p.SentExpiredBytes,
			"expired_count": p.SentExpired, "overload_bytes": p.OverloadedBytes, "overload_count": p.Overloaded, "pending_bytes": p.PendingBytes, "pending_count": p.Pending, "sent_bytes": p.SentBytes,
			"sent_count": p.Sent, "successful_connection_attempts": p.Successes, "using_bytes": p.PendingBytes, "using_reserve_bytes": 0,
		} {
			f[column] = bigint(n)
		}
		add(f)
	})
}

func (t *Tables) eachPeer(row func(*PeerTraffic, fields)) {
	if t.options.Views.Traffic == nil {
		return
	}
	for _, p := range t.options.Views.Traffic() {
		row(&p, fields{"address": inet(p.Address.Addr()), "port": integer(int(p.Address.Port())), "dc": text(p.Datacenter), "rack": text(p.Rack)})
	}
}

// logs is system_views.system_logs: the latest lines.
func (t *Tables) logs(add func(fields)) {
	if t.options.Views.Logs == nil {
		return
	}
	last, order := int64(0), 0
	for _, l := range t.options.Views.Logs() {
		if at := l.At.UnixMilli(); at != last {
			last, order = at, 0
		}
		add(fields{"timestamp": timestamp(l.At), "order_in_millisecond": integer(order), "level": text(l.Level), "logger": text(l.Logger), "message": text(l.Message)})
		order++
	}
}

// gossip is system_views.gossip_info: what nodes say of themselves. Nothing of it has a version of its own here.
func (t *Tables) gossip(add func(fields)) {
	for _, n := range append([]Node{t.options.Local()}, t.nodes()...) {
		status := "NORMAL"
		if len(n.Tokens) > 0 {
			status += "," + strconv.FormatInt(int64(n.Tokens[0]), 10)
		}
		f := fields{
			"address": inet(n.BroadcastAddress), "port": integer(n.StoragePort), "dc": text(n.DataCenter), "generation": integer(n.Generation), "host_id": text(n.HostID.String()), "rack": text(n.Rack),
			"hostname": text(n.BroadcastAddress.String()), "status": text(status), "status_with_port": text(status), "load": text(fmt.Sprintf("%.1f", float64(n.Load))), "release_version": text(release(&n)),
			"rpc_address": text(n.Native.String()), "rpc_ready": text(strconv.FormatBool(n.Ready)), "native_address_and_port": text(n.Native.String() + ":" + strconv.Itoa(n.NativePort)),
			"internal_ip": text(n.ListenAddress.String()), "internal_address_and_port": text(n.ListenAddress.String() + ":" + strconv.Itoa(n.StoragePort)), "schema": t.schemaText(&n),
		}
		add(f)
	}
}
