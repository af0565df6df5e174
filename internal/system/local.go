package system

import (
	"encoding/binary"
	"strconv"

	"github.com/google/uuid"

	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
	"helenus/internal/key"
	"helenus/internal/schema"
)

const partitioner = "org.apache.cassandra.dht.Murmur3Partitioner"

// local is system.local: this node.
func (t *Tables) local(add func(fields)) {
	n := t.options.Local()
	add(fields{
		"key": text("local"), "bootstrapped": text("COMPLETED"), "broadcast_address": inet(n.BroadcastAddress),
		"broadcast_port": integer(n.StoragePort), "cluster_name": text(t.options.ClusterName), "cql_version": text(cassandra.CQLVersion),
		"data_center": text(n.DataCenter), "gossip_generation": integer(n.Generation), "host_id": uuidValue(n.HostID),
		"listen_address": inet(n.ListenAddress), "listen_port": integer(n.StoragePort), "native_protocol_version": text("5"),
		"partitioner": text(partitioner), "rack": text(n.Rack), "release_version": text(cassandra.ReleaseVersion),
		"rpc_address": inet(n.Native), "rpc_port": integer(n.NativePort), "schema_version": uuidValue(t.options.Schema().Version()),
		"tokens": tokens(n.Tokens), "truncated_at": t.truncatedAt(),
	})
}

func tokens(all []key.Token) []byte {
	names := make([]string, len(all))
	for i, token := range all {
		names[i] = strconv.FormatInt(int64(token), 10)
	}
	return textSet(names)
}

var truncatedType = cqltype.MapOf(cqltype.UUID, cqltype.Blob, false)

// truncatedAt tells that the size estimates were emptied when the node started, as Cassandra does: a map from the table's id to a
// commit log position (12 bytes, zero here) and the time in milliseconds.
func (t *Tables) truncatedAt() []byte {
	id := schema.SystemTableID("system", "table_estimates")
	value := binary.BigEndian.AppendUint64(make([]byte, 12), uint64(t.started.UnixMilli()))
	return truncatedType.Join([][]byte{id[:], value})
}

func (t *Tables) nodes() []Node {
	if t.options.Peers == nil {
		return nil
	}
	return t.options.Peers()
}

// peers is system.peers: the other nodes, by address.
func (t *Tables) peers(add func(fields)) {
	for _, n := range t.nodes() {
		add(fields{
			"peer": inet(n.BroadcastAddress), "data_center": text(n.DataCenter), "host_id": uuidValue(n.HostID), "rack": text(n.Rack),
			"release_version": text(cassandra.ReleaseVersion), "rpc_address": inet(n.Native), "schema_version": t.version(&n),
			"tokens": tokens(n.Tokens),
		})
	}
}

// peersV2 is system.peers_v2: the other nodes, by address and port.
func (t *Tables) peersV2(add func(fields)) {
	for _, n := range t.nodes() {
		add(fields{
			"peer": inet(n.BroadcastAddress), "peer_port": integer(n.StoragePort), "data_center": text(n.DataCenter), "host_id": uuidValue(n.HostID),
			"native_address": inet(n.Native), "native_port": integer(n.NativePort), "rack": text(n.Rack),
			"release_version": text(cassandra.ReleaseVersion), "schema_version": t.version(&n), "tokens": tokens(n.Tokens),
		})
	}
}

// release is the version of Cassandra that a node speaks like.
func release(n *Node) string {
	if n.Release != "" {
		return n.Release
	}
	return cassandra.ReleaseVersion
}

// schemaText is the version of the schema that a node has.
func (t *Tables) schemaText(n *Node) []byte {
	return text(uuid.UUID(t.version(n)).String())
}

func (t *Tables) version(n *Node) []byte {
	if n.SchemaVersion == uuid.Nil {
		return uuidValue(t.options.Schema().Version())
	}
	return uuidValue(n.SchemaVersion)
}
