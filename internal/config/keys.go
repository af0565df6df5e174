package config

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// key is one setting.
type key struct {
	// name is the flag's; yaml the key of cassandra.yaml, empty where there is none; env the variables, first one first.
	name, yaml string
	env        []string
	fallback   string
	// check returns what is allowed when the text is no legal value.
	check func(text string) (allowed string)
	about string
}

// keys are the settings that Helenus acts on.
var keys = []key{
	{"data", "data_file_directories", []string{"HELENUS_DATA"}, "./data", notEmpty, "directory that holds the node's data"},
	{"listen", "rpc_address", []string{"HELENUS_LISTEN", "CASSANDRA_RPC_ADDRESS"}, "127.0.0.1", address, "address for CQL clients"},
	{"port", "native_transport_port", []string{"HELENUS_PORT"}, "9042", number(1, 65535), "port for CQL clients"},
	{"storage-port", "storage_port", []string{"HELENUS_STORAGE_PORT"}, "7000", number(1, 65535), "port for other nodes, at the address of --listen"},
	{"replace", "", []string{"HELENUS_REPLACE"}, "", anything, "host id or address of a dead node whose place this one takes"},
	{"accept-loss", "", []string{"HELENUS_ACCEPT_LOSS"}, "false", oneOf("false", "true"), "with --replace: go on although what only the dead node had is lost"},
	{"http", "", []string{"HELENUS_HTTP"}, "", hostPort, "address and port of /metrics, /healthz and /readyz; none by default"},
	{"cluster-name", "cluster_name", []string{"HELENUS_CLUSTER_NAME", "CASSANDRA_CLUSTER_NAME"}, "Test Cluster", notEmpty, "name of the cluster"},
	{"dc", "", []string{"HELENUS_DC", "CASSANDRA_DC"}, "datacenter1", notEmpty, "this node's datacenter"},
	{"rack", "", []string{"HELENUS_RACK", "CASSANDRA_RACK"}, "rack1", notEmpty, "this node's rack"},
	{"num-tokens", "num_tokens", []string{"HELENUS_NUM_TOKENS", "CASSANDRA_NUM_TOKENS"}, "16", number(1, 1024), "tokens that the node takes on the ring"},
	{"seeds", "seed_provider", []string{"HELENUS_SEEDS", "CASSANDRA_SEEDS"}, "", anything, "addresses of nodes to join, separated by commas"},
	{"memory", "", []string{"HELENUS_MEMORY"}, "", size, "memory to live in, such as 512MiB; default: the container's limit, or a quarter of the machine's"},
	{"commitlog-sync", "commitlog_sync", []string{"HELENUS_COMMITLOG_SYNC"}, "batch", oneOf("batch", "group", "periodic"), "when a write is acknowledged: batch (and group): when it is synced; periodic: when the operating system has it"},
	{"commitlog-sync-period", "commitlog_sync_period", []string{"HELENUS_COMMITLOG_SYNC_PERIOD"}, "10000ms", duration, "longest time between a write and its sync with periodic"},
	{"max-frame-size", "native_transport_max_frame_size", nil, "16MiB", size, "largest request"},
	{"max-connections", "native_transport_max_concurrent_connections", nil, "-1", number(-1, math.MaxInt32), "most CQL connections; -1: 10,000"},
	{"node-cert", "", []string{"HELENUS_NODE_CERT"}, "", anything, "certificate (PEM) that this node shows to others; with --node-key and --node-ca nodes speak TLS among themselves"},
	{"node-key", "", []string{"HELENUS_NODE_KEY"}, "", anything, "its private key (PEM)"},
	{"node-ca", "", []string{"HELENUS_NODE_CA"}, "", anything, "certificate (PEM) of the authority that signs all nodes' certificates"},
	{"clock-offset", "", []string{"HELENUS_CLOCK_OFFSET"}, "0s", offset, "added to the machine's clock, such as 1h or -90s: to try what a wrong clock does"},
	{"log-level", "", []string{"HELENUS_LOG_LEVEL"}, "info", oneOf("debug", "info", "warn", "error"), "least level that is logged"},
}

func findYaml(name string) *key {
	for i := range keys {
		if keys[i].yaml == name {
			return &keys[i]
		}
	}
	return nil
}

func offset(text string) string {
	if _, err := time.ParseDuration(text); err != nil {
		return "a time such as 1h, -90s or 0s"
	}
	return ""
}

func anything(string) string { return "" }

func notEmpty(text string) string {
	if text == "" {
		return "anything but nothing"
	}
	return ""
}

func address(text string) string {
	if _, err := netip.ParseAddr(text); err != nil && text != "localhost" {
		return "an IP address"
	}
	return ""
}

func hostPort(text string) string {
	if text == "" {
		return ""
	}
	if _, err := netip.ParseAddrPort(text); err != nil {
		return "an IP address and a port, such as 127.0.0.1:9180"
	}
	return ""
}

func number(least, most int) func(string) string {
	return func(text string) string {
		if n, err := strconv.Atoi(text); err != nil || n < least || n > most {
			return fmt.Sprintf("a number from %d to %d", least, most)
		}
		return ""
	}
}

func oneOf(all ...string) func(string) string {
	return func(text string) string {
		if !slices.Contains(all, text) {
			return strings.Join(all, ", ")
		}
		return ""
	}
}

func size(text string) string {
	if text == "" {
		return ""
	}
	if _, err := ParseSize(text); err != nil {
		return "a number with a unit: B, KiB, MiB, GiB"
	}
	return ""
}

func duration(text string) string {
	if _, err := ParseDuration(text); err != nil {
		return "a number with a unit: ms, s, m, h, d"
	}
	return ""
}

var sizeUnits = []struct {
	suffix string
	bytes  int64
}{{"KIB", 1 << 10}, {"MIB", 1 << 20}, {"GIB", 1 << 30}, {"KB", 1 << 10}, {"MB", 1 << 20}, {"GB", 1 << 30}, {"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {"B", 1}}

// ParseSize reads 64MiB, 1G, 1024B or a number of bytes.
func ParseSize(text string) (int64, error) {
	upper := strings.ToUpper(strings.TrimSpace(text))
	times := int64(1)
	for _, u := range sizeUnits {
		if rest, ok := strings.CutSuffix(upper, u.suffix); ok {
			upper, times = strings.TrimSpace(rest), u.bytes
			break
		}
	}
	n, err := strconv.ParseInt(upper, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/times {
		return 0, fmt.Errorf("%q is no size", text)
	}
	return n * times, nil
}

// ParseDuration reads 10s, 10000ms, 3h or 1d.
func ParseDuration(text string) (time.Duration, error) {
	t := strings.TrimSpace(text)
	if days, ok := strings.CutSuffix(t, "d"); ok {
		n, err := strconv.ParseInt(days, 10, 32)
		return time.Duration(n) * 24 * time.Hour, err
	}
	d, err := time.ParseDuration(t)
	if err == nil && d < 0 {
		err = fmt.Errorf("%q is negative", text)
	}
	return d, err
}
