package nodetool

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
)

// resolveOption shows names of addresses.
var resolveOption = option{names: []string{"-r", "--resolve-ip"}, about: "show names instead of addresses"}

// ringVerbs show the cluster.
var ringVerbs = []verb{
	{
		name: "status", args: "[<keyspace>]", about: "the members: up or down, load, tokens, part of the data",
		options: []option{resolveOption}, ask: keyspaceArgument, print: printStatus, complaint: "\nError: ",
	},
	{
		name: "ring", args: "[<keyspace>]", about: "the tokens in order and who owns them",
		options: []option{resolveOption}, ask: keyspaceArgument, print: printRing, complaint: "\nError: ",
	},
	{name: "describecluster", about: "name, schema versions, keyspaces, and who keeps the metadata", print: printCluster},
	{
		name: "describering", args: "<keyspace>", about: "the ranges of a keyspace and their replicas",
		ask: func(c *call) error {
			if len(c.args) == 0 {
				return usageErrorf("Required parameters are missing: keyspace")
			}
			c.Ranges = true
			return keyspaceArgument(c)
		},
		print: printRanges,
	},
	{
		name: "getendpoints", args: "<keyspace> <table> <key>", about: "the replicas of a partition key",
		ask: func(c *call) error {
			if len(c.args) != 3 {
				return usageErrorf("getendpoints requires keyspace, table and partition key arguments")
			}
			c.Keyspace, c.Table, c.Key = c.args[0], c.args[1], c.args[2]
			return nil
		},
		print: func(c *call, r *Report) error {
			for _, e := range r.Endpoints {
				c.printf("%s\n", e)
			}
			return nil
		},
	},
	{name: "gossipinfo", about: "what is known of each node", print: printGossip},
	{name: "failuredetector", about: "how doubtful it is that each node lives: at 8 it counts as down", print: printDoubts},
	{name: "getseeds", about: "the seeds but this node itself", print: func(c *call, r *Report) error {
		if len(r.Seeds) == 0 {
			c.printf("Seed node list does not contain any remote node IPs\n")
		} else {
			c.printf("Current list of seed node IPs, excluding the current node's IP: %s\n", strings.Join(r.Seeds, " "))
		}
		return nil
	}},
}

// meaningless is said where nodes own another part of each keyspace.
const meaningless = "Note: Non-system keyspaces don't have the same replication settings, effective ownership information is meaningless"

func (r *Report) datacenters() []string {
	var all []string
	for _, n := range r.Nodes {
		if !slices.Contains(all, n.Datacenter) {
			all = append(all, n.Datacenter)
		}
	}
	slices.Sort(all)
	return all
}

// self returns the node that answered.
func (r *Report) self() Node {
	if n := r.node(r.Self); n != nil {
		return *n
	}
	return Node{}
}

// node returns the one with a host id, or nil.
func (r *Report) node(id string) *Node {
	for i := range r.Nodes {
		if r.Nodes[i].Host == id {
			return &r.Nodes[i]
		}
	}
	return nil
}

// resolveWithin bounds how long the names of addresses are looked for.
const resolveWithin = 2 * time.Second

// named is a node's address, or with -r its name.
func (c *call) named(n *Node) string {
	if !c.has("resolve-ip") {
		return c.address(n)
	}
	ctx, cancel := context.WithTimeout(context.Background(), resolveWithin)
	defer cancel()
	names, err := net.DefaultResolver.LookupAddr(ctx, host(n.Address))
	if err != nil || len(names) == 0 {
		return c.address(n)
	}
	name := strings.TrimSuffix(names[0], ".")
	if _, port, err := net.SplitHostPort(n.Address); err == nil && c.has("print-port") {
		return net.JoinHostPort(name, port)
	}
	return name
}

func printStatus(c *call, r *Report) error {
	for _, dc := range r.datacenters() {
		title := "Datacenter: " + dc
		c.printf("%s\n%s\nStatus=Up/Down\n|/ State=Normal/Leaving/Joining/Moving\n", title, strings.Repeat("=", len(title)))
		owns := "Owns (effective)"
		if len(r.Owns) == 0 {
			owns = "Owns"
		}
		rows := [][]string{{"--", "Address", "Load", "Tokens", owns, "Host ID", "Rack"}}
		for i := range r.Nodes {
			n := &r.Nodes[i]
			if n.Datacenter != dc {
				continue
			}
			up, share := "D", "?"
			if n.Up {
				up = "U"
			}
			if len(r.Owns) > 0 {
				share = fmt.Sprintf("%.1f%%", 100*r.Owns[n.Host])
			}
			rows = append(rows, []string{up + n.State[:1], c.named(n), load(n), strconv.Itoa(len(n.Tokens)), share, n.Host, n.Rack})
		}
		columns(c.out, "  ", rows)
		c.printf("\n")
	}
	if len(r.Owns) == 0 {
		c.printf("%s\n", meaningless)
	}
	return nil
}

// load is a node's, as long as any is known.
func load(n *Node) string {
	if n.Load == 0 {
		return "?"
	}
	return size(n.Load)
}

// place is a token and the node that has it.
type place struct {
	token int64
	node  *Node
}

// places are the tokens of a datacenter in order.
func (r *Report) places(dc string) (all []place) {
	for i := range r.Nodes {
		for _, t := range r.Nodes[i].Tokens {
			if v, err := strconv.ParseInt(t, 10, 64); err == nil && r.Nodes[i].Datacenter == dc {
				all = append(all, place{v, &r.Nodes[i]})
			}
		}
	}
	slices.SortFunc(all, func(a, b place) int { return cmp.Compare(a.token, b.token) })
	return all
}

func printRing(c *call, r *Report) error {
	width := 0
	for i := range r.Nodes {
		width = max(width, len(r.Nodes[i].Address))
	}
	line := func(cells ...any) {
		c.printf("%-*s  %-12s%-7s%-8s%-16s%-20s%-44s\n", append([]any{width}, cells...)...)
	}
	c.printf("\n")
	for _, dc := range r.datacenters() {
		c.printf("Datacenter: %s\n==========\n", dc)
		places := r.places(dc)
		line("Address", "Rack", "Status", "State", "Load", "Owns", "Token")
		if len(places) > 1 {
			line("", "", "", "", "", "", number(places[len(places)-1].token))
		}
		for _, p := range places {
			status, owns := "Down", "?"
			if p.node.Up {
				status = "Up"
			}
			if len(r.Owns) > 0 {
				owns = fmt.Sprintf("%.2f%%", 100*r.Owns[p.node.Host])
			}
			line(c.named(p.node), p.node.Rack, status, p.node.State, load(p.node), owns, number(p.token))
		}
		c.printf("\n")
	}
	c.printf("  Warning: \"nodetool ring\" is used to output all the tokens of a node.\n  To view status related info of a node use \"nodetool status\" instead.\n\n\n  ")
	if len(r.Owns) == 0 {
		c.printf("%s\n", meaningless)
	}
	return nil
}

func printCluster(c *call, r *Report) error {
	var up, down []string
	releases, state := map[string][]string{}, map[string]int{}
	for i := range r.Nodes {
		n := &r.Nodes[i]
		state[n.State]++
		releases[n.Release] = append(releases[n.Release], n.Address)
		if n.Up {
			up = append(up, c.address(n))
		} else {
			down = append(down, c.address(n))
		}
	}
	c.printf("Cluster Information:\n\tName: %s\n\tSnitch: org.apache.cassandra.locator.GossipingPropertyFileSnitch\n\tDynamicEndPointSnitch: disabled\n\tPartitioner: %s\n", r.Cluster, r.Partitioner)
	c.printf("\tSchema versions:\n\t\t%s: [%s]\n\n", r.Schema, strings.Join(up, ", "))
	if len(down) > 0 {
		c.printf("\t\tUNREACHABLE: [%s]\n\n", strings.Join(down, ", "))
	}
	c.printf("Stats for all nodes:\n\tLive: %d\n\tJoining: %d\n\tMoving: 0\n\tLeaving: %d\n\tUnreachable: %d\n\nData Centers: \n", len(up), state["Joining"], state["Leaving"], len(down))
	for _, dc := range r.datacenters() {
		all, gone := 0, 0
		for _, n := range r.Nodes {
			if n.Datacenter == dc {
				all++
				if !n.Up {
					gone++
				}
			}
		}
		c.printf("\t%s #Nodes: %d #Down: %d\n", dc, all, gone)
	}
	c.printf("\nDatabase versions:\n")
	for _, release := range slices.Sorted(maps.Keys(releases)) {
		c.printf("\t%s: [%s]\n", release, strings.Join(releases[release], ", "))
	}
	c.printf("\nKeyspaces:\n")
	for _, k := range r.Keyspaces {
		var options []string
		for _, name := range slices.Sorted(maps.Keys(k.Replication)) {
			if name != "class" {
				options = append(options, name+"="+k.Replication[name])
			}
		}
		class := k.Replication["class"]
		c.printf("\t%s -> Replication class: %s {%s}\n", k.Name, class[strings.LastIndexByte(class, '.')+1:], strings.Join(options, ", "))
	}
	c.printf("\n")
	if len(r.Owns) == 0 {
		c.printf("%s\n\n", meaningless)
	}
	c.printf("Metadata:\n\tEpoch: %d\n\tVoters: %s\n\tLeader: %s\n", r.Epoch, strings.Join(c.addresses(r, r.Voters...), ", "), strings.Join(c.addresses(r, r.Leader), ""))
	if o := r.Operation; o != nil {
		c.printf("\tOperation: %s of %s, step %d\n", o.Kind, o.Host, o.Step)
	}
	return nil
}

// addresses returns those of hosts.
func (c *call) addresses(r *Report, ids ...string) (all []string) {
	for _, id := range ids {
		if n := r.node(id); n != nil {
			all = append(all, c.address(n))
		}
	}
	return all
}

func printRanges(c *call, r *Report) error {
	c.printf("Schema Version:%s\nTokenRange: \n", r.Schema)
	for _, x := range r.Ranges {
		var details []string
		for _, id := range x.Hosts {
			if n := r.node(id); n != nil {
				details = append(details, fmt.Sprintf("EndpointDetails(host:%s, datacenter:%s, rack:%s)", c.address(n), n.Datacenter, n.Rack))
			}
		}
		list := strings.Join(c.addresses(r, x.Hosts...), ", ")
		c.printf("\tTokenRange(start_token:%s, end_token:%s, endpoints:[%s], rpc_endpoints:[%s], endpoint_details:[%s])\n", x.Start, x.End, list, list, strings.Join(details, ", "))
	}
	return nil
}

// printGossip prints what each node says of itself, under the names that Cassandra's gossip has for it. Versions are the epoch of the metadata
// that the node knew.
func printGossip(c *call, r *Report) error {
	for i := range r.Nodes {
		n := &r.Nodes[i]
		c.printf("/%s\n  generation:%d\n  heartbeat:%d\n", c.address(n), n.Generation, n.Epoch)
		line := func(name string, value any) { c.printf("  %s:%d:%v\n", name, n.Epoch, value) }
		status := map[string]string{"Normal": "NORMAL", "Joining": "BOOT", "Leaving": "LEAVING"}[n.State]
		if len(n.Tokens) > 0 {
			status += "," + n.Tokens[0]
		}
		line("STATUS", status)
		line("LOAD", java(float64(n.Load)))
		line("SCHEMA", r.Schema)
		line("DC", n.Datacenter)
		line("RACK", n.Rack)
		line("RELEASE_VERSION", n.Release)
		line("RPC_ADDRESS", host(n.Native))
		line("HOST_ID", n.Host)
		line("RPC_READY", n.Ready)
		line("NATIVE_ADDRESS_AND_PORT", n.Native)
		line("STATUS_WITH_PORT", status)
		line("TOKENS", "<hidden>")
	}
	c.printf("\n")
	return nil
}

func printDoubts(c *call, r *Report) error {
	c.printf("  Endpoint,             Phi\n")
	for i := range r.Nodes {
		if n := &r.Nodes[i]; n.Host != r.Self {
			c.printf("%-12s %15.8f\n", "/"+c.address(n)+",", n.Doubt)
		}
	}
	return nil
}
