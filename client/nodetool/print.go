package nodetool

import (
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
)

// host is an address without its port.
func host(address string) string {
	if h, _, err := net.SplitHostPort(address); err == nil {
		return h
	}
	return address
}

// size is a number of bytes as Cassandra prints it.
func size(bytes int64) string {
	switch f := float64(bytes); {
	case bytes >= 1<<40:
		return fmt.Sprintf("%.2f TiB", f/(1<<40))
	case bytes >= 1<<30:
		return fmt.Sprintf("%.2f GiB", f/(1<<30))
	case bytes >= 1<<20:
		return fmt.Sprintf("%.2f MiB", f/(1<<20))
	case bytes >= 1<<10:
		return fmt.Sprintf("%.2f KiB", f/(1<<10))
	}
	return fmt.Sprintf("%d bytes", bytes)
}

// columns prints rows with each column as wide as its widest cell and two spaces between.
func columns(w io.Writer, rows [][]string) {
	var widths []int
	for _, r := range rows {
		for i, cell := range r {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], len(cell))
		}
	}
	for _, r := range rows {
		for i, cell := range r {
			if i > 0 {
				fmt.Fprint(w, "  ")
			}
			fmt.Fprintf(w, "%-*s", widths[i], cell)
		}
		fmt.Fprintln(w)
	}
}

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
	for _, n := range r.Nodes {
		if n.Host == r.Self {
			return n
		}
	}
	return Node{}
}

func (r *Report) owns(n *Node) string {
	if len(r.Owns) == 0 {
		return "?"
	}
	return fmt.Sprintf("%.1f%%", 100*r.Owns[n.Host])
}

// Status prints nodetool status.
func (r *Report) Status(w io.Writer) {
	for _, dc := range r.datacenters() {
		title := "Datacenter: " + dc
		fmt.Fprintf(w, "%s\n%s\nStatus=Up/Down\n|/ State=Normal/Leaving/Joining/Moving\n", title, strings.Repeat("=", len(title)))
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
			up := "D"
			load := "?"
			if n.Up {
				up, load = "U", size(n.Load)
			}
			rows = append(rows, []string{up + n.State[:1], host(n.Address), load, strconv.Itoa(len(n.Tokens)), r.owns(n), n.Host, n.Rack})
		}
		columns(w, rows)
		fmt.Fprintln(w)
	}
	if len(r.Owns) == 0 && len(r.Nodes) > 1 {
		fmt.Fprintln(w, "Note: Non-system keyspaces don't have the same replication settings, effective ownership information is meaningless")
	}
}

// Ring prints nodetool ring.
func (r *Report) Ring(w io.Writer) {
	for _, dc := range r.datacenters() {
		title := "Datacenter: " + dc
		fmt.Fprintf(w, "\n%s\n%s\n", title, strings.Repeat("=", 10))
		type place struct {
			token int64
			node  *Node
		}
		var places []place
		for i := range r.Nodes {
			for _, t := range r.Nodes[i].Tokens {
				if v, err := strconv.ParseInt(t, 10, 64); err == nil && r.Nodes[i].Datacenter == dc {
					places = append(places, place{v, &r.Nodes[i]})
				}
			}
		}
		slices.SortFunc(places, func(a, b place) int {
			if a.token < b.token {
				return -1
			}
			return 1
		})
		rows := [][]string{{"Address", "Rack", "Status", "State", "Load", "Owns", "Token"}}
		if n := len(places); n > 0 {
			rows = append(rows, []string{"", "", "", "", "", "", strconv.FormatInt(places[n-1].token, 10)})
		}
		for _, p := range places {
			status := "Down"
			if p.node.Up {
				status = "Up"
			}
			rows = append(rows, []string{host(p.node.Address), p.node.Rack, status, p.node.State, size(p.node.Load), r.owns(p.node), strconv.FormatInt(p.token, 10)})
		}
		columns(w, rows)
	}
}

// Info prints nodetool info.
func (r *Report) Info(w io.Writer) {
	n := r.self()
	line := func(name string, value any) { fmt.Fprintf(w, "%-23s: %v\n", name, value) }
	line("ID", r.Self)
	line("Gossip active", true)
	line("Native Transport active", r.Native)
	line("Load", size(n.Load))
	line("Generation No", r.Generation)
	line("Uptime (seconds)", r.Uptime)
	line("Heap Memory (MB)", fmt.Sprintf("%.2f / %.2f", float64(r.HeapBytes)/(1<<20), float64(r.LimitBytes)/(1<<20)))
	line("Data Center", n.Datacenter)
	line("Rack", n.Rack)
	line("Token", fmt.Sprintf("(invoke with -T/--tokens to see all %d tokens)", len(n.Tokens)))
}

// DescribeCluster prints nodetool describecluster.
func (r *Report) DescribeCluster(w io.Writer) {
	var up, down []string
	state := map[string]int{}
	unreachable := 0
	for _, n := range r.Nodes {
		if !n.Up {
			unreachable++
			down = append(down, host(n.Address))
			continue
		}
		up = append(up, host(n.Address))
		state[n.State]++
	}
	fmt.Fprintf(w, "Cluster Information:\n\tName: %s\n\tSnitch: org.apache.cassandra.locator.GossipingPropertyFileSnitch\n\tDynamicEndPointSnitch: disabled\n\tPartitioner: %s\n\tSchema versions:\n", r.Cluster, r.Partitioner)
	fmt.Fprintf(w, "\t\t%s: [%s]\n\n", r.Schema, strings.Join(up, ", "))
	if len(down) > 0 {
		fmt.Fprintf(w, "\t\tUNREACHABLE: [%s]\n\n", strings.Join(down, ", "))
	}
	fmt.Fprintf(w, "Stats for all nodes:\n\tLive: %d\n\tJoining: %d\n\tMoving: 0\n\tLeaving: %d\n\tUnreachable: %d\n\nData Centers: \n", len(up), state["Joining"], state["Leaving"], unreachable)
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
		fmt.Fprintf(w, "\t%s #Nodes: %d #Down: %d\n", dc, all, gone)
	}
	fmt.Fprintf(w, "\nDatabase versions:\n\t%s: [%s]\n\nKeyspaces:\n", r.Release, strings.Join(up, ", "))
	for _, k := range r.Keyspaces {
		var options []string
		for _, name := range slices.Sorted(maps.Keys(k.Replication)) {
			if name != "class" {
				options = append(options, name+"="+k.Replication[name])
			}
		}
		fmt.Fprintf(w, "\t%s -> Replication class: %s {%s}\n", k.Name, k.Replication["class"], strings.Join(options, ", "))
	}
	fmt.Fprintf(w, "\nMetadata:\n\tEpoch: %d\n\tVoters: %s\n\tLeader: %s\n", r.Epoch, strings.Join(r.addresses(r.Voters), ", "), strings.Join(r.addresses([]string{r.Leader}), ""))
	if r.Operation != "" {
		fmt.Fprintf(w, "\tOperation: %s\n", r.Operation)
	}
}

// addresses returns the addresses of hosts.
func (r *Report) addresses(hosts []string) []string {
	var all []string
	for _, h := range hosts {
		for _, n := range r.Nodes {
			if n.Host == h {
				all = append(all, host(n.Address))
			}
		}
	}
	return all
}

// NetStats prints nodetool netstats.
func (r *Report) NetStats(w io.Writer) {
	mode := strings.ToUpper(r.self().State)
	fmt.Fprintf(w, "Mode: %s\n", mode)
	if r.Operation == "" {
		fmt.Fprintln(w, "Not sending any streams.")
	} else {
		fmt.Fprintf(w, "%s\n    Receiving: %d of %d ranges, %s since the start\n", r.Operation, r.Fetched, r.Fetching, size(r.FetchedBytes))
	}
	fmt.Fprintf(w, "Read Repair Statistics:\nMismatch: %d\nRepaired replicas: %d\n", r.Differs, r.Repairs)
	for _, h := range slices.Sorted(maps.Keys(r.Hints)) {
		fmt.Fprintf(w, "Hints for %s: %d\n", strings.Join(r.addresses([]string{h}), h), r.Hints[h])
	}
}
