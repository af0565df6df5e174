package node

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"helenus/client"
	"helenus/internal/cluster/metadata"
)

// lines is a log that tests look into.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// eventually waits until something is so.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); !is(); <-time.After(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal(what)
		}
	}
}

// together says whether nodes are all normal members of one cluster of just them.
func together(nodes ...*testNode) bool {
	first := nodes[0].State()
	for _, n := range nodes {
		s := n.State()
		if s.Cluster != first.Cluster || len(s.Members) != len(nodes) || slices.ContainsFunc(s.Members, func(m metadata.Member) bool { return m.Status != metadata.Normal }) {
			return false
		}
	}
	return true
}

func use(t *testing.T, n *testNode, statement string) {
	t.Helper()
	c, err := client.Dial(t.Context(), client.Options{Addr: n.Address().String()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Query(t.Context(), statement, nil); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

const someKeyspace = "CREATE KEYSPACE some WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"

// TestEmptyClusterOfOneYields: a node that formed a cluster by itself, in which there is nothing, joins another when it is started again with a
// node of that among its seeds, whichever of them is which.
func TestEmptyClusterOfOneYields(t *testing.T) {
	kept, empty := startNode(t, clusterOptions(t)), startNode(t, clusterOptions(t))
	use(t, kept, someKeyspace)
	cluster, host := kept.State().Cluster, empty.HostID()
	o := empty.options
	empty.stop(t)
	o.Seeds = []string{o.Native, kept.options.Native} // that it stands first does not matter any more
	empty = startNode(t, o)
	eventually(t, "the nodes are not one cluster", func() bool { return together(kept, empty) })
	if empty.State().Cluster != cluster || empty.HostID() != host {
		t.Errorf("cluster %s, want %s", empty.State().Cluster, cluster)
	}
	use(t, empty, "USE some")
}

// TestEmptyClustersMeetWhileTheyRun: of two nodes that each formed a cluster by themselves, since neither was there for the other yet, one gives
// its own up once they see each other, and serves clients again as a member.
func TestEmptyClustersMeetWhileTheyRun(t *testing.T) {
	one, two := clusterOptions(t), clusterOptions(t)
	one.Seeds, two.Seeds = []string{one.Native, two.Native}, []string{two.Native, one.Native}
	one.Cut, two.Cut = []string{two.Native + ":7000"}, []string{one.Native + ":7000"}
	nodes := []*testNode{startNode(t, one), startNode(t, two)}
	if nodes[0].State().Cluster == nodes[1].State().Cluster {
		t.Fatal("one cluster although they can't see each other: the test tests nothing")
	}
	for i, n := range nodes {
		(*n.links.Load()).Block(nodes[1-i].options.Native+":7000", false)
	}
	eventually(t, "the nodes are not one cluster", func() bool { return together(nodes...) })
	eventually(t, "they do not serve clients", func() bool { return nodes[0].ready.Load() && nodes[1].ready.Load() })
	use(t, nodes[0], someKeyspace)
	use(t, nodes[1], "USE some")
}

// TestClustersThatHoldSomethingStayApart: both keep what they have, and the one that was told of the other says what to do.
func TestClustersThatHoldSomethingStayApart(t *testing.T) {
	one, two := startNode(t, clusterOptions(t)), startNode(t, clusterOptions(t))
	use(t, one, someKeyspace)
	use(t, two, someKeyspace)
	clusters := []string{one.State().Cluster.String(), two.State().Cluster.String()}
	o := two.options
	two.stop(t)
	log := &lines{}
	o.Seeds, o.Logger = []string{one.options.Native}, slog.New(slog.NewTextHandler(log, nil))
	two = startNode(t, o)
	eventually(t, "nothing is said", func() bool { return strings.Contains(log.String(), "never merged") })
	for _, want := range append(clusters, one.options.Native, "empty its data directory") {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%q is missing in\n%s", want, log)
		}
	}
	if got := []string{one.State().Cluster.String(), two.State().Cluster.String()}; !slices.Equal(got, clusters) {
		t.Errorf("clusters %v, want %v", got, clusters)
	}
	use(t, two, "USE some")
}
