package system

import (
	"maps"
	"math"
	"slices"
	"strconv"
)

// settings is system_views.settings: the configuration in effect.
func (t *Tables) settings(add func(fields)) {
	all := map[string]string{"cluster_name": t.options.ClusterName}
	if t.options.Settings != nil {
		maps.Copy(all, t.options.Settings())
	}
	addPairs(all, add)
}

// properties is system_views.system_properties, where Helenus's own version is found.
func (t *Tables) properties(add func(fields)) {
	all := map[string]string{"helenus.version": t.options.HelenusVersion}
	if t.options.Properties != nil {
		maps.Copy(all, t.options.Properties())
	}
	addPairs(all, add)
}

func addPairs(all map[string]string, add func(fields)) {
	for _, name := range slices.Sorted(maps.Keys(all)) {
		add(fields{"name": text(name), "value": text(all[name])})
	}
}

// caches is system_views.caches. Helenus has none of the three; tools expect to see them.
func (t *Tables) caches(add func(fields)) {
	for _, name := range [...]string{"counters", "keys", "rows"} {
		add(fields{
			"name": text(name), "capacity_bytes": bigint(0), "entry_count": integer(0), "hit_count": bigint(0), "hit_ratio": double(math.NaN()),
			"recent_hit_rate_per_second": bigint(0), "recent_request_rate_per_second": bigint(0), "request_count": bigint(0), "size_bytes": bigint(0),
		})
	}
}

// threadPools is system_views.thread_pools. Requests run on goroutines, so the pools that tools look for are always idle.
func (t *Tables) threadPools(add func(fields)) {
	for _, name := range [...]string{"CompactionExecutor", "MemtableFlushWriter", "MutationStage", "Native-Transport-Requests", "ReadStage"} {
		add(fields{
			"name": text(name), "active_tasks": integer(0), "active_tasks_limit": integer(0), "blocked_tasks": bigint(0),
			"blocked_tasks_all_time": bigint(0), "completed_tasks": bigint(0), "pending_tasks": integer(0),
		})
	}
}

// metrics is system_views.cql_metrics.
func (t *Tables) metrics(add func(fields)) {
	if t.options.Metrics == nil {
		return
	}
	for name, value := range t.options.Metrics() {
		add(fields{"name": text(name), "value": double(value)})
	}
}

// gossip is system_views.gossip_info: what nodes say of themselves.
func (t *Tables) gossip(add func(fields)) {
	for _, n := range append([]Node{t.options.Local()}, t.nodes()...) {
		add(fields{
			"address": inet(n.BroadcastAddress), "port": integer(n.StoragePort), "dc": text(n.DataCenter), "generation": integer(n.Generation),
			"host_id": text(n.HostID.String()), "rack": text(n.Rack), "status": text("NORMAL"),
			"rpc_address": text(n.Native.String()), "native_address_and_port": text(n.Native.String() + ":" + strconv.Itoa(n.NativePort)),
		})
	}
}
