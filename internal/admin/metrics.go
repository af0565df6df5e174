package admin

import "github.com/prometheus/client_golang/prometheus"

// collector reads the node's counters when it is asked.
type collector struct {
	options Options
	metrics []metric
}

type metric struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	read func() float64
}

func newCollector(o Options) *collector {
	c := &collector{options: o}
	add := func(kind prometheus.ValueType, name, help string, read func() float64) {
		c.metrics = append(c.metrics, metric{prometheus.NewDesc("helenus_"+name, help, nil, nil), kind, read})
	}
	stats := &o.Server.Stats
	add(prometheus.GaugeValue, "cql_connections", "open CQL connections", func() float64 { return float64(stats.Connections.Load()) })
	add(prometheus.CounterValue, "cql_connections_refused_total", "CQL connections refused over the limit", func() float64 { return float64(stats.Refused.Load()) })
	add(prometheus.CounterValue, "cql_requests_total", "CQL requests", func() float64 { return float64(stats.Requests.Load()) })
	add(prometheus.CounterValue, "cql_received_bytes_total", "bytes received from CQL clients", func() float64 { return float64(stats.BytesIn.Load()) })
	add(prometheus.CounterValue, "cql_sent_bytes_total", "bytes sent to CQL clients", func() float64 { return float64(stats.BytesOut.Load()) })
	add(prometheus.CounterValue, "cql_panics_total", "requests that failed unexpectedly", func() float64 { return float64(stats.Panics.Load()) })
	add(prometheus.GaugeValue, "prepared_statements", "prepared statements kept", func() float64 { return float64(o.Prepared()) })
	store := func(name, help string, kind prometheus.ValueType, read func() float64) {
		add(kind, "storage_"+name, help, read)
	}
	store("disk_bytes", "bytes of data files", prometheus.GaugeValue, func() float64 { return float64(o.Store.Metrics().DiskSpaceUsage()) })
	store("memtable_bytes", "bytes of memtables", prometheus.GaugeValue, func() float64 { return float64(o.Store.Metrics().MemTable.Size) })
	store("wal_bytes_total", "bytes written to the log", prometheus.CounterValue, func() float64 { return float64(o.Store.Metrics().WAL.BytesWritten) })
	store("compactions_total", "compactions done", prometheus.CounterValue, func() float64 { return float64(o.Store.Metrics().Compact.Count) })
	store("flushes_total", "memtables flushed", prometheus.CounterValue, func() float64 { return float64(o.Store.Metrics().Flush.Count) })
	store("cache_hits_total", "block cache hits", prometheus.CounterValue, func() float64 { return float64(o.Store.Metrics().BlockCache.Hits) })
	store("cache_misses_total", "block cache misses", prometheus.CounterValue, func() float64 { return float64(o.Store.Metrics().BlockCache.Misses) })
	return c
}

// Describe sends the metrics' descriptions.
func (c *collector) Describe(ch chan<- *prometheus.Desc) {
	for _, m := range c.metrics {
		ch <- m.desc
	}
}

// Collect sends the metrics.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	for _, m := range c.metrics {
		ch <- prometheus.MustNewConstMetric(m.desc, m.kind, m.read())
	}
}
