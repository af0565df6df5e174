// Package admin is the node's HTTP side: health for orchestrators, metrics for Prometheus.
//
//	server.go    /healthz (the process lives), /readyz (it serves clients)
//	metrics.go   /metrics
//	nodetool.go  nodetool's requests, on a port of their own; from other machines only those that change nothing
package admin
