package admin

import (
	"github.com/prometheus/client_golang/prometheus"

	"helenus/internal/exec"
)

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

// latencyDesc is of requests by kind; its quantiles are of the last minutes.
var latencyDesc = prometheus.NewDesc("helenus_cql_request_seconds", "how long CQL requests took from their last byte to their response", []string{"kind"}, nil)

// kinds are the labels of requests.
var kinds = [exec.Kinds]string{exec.Other: "other", exec.Read: "read", exec.Write: "write", exec.RangeRead: "range_read", exec.SerialRead: "serial_read", exec.Transaction: "transaction"}

// quantiles are those that are told.
var quantiles = []float64{0.5, 0.95, 0.99, 0.999}

func (c *collector) collectLatencies(ch chan<- prometheus.Metric) {
	for kind, name := range kinds {
		h := &c.options.Server.Stats.Latencies[kind]
		told := map[float64]float64{}
		for i, d := range h.Percentiles(quantiles...) {
			told[quantiles[i]] = d.Seconds()
		}
		ch <- prometheus.MustNewConstSummary(latencyDesc, uint64(h.Count()), h.Sum().Seconds(), told, name)
	}
}

// Describe sends the metrics' descriptions.
func (c *collector) Describe(ch chan<- *prometheus.Desc) {
	ch <- latencyDesc
	for _, m := range c.metrics {
		ch <- m.desc
	}
}

// Collect sends the metrics.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	c.collectLatencies(ch)
	for _, m := range c.metrics {
		ch <- prometheus.MustNewConstMetric(m.desc, m.kind, m.read())
	}
}
