package exec

import (
	"slices"
	"strings"

	"helenus/internal/cqltype"
	"helenus/internal/protocol"
)

// Ownership is a token range's end and the nodes that own it, as DESCRIBE CLUSTER shows them.
type Ownership struct {
	Token string
	Nodes []string // "/10.0.0.1:7000"
}

// describeCluster answers DESCRIBE CLUSTER; the ranges are shown only in a session with a keyspace.
func (x *execution) describeCluster() error {
	o := &x.executor.options
	ranges := cqltype.MapOf(cqltype.Text, cqltype.ListOf(cqltype.Text, false), false)
	m := protocol.Metadata{Columns: []protocol.Column{
		{Keyspace: "system", Table: "describe", Name: "cluster", Type: cqltype.Text},
		{Keyspace: "system", Table: "describe", Name: "partitioner", Type: cqltype.Text},
		{Keyspace: "system", Table: "describe", Name: "snitch", Type: cqltype.Text},
	}}
	shown := x.keyspace() != "" && o.Ownership != nil
	if shown {
		m.Columns = append(m.Columns, protocol.Column{Keyspace: "system", Table: "describe", Name: "range_ownership", Type: ranges})
	}
	body, countAt := protocol.AppendRowsHeader(x.resp.Body, &m)
	for _, text := range [...]string{o.ClusterName, "Murmur3Partitioner", "DynamicEndpointSnitch"} {
		body = protocol.AppendBytes(body, []byte(text))
	}
	if shown {
		body = protocol.AppendBytes(body, ownershipValue(ranges, o.Ownership(x.keyspace())))
	}
	protocol.PatchRowCount(body, countAt, 1)
	x.resp.Body = body
	return nil
}

// ownershipValue is a map<text, list<text>> on the wire, in order of its keys.
func ownershipValue(t *cqltype.Type, all []Ownership) []byte {
	all = slices.SortedFunc(slices.Values(all), func(a, b Ownership) int { return strings.Compare(a.Token, b.Token) })
	elems := make([][]byte, 0, 2*len(all))
	for _, r := range all {
		nodes := make([][]byte, len(r.Nodes))
		for i, n := range r.Nodes {
			nodes[i] = []byte(n)
		}
		elems = append(elems, []byte(r.Token), t.Elems[1].Join(nodes))
	}
	return t.Join(elems)
}
