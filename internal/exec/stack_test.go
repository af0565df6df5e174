package exec_test

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/uuid"

	"helenus/client"
	"helenus/internal/auth"
	"helenus/internal/cassandra"
	"helenus/internal/cluster/metadata"
	"helenus/internal/coordinator"
	"helenus/internal/exec"
	"helenus/internal/key"
	"helenus/internal/platform"
	"helenus/internal/protocol"
	"helenus/internal/replica"
	"helenus/internal/ring"
	"helenus/internal/schema"
	"helenus/internal/storage"
	"helenus/internal/system"
	"helenus/internal/trace"
	"helenus/internal/transport"
)

// handler gives the CQL server an executor's sessions.
type handler struct{ *exec.Executor }

func (h handler) Connect(c netip.AddrPort, v protocol.Version, options map[string]string) transport.Session {
	return h.Executor.Connect(c, v, options)
}

// atOnce runs tasks before those who begin them go on.
type atOnce struct{ platform.System }

func (atOnce) Go(f func()) { f() }

// startStack serves one node in memory, from socket to store, and returns its address.
func startStack(t testing.TB, o exec.Options) string {
	t.Helper()
	address, _ := startExecutor(t, o)
	return address
}

func startExecutor(t testing.TB, o exec.Options) (string, *exec.Executor) {
	t.Helper()
	store, err := storage.Open(storage.Options{Dir: "data", FS: vfs.NewMem()})
	if err != nil {
		t.Fatal(err)
	}
	base, err := system.Base()
	if err != nil {
		t.Fatal(err)
	}
	group, err := metadata.Open(metadata.Options{Log: store, Data: store, Base: base, Runtime: platform.System{}})
	if err != nil {
		t.Fatal(err)
	}
	address := netip.MustParseAddrPort("127.0.0.1:9042")
	id := uuid.UUID{1}
	self := metadata.Member{Host: id, Datacenter: "datacenter1", Rack: "rack1", Status: metadata.Normal, Tokens: []key.Token{1}}
	if err := group.Found(metadata.Founding{Cluster: uuid.New(), PagingKey: []byte("key")}, self); err != nil {
		t.Fatal(err)
	}
	follow := func(u metadata.Update) {
		if err := store.SetIndexes(u.State.Schema); err != nil {
			t.Error(err)
		}
	}
	follow(metadata.Update{State: *group.State()})
	group.Subscribe(follow)
	node := system.Node{HostID: id, BroadcastAddress: address.Addr(), ListenAddress: address.Addr(), Native: address.Addr(), NativePort: 9042, DataCenter: "datacenter1", Rack: "rack1"}
	o.Metadata, o.Clock, o.ClusterName = group, platform.SystemClock{}, "test"
	o.System = system.New(system.Options{Schema: group.Schema, Clock: o.Clock, Local: func() system.Node { return node }, ClusterName: "test", Roles: group.Roles})
	o.PagingKey = func() []byte { return group.State().PagingKey }
	o.Facts = func() schema.Facts { return schema.Facts{Datacenters: map[string]int{"datacenter1": 1}} }
	if o.Login.Policy.Authenticates {
		if _, err := group.Change(t.Context(), func(*metadata.State) (*metadata.Delta, error) {
			return &metadata.Delta{Roles: auth.FirstSuperuser(auth.DefaultSuperuser, "")}, nil
		}); err != nil {
			t.Fatal(err)
		}
		o.Login.Datacenter, o.Login.Datacenters = "datacenter1", func() []string { return []string{"datacenter1", "datacenter2"} }
	}
	var executor *exec.Executor
	o.Coordinator = coordinator.New(coordinator.Options{
		Timestamp: func() int64 { return executor.Timestamp() }, Runtime: platform.System{},
		Local: replica.NewLocal(store, group.State, nil), Self: ring.HostID(id), State: group.State, Datacenter: "datacenter1",
	})
	traces := &system.Traces{Write: o.Coordinator.Write, Schema: group.Schema, Self: func() system.Node { return node }, Runtime: atOnce{}, Logger: slog.New(slog.DiscardHandler)}
	if o.Tracer == nil {
		if o.Tracer, err = trace.NewRecorder(platform.SystemClock{}, traces.Keep); err != nil {
			t.Fatal(err)
		}
	}
	e, err := exec.NewExecutor(o)
	executor = e
	if err != nil {
		t.Fatal(err)
	}
	group.Subscribe(func(u metadata.Update) {
		if u.Before.Roles != u.State.Roles {
			e.RolesChanged()
		}
	})
	s, err := transport.Listen(t.Context(), transport.Options{Network: platform.SystemNetwork{}, Address: "127.0.0.1:0", Handler: handler{e}})
	if err != nil {
		t.Fatal(err)
	}
	s.Serve()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		group.Close()
		if err := errors.Join(s.Drain(ctx), store.Close()); err != nil {
			t.Error(err)
		}
		if n := s.Stats.Panics.Load(); n > 0 {
			t.Errorf("%d requests panicked", n)
		}
	})
	return s.Addr().String(), e
}

// dialStack connects with protocol version v; ks.t (k int, c int, v text) is there.
func dialStack(t testing.TB, address string, v protocol.Version) *client.Conn {
	t.Helper()
	c, err := client.Dial(t.Context(), client.Options{Addr: address, Version: v, Exact: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	run(t, c, "CREATE KEYSPACE IF NOT EXISTS ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
	run(t, c, "CREATE TABLE IF NOT EXISTS ks.t (k int, c int, v text, PRIMARY KEY (k, c))")
	return c
}

func run(t testing.TB, c *client.Conn, statement string) *client.Result {
	t.Helper()
	res, err := c.Query(t.Context(), statement, nil)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return res
}

func prepare(t testing.TB, c *client.Conn, statement, keyspace string) *client.Statement {
	t.Helper()
	st, err := c.Prepare(t.Context(), statement, keyspace)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return st
}

// bound are parameters with values.
func bound(values ...client.Value) *client.Params {
	p := client.One()
	p.Values = values
	return p
}

func number(n int32) client.Value {
	return client.Value{Bytes: []byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}}
}

func text(s string) client.Value { return client.Value{Bytes: []byte(s)} }

func wantError(t testing.TB, err error, code cassandra.Code, message string) *cassandra.Error {
	t.Helper()
	var e *cassandra.Error
	if !errors.As(err, &e) || e.Code != code || message != "" && e.Message != message {
		t.Fatalf("got %v, want 0x%04x %s", err, int(code), message)
	}
	return e
}
