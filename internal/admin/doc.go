// Package admin is the node's HTTP side: health for orchestrators, metrics for Prometheus.
//
//	server.go    /healthz (the process lives), /readyz (it serves clients)
//	metrics.go   /metrics
package admin
