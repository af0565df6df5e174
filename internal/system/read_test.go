package system

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"helenus/internal/auth"
	"helenus/internal/cqltype"
	"helenus/internal/key"
	"helenus/internal/platform"
	"helenus/internal/row"
	"helenus/internal/schema"
)

type stoppedClock struct{ platform.SystemClock }

func (stoppedClock) Now() time.Time { return time.Unix(1700000000, 0) }

func newTables(t *testing.T) (*Tables, *schema.Schema) {
	t.Helper()
	base, err := Base()
	if err != nil {
		t.Fatal(err)
	}
	node := Node{
		HostID: uuid.UUID{1}, BroadcastAddress: netip.MustParseAddr("127.0.0.1"), ListenAddress: netip.MustParseAddr("127.0.0.1"),
		Native: netip.MustParseAddr("127.0.0.1"), StoragePort: 7000, NativePort: 9042, DataCenter: "datacenter1", Rack: "rack1",
		Tokens: []key.Token{-5, 7},
	}
	peer := node
	peer.BroadcastAddress = netip.MustParseAddr("127.0.0.2")
	return New(Options{
		Schema: func() *schema.Schema { return base }, Clock: stoppedClock{}, Local: func() Node { return node },
		Peers: func() []Node { return []Node{peer} }, ClusterName: "test", HelenusVersion: "1.2.3",
		Roles: func() *auth.Roles {
			return auth.None.Apply(&auth.Change{
				Begin: true,
				Put: []*auth.Role{{
					Name: "a", Hash: "$2a$", MemberOf: []string{"b"}, Datacenters: []string{"datacenter1"}, CIDRGroups: []string{"home"},
					Grants: []auth.Grant{{On: auth.AllRoles, Permissions: auth.SetOf(auth.Describe)}},
				}},
				Identities: map[string]string{"spiffe://a": "a"}, Groups: map[string][]netip.Prefix{"home": {netip.MustParsePrefix("10.0.0.0/8")}},
			})
		},
		Views: someViews(),
		Clients: func() []Client {
			return []Client{{Address: netip.MustParseAddrPort("127.0.0.9:1234"), ProtocolVersion: 5}}
		},
	}), base
}

func everything(table *schema.Table) *row.Command {
	return &row.Command{Table: table, Tokens: key.TokenRange{First: key.MinToken, Last: key.MaxToken}}
}

// walk returns "partition/clustering" of each row, in order.
func walk(t *testing.T, c row.Cursor) []string {
	t.Helper()
	var out []string
	for c.NextPartition() {
		for c.NextRow() {
			var v row.View
			if err := v.Reset(c.Row(), row.NotDeleted, 1700000000); err != nil {
				t.Fatal(err)
			}
			out = append(out, fmt.Sprintf("%x/%x", c.Partition().Key, c.Clustering()))
		}
	}
	if err := c.Err(); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestCatalog guards that every table can be read, that its rows are alive and that all their columns exist.
func TestCatalog(t *testing.T) {
	tables, base := newTables(t)
	counts := map[string]int{"system": 23, "system_auth": 8, "system_distributed": 4, "system_schema": 11, "system_traces": 2, "system_views": 43, "system_virtual_schema": 3}
	for name, n := range counts {
		k := base.Keyspace(name)
		if k == nil || len(k.Tables) != n {
			t.Fatalf("%s has not %d tables", name, n)
		}
		for _, table := range k.Tables {
			produce := contents[name+"."+table.Name]
			if rows := walk(t, tables.Read(everything(table), true)); (produce != nil && len(rows) == 0) && table.Name != "types" && table.Name != "dropped_columns" && table.Name != "cql_metrics" {
				if !slices.Contains([]string{"indexes", "IndexInfo", "sai_column_indexes", "functions", "aggregates", "column_masks", "views", "built_views", "view_builds_in_progress", "view_build_status"}, table.Name) {
					t.Errorf("%s.%s has no rows", name, table.Name)
				}
			}
			if produce == nil {
				continue
			}
			produce(tables, func(f fields) {
				for column := range f {
					if table.Column(column) == nil {
						t.Errorf("%s.%s has no column %s", name, table.Name, column)
					}
				}
				for _, c := range table.Columns() {
					if v := f[c.Name]; v != nil {
						if err := c.Type.Validate(v); err != nil {
							t.Errorf("%s.%s.%s: %v", name, table.Name, c.Name, err)
						}
					}
				}
			})
		}
	}
	for name := range contents {
		var ks, table string
		if at := bytes.IndexByte([]byte(name), '.'); at > 0 {
			ks, table = name[:at], name[at+1:]
		}
		if base.Table(ks, table) == nil {
			t.Errorf("contents for %s, which does not exist", name)
		}
	}
}

// TestLocal reads system.local as a driver does.
func TestLocal(t *testing.T) {
	tables, base := newTables(t)
	table := base.Table("system", "local")
	cmd := &row.Command{Table: table, Partitions: []key.Partition{key.NewPartition([]byte("local"))}}
	c := tables.Read(cmd, false)
	if !c.NextPartition() || !c.NextRow() {
		t.Fatal("no row")
	}
	var v row.View
	if err := v.Reset(c.Row(), row.NotDeleted, 1700000000); err != nil {
		t.Fatal(err)
	}
	port, ok := v.Cell(table.Column("rpc_port").ID)
	if !ok || binary.BigEndian.Uint32(port.Value) != 9042 {
		t.Errorf("rpc_port is %v", port)
	}
	set, ok := v.Cell(table.Column("tokens").ID)
	if !ok || len(set.Elements) != 2 || string(set.Elements[0].Path) != "-5" || string(set.Elements[1].Path) != "7" {
		t.Errorf("tokens are %v", set)
	}
	cmd.Partitions = []key.Partition{key.NewPartition([]byte("nope"))}
	if rows := walk(t, tables.Read(cmd, false)); len(rows) != 0 {
		t.Errorf("rows of another key: %v", rows)
	}
}

// TestResume guards paging: wherever a read is broken off, the rest follows and nothing twice, forwards and backwards.
func TestResume(t *testing.T) {
	tables, base := newTables(t)
	table := base.Table("system_schema", "columns")
	for _, reversed := range []bool{false, true} {
		cmd := everything(table)
		cmd.Reversed = reversed
		want := walk(t, tables.Read(cmd, false))
		c := tables.Read(cmd, false)
		read := 0
		for c.NextPartition() {
			p := c.Partition()
			for c.NextRow() {
				read++
				cmd.Resume = &row.Position{Partition: p, Clustering: bytes.Clone(c.Clustering())}
				if rest := walk(t, tables.Read(cmd, false)); fmt.Sprint(rest) != fmt.Sprint(want[read:]) {
					t.Fatalf("after row %d of %d come %d", read, len(want), len(rest))
				}
			}
			cmd.Resume = &row.Position{Partition: p, PartitionDone: true}
			if rest := walk(t, tables.Read(cmd, false)); fmt.Sprint(rest) != fmt.Sprint(want[read:]) {
				t.Fatalf("after the partition of row %d of %d come %d", read, len(want), len(rest))
			}
		}
	}
}

// TestSlice reads one table's columns out of a keyspace's partition.
func TestSlice(t *testing.T) {
	tables, base := newTables(t)
	table := base.Table("system_schema", "columns")
	prefix := key.AppendBound(nil, cqltype.Text, false, []byte("local"))
	cmd := &row.Command{Table: table, Partitions: []key.Partition{key.NewPartition([]byte("system"))}, Slices: []key.Range{key.Prefix(prefix)}}
	if rows := walk(t, tables.Read(cmd, false)); len(rows) != len(base.Table("system", "local").Columns()) {
		t.Errorf("%d rows", len(rows))
	}
}

// TestSecrets guards that hashes of passwords are shown to those alone who may see them.
func TestSecrets(t *testing.T) {
	tables, base := newTables(t)
	roles := base.Table("system_auth", "roles")
	cells := func(secrets bool) (n int) {
		c := tables.Read(everything(roles), secrets)
		for c.NextPartition() {
			for c.NextRow() {
				var v row.View
				if err := v.Reset(c.Row(), row.NotDeleted, 1700000000); err != nil {
					t.Fatal(err)
				}
				if _, ok := v.Cell(roles.Column("salted_hash").ID); ok {
					n++
				}
			}
		}
		return n
	}
	if all, some := cells(true), cells(false); all != 1 || some != 0 {
		t.Errorf("%d with secrets, %d without", all, some)
	}
}
