package testcontainers

import (
	"strings"
	"testing"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/modules/cassandra"
	"github.com/testcontainers/testcontainers-go/wait"
)

// imageName is what the image under test is called in tests that are to work unchanged.
const imageName = "cassandra"

// connect opens a session as the module's documentation does.
func connect(t *testing.T, address string) *gocql.Session {
	t.Helper()
	session, err := gocql.NewCluster(address).CreateSession()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	return session
}

// address is where a container's CQL port is published.
func address(t *testing.T, c testcontainers.Container) string {
	t.Helper()
	at, err := c.PortEndpoint(t.Context(), "9042/tcp", "")
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// scan reads one row of one text.
func scan(t *testing.T, session *gocql.Session, query string) string {
	t.Helper()
	var text string
	if err := session.Query(query).Scan(&text); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return text
}

// TestGeneric waits as people do who know nothing of the module: for a line of the log and for the port.
func TestGeneric(t *testing.T) {
	for name, strategy := range map[string]wait.Strategy{
		"log":    wait.ForLog("Starting listening for CQL clients on .*9042").AsRegexp(),
		"start":  wait.ForLog("Startup complete"),
		"normal": wait.ForLog("state jump to NORMAL"),
		"port":   wait.ForListeningPort("9042/tcp"),
		"exec":   wait.ForExec([]string{"cqlsh", "-e", "describe keyspaces"}),
		"health": wait.ForHealthCheck(),
	} {
		t.Run(name, func(t *testing.T) {
			c, err := testcontainers.Run(t.Context(), imageName, testcontainers.WithExposedPorts("9042/tcp"), testcontainers.WithWaitStrategy(strategy))
			testcontainers.CleanupContainer(t, c)
			if err != nil {
				t.Fatal(err)
			}
			session := connect(t, address(t, c))
			if version := scan(t, session, "SELECT release_version FROM system.local"); !strings.HasPrefix(version, "5.0.") {
				t.Error(version)
			}
		})
	}
}

// TestModule starts the image by the Cassandra module with scripts of both kinds.
func TestModule(t *testing.T) {
	c, err := cassandra.Run(t.Context(), imageName, cassandra.WithInitScripts("testdata/init.cql", "testdata/init.sh"))
	testcontainers.CleanupContainer(t, c)
	if err != nil {
		t.Fatal(err)
	}
	at, err := c.ConnectionHost(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	session := connect(t, at)
	for id, want := range map[string]string{"1": "by the .cql file", "2": "by the .sh file"} {
		if got := scan(t, session, "SELECT name FROM test_keyspace.test_table WHERE id = "+id); got != want {
			t.Errorf("row %s is %q", id, got)
		}
	}
	if dc := scan(t, session, "SELECT data_center FROM system.local"); dc != "datacenter1" {
		t.Error(dc)
	}
}

// TestModuleConfiguration guards that a file with the addresses of another machine starts, and that its other keys count.
func TestModuleConfiguration(t *testing.T) {
	c, err := cassandra.Run(t.Context(), imageName, cassandra.WithConfigFile("testdata/cassandra.yaml"))
	testcontainers.CleanupContainer(t, c)
	if err != nil {
		t.Fatal(err)
	}
	if name := scan(t, connect(t, address(t, c)), "SELECT cluster_name FROM system.local"); name != "My Cluster" {
		t.Error(name)
	}
}
