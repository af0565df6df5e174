package shell

import (
	"context"
	"log/slog"
	"net"
	"testing"
	"time"

	"helenus/internal/node"
	"helenus/internal/platform"
)

// startNode starts a node at free ports of 127.0.0.1, and stops it when the test is over.
func startNode(t *testing.T) *node.Node {
	t.Helper()
	n, err := node.Start(t.Context(), node.Options{
		DataDir: t.TempDir(), Addresses: node.Addresses{Native: "127.0.0.1"}, Port: freePort(t), StoragePort: freePort(t), ClusterName: "test", Datacenter: "dc", Rack: "r", NumTokens: 1, Memory: 256 << 20,
		Runtime: platform.System{}, Network: platform.SystemNetwork{}, Logger: slog.New(slog.DiscardHandler), OnFatal: func(err error) { panic(err) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := n.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return n
}

func freePort(t *testing.T) int {
	t.Helper()
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer probe.Close()
	return probe.Addr().(*net.TCPAddr).Port
}
