package coordinator

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"helenus/internal/cassandra"
	"helenus/internal/cluster/metadata"
	"helenus/internal/cql"
	"helenus/internal/key"
	"helenus/internal/platform"
	"helenus/internal/replica"
	"helenus/internal/ring"
	"helenus/internal/row"
	"helenus/internal/rpc"
	"helenus/internal/schema"
)

// cluster is a coordinator that replicates nothing itself, and nodes that answer as a test says. It is for virtual time: synctest.Test.
type cluster struct {
	*Coordinator
	table *schema.Table
	down  map[string]bool
	// answer says what a node, n0 to n9, replies to a message and when; never when after is negative.
	answer func(node string, verb rpc.Verb, body []byte) (after time.Duration, reply []byte, err error)
	asked  []string // node and verb of each message, in the order of sending
}

// newCluster makes nodes n0, n1 … in datacenters and racks, "dc1/r1 dc1/r2 dc2/r1"; each owns one token, n0's the lowest.
func newCluster(t *testing.T, where, replication string) *cluster {
	t.Helper()
	s := schema.Empty
	facts := schema.Facts{TableID: schema.TableID{1}, Datacenters: map[string]int{}}
	state := &metadata.State{Epoch: 1, Topology: 1}
	var nodes []*ring.Node
	for i, place := range strings.Fields(where) {
		dc, rack, _ := strings.Cut(place, "/")
		facts.Datacenters[dc]++
		m := metadata.Member{
			Host: uuid.UUID{byte(i + 1)}, Number: uint64(i + 1), Address: fmt.Sprintf("10.0.0.%d:7000", i), Datacenter: dc, Rack: rack, Status: metadata.Normal, Tokens: []key.Token{key.Token(i)},
		}
		state.Members = append(state.Members, m)
		nodes = append(nodes, &ring.Node{ID: ring.HostID(m.Host), Datacenter: dc, Rack: rack, Tokens: m.Tokens})
	}
	state.Ring = ring.NewTopology(nodes)
	for _, text := range []string{"CREATE KEYSPACE k WITH replication = " + replication, "CREATE TABLE k.t (p blob PRIMARY KEY, v blob)"} {
		parsed, err := cql.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		out, err := schema.Execute(s, parsed, facts)
		if err != nil {
			t.Fatal(err)
		}
		s = s.Apply(out.Change)
	}
	state.Schema = s
	c := &cluster{table: s.Table("k", "t"), down: map[string]bool{}}
	now := int64(0)
	c.Coordinator = New(Options{
		Self: ring.HostID{0xFF}, State: func() *metadata.State { return state }, Messenger: c, Runtime: platform.System{}, Datacenter: "dc1",
		WhenEpoch: func(epoch uint64, f func()) func() { f(); return func() {} },
		Live:      func(host uuid.UUID) bool { return !c.down[fmt.Sprintf("n%d", host[0]-1)] },
		Timestamp: func() int64 { now++; return now },
		Number:    func() uint64 { return 99 },
	})
	t.Cleanup(func() { // what is still on its way arrives
		if err := platform.Sleep(context.Background(), platform.System{}, time.Minute); err != nil {
			t.Error(err)
		}
	})
	return c
}

var verbNames = map[rpc.Verb]string{rpc.Read: "read", rpc.Write: "write", rpc.Prepare: "prepare", rpc.Propose: "propose", rpc.Commit: "commit", rpc.Count: "count"}

// Call sends a message to a node of the test.
func (c *cluster) Call(to rpc.Peer, _ rpc.Class, verb rpc.Verb, body []byte, timeout time.Duration, done func(reply []byte, err error)) {
	node := fmt.Sprintf("n%d", to.Host[0]-1)
	name := verbNames[verb]
	if verb == rpc.Read && isDigest(body) {
		name = "digest"
	}
	c.asked = append(c.asked, node+" "+name)
	after, reply, err := c.answer(node, verb, body)
	if after < 0 || after > timeout {
		after, reply, err = timeout, nil, rpc.ErrTimeout
	}
	time.AfterFunc(after, func() { done(reply, err) })
}

// isDigest says whether a read request asks for a digest; see replica.ReadRequest.Append.
func isDigest(body []byte) bool { return replica.AfterPlan(body)[4]&4 != 0 }

// ok is an answer with a body.
func ok(body []byte) []byte { return append([]byte{byte(replica.OK)}, body...) }

// at returns the partition whose first replica is a node.
func at(node int) key.Partition {
	return key.Partition{Token: key.Token(node), Key: []byte{byte(node)}}
}

// value is a partition's page with one row, whose column v was written at a timestamp.
func (c *cluster) value(p key.Partition, v string, timestamp int64) *replica.Page {
	var b row.Builder
	b.Reset(nil)
	b.Cell(c.table.Column("v").ID, timestamp, 0, 0, []byte(v))
	rows := &oneRow{partition: p, row: b.Finish()}
	page, err := replica.MakePage(rows, &replica.ReadRequest{Command: row.Command{Table: c.table, Partitions: []key.Partition{p}}, Bytes: 1 << 20})
	if err != nil {
		panic(err)
	}
	return page
}

// reply is the answer to a read: the page or its digest.
func reply(body []byte, page *replica.Page) []byte {
	if isDigest(body) {
		return ok(binary.BigEndian.AppendUint64(nil, page.Digest()))
	}
	return ok(page.Append(nil))
}

// get reads partitions and returns the rows found.
func (c *cluster) get(level cassandra.Consistency, partitions ...key.Partition) (rows []string, err error) {
	cursor, err := c.Read(&row.Command{Table: c.table, Partitions: partitions}, level, 0)
	if err != nil {
		return nil, err
	}
	for cursor.NextPartition() {
		for cursor.NextRow() {
			rows = append(rows, string(cursor.Row()))
		}
	}
	return rows, cursor.Err()
}

// oneRow is a cursor over one row.
type oneRow struct {
	partition key.Partition
	row       []byte
	stage     int
}

func (o *oneRow) NextPartition() bool      { o.stage++; return o.stage == 1 }
func (o *oneRow) NextRow() bool            { o.stage++; return o.stage == 2 }
func (o *oneRow) Partition() key.Partition { return o.partition }
func (o *oneRow) Header() []byte           { return nil }
func (o *oneRow) Static() []byte           { return nil }
func (o *oneRow) Clustering() []byte       { return nil }
func (o *oneRow) Row() []byte              { return o.row }
func (o *oneRow) Err() error               { return nil }
func (o *oneRow) Close() error             { return nil }
