package system

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"helenus/internal/row"
	"helenus/internal/schema"
	"helenus/internal/stats"
)

// someViews is a node that has done one of everything.
func someViews() Views {
	at := time.Unix(1_700_000_000, 0)
	peer := netip.MustParseAddrPort("127.0.0.2:7000")
	var h stats.Histogram
	h.Observe(time.Millisecond)
	var s stats.Sizes
	s.Observe(3)
	return Views{
		Table: func(t *schema.Table) *TableCounts {
			return &TableCounts{CoordinatorReads: &h, CoordinatorScans: &h, CoordinatorWrites: &h, LocalReads: &h, LocalScans: &h, LocalWrites: &h, Rows: &s, Tombstones: &s}
		},
		Files: func(*schema.Table) (bytes, largest int64, err error) { return 3<<20 + 1, 1, nil }, Monotonic: func() time.Duration { return 2 * time.Second },
		Pools: func() []Pool { return []Pool{{Name: "ReadStage", Active: 1, Completed: 2}} }, Caches: func() []Cache { return []Cache{{Name: "chunks", Hits: 1, Requests: 4}} },
		Running: func() []Query { return []Query{{Thread: "x-1", Running: time.Second, Task: "QUERY x"}} }, Hints: func() []PendingHints {
			return []PendingHints{{Host: uuid.UUID{1}, Address: peer, Oldest: at, Newest: at}}
		},
		Snapshots: func() ([]Snapshot, error) { return []Snapshot{{Name: "s", Made: at, Bytes: 5}}, nil },
		Streams: func() []Stream {
			return []Stream{{ID: uuid.UUID{8: 0x80}, Operation: "Bootstrap", Peers: []string{"a"}, Ranges: 4, RangesDone: 1, Began: at, Updated: at}}
		},
		Repairs: func() []Repair {
			return []Repair{{ID: uuid.UUID{1, 8: 0x80}, Number: 1, Began: at, Updated: at, Done: true, Text: "ok"}, {ID: uuid.UUID{2, 8: 0x80}, Began: at, Updated: at, Done: true, Failure: "no"}}
		},
		Tasks: func() []Task {
			return []Task{{ID: uuid.UUID{8: 0x80}, Keyspace: "k", Table: "t", Kind: "compaction", Unit: "bytes", Done: 1, Total: 4}}
		},
		Traffic: func() []PeerTraffic { return []PeerTraffic{{Address: peer, Datacenter: "dc", Rack: "r", Sent: 1}} },
		Logs: func() []LogLine {
			return []LogLine{{At: at, Level: "INFO", Message: "a"}, {At: at, Level: "INFO", Message: "b"}}
		},
		Batches: func() map[string]*stats.Sizes { return map[string]*stats.Sizes{"logged": &s} }, Checks: func() *stats.Histogram { return &h },
	}
}

// cell returns a column of each row of a table, as CQL shows it, less quotes.
func cell(t *testing.T, tables *Tables, base *schema.Schema, table, column string) (all []string) {
	t.Helper()
	of := base.Table("system_views", table)
	c := tables.Read(everything(of), true)
	for c.NextPartition() {
		for c.NextRow() {
			var v row.View
			if err := v.Reset(c.Row(), row.NotDeleted, 1_700_000_000); err != nil {
				t.Fatal(err)
			}
			x, ok := v.Cell(of.Column(column).ID)
			if !ok {
				all = append(all, "null")
				continue
			}
			all = append(all, strings.Trim(of.Column(column).Type.Format(x.Value), "'"))
		}
	}
	return all
}

func TestViewsShowWhatIsTold(t *testing.T) {
	tables, base := newTables(t)
	for _, x := range [][3]string{
		{"caches", "hit_ratio", "0.25 NaN NaN NaN"}, {"streaming", "progress_percentage", "25.0"}, {"streaming", "status", "START"}, {"repairs", "status", "SUCCESS FAILURE"}, {"repairs", "failure_cause", "null no"},
		{"sstable_tasks", "completion_ratio", "0.25"}, {"system_logs", "message", "a b"}, {"internode_outbound", "sent_count", "1"}, {"snapshots", "true_size", "5"},
		{"batch_metrics", "max", "0 3 0"}, {"cidr_filtering_metrics_counts", "value", "0"}, {"queries", "running_micros", "1000000"},
	} {
		if got := strings.Join(cell(t, tables, base, x[0], x[1]), " "); got != x[2] {
			t.Errorf("%s.%s: %s, want %s", x[0], x[1], got, x[2])
		}
	}
	// Tables that are stored are counted, those of the system are zero.
	counts := map[string]int{}
	for _, n := range cell(t, tables, base, "local_read_latency", "count") {
		counts[n]++
	}
	if counts["1"] != 2 || counts["0"] != 46 {
		t.Errorf("counts of tables: %v", counts)
	}
	sizes := map[string]int{}
	for _, n := range cell(t, tables, base, "disk_usage", "mebibytes") {
		sizes[n]++
	}
	if sizes["4"] != 2 || sizes["0"] != 46 {
		t.Errorf("sizes of tables: %v", sizes)
	}
}
