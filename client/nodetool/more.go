package nodetool

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// DescribeRing prints the ranges of a keyspace.
func (r *Report) DescribeRing(w io.Writer) {
	fmt.Fprintf(w, "Schema Version:%s\nTokenRange: \n", r.Schema)
	for _, x := range r.Ranges {
		var hosts, details []string
		for _, id := range x.Hosts {
			for i := range r.Nodes {
				if n := &r.Nodes[i]; n.Host == id {
					hosts = append(hosts, host(n.Address))
					details = append(details, fmt.Sprintf("EndpointDetails(host:%s, datacenter:%s, rack:%s)", host(n.Address), n.Datacenter, n.Rack))
				}
			}
		}
		list := strings.Join(hosts, ", ")
		fmt.Fprintf(w, "\tTokenRange(start_token:%s, end_token:%s, endpoints:[%s], rpc_endpoints:[%s], endpoint_details:[%s])\n", x.Start, x.End, list, list, strings.Join(details, ", "))
	}
}

// HandoffStatus prints whether hints are kept.
func (r *Report) HandoffStatus(w io.Writer) {
	if r.Handoff {
		fmt.Fprintln(w, "Hinted handoff is running")
	} else {
		fmt.Fprintln(w, "Hinted handoff is not running")
	}
}

// SnapshotMade prints the latest snapshot.
func (r *Report) SnapshotMade(w io.Writer) {
	var last Snapshot
	for _, s := range r.Snapshots {
		if s.Made >= last.Made {
			last = s
		}
	}
	fmt.Fprintf(w, "Requested creating snapshot(s) for [all keyspaces] with snapshot name [%s] and options {skipFlush=false}\nSnapshot directory: %s\n", last.Tag, last.Tag)
}

// ListSnapshots prints the snapshots.
func (r *Report) ListSnapshots(w io.Writer) {
	fmt.Fprintln(w, "Snapshot Details: ")
	if len(r.Snapshots) == 0 {
		fmt.Fprintln(w, "There are no snapshots")
		return
	}
	rows := [][]string{{"Snapshot name", "Keyspace name", "Column family name", "True size", "Size on disk", "Creation time"}}
	total := int64(0)
	for _, s := range r.Snapshots {
		rows = append(rows, []string{s.Tag, "all", "all", size(s.Bytes), size(s.Bytes), time.Unix(s.Made, 0).UTC().Format(time.RFC3339)})
		total += s.Bytes
	}
	columns(w, rows)
	fmt.Fprintf(w, "\nTotal TrueDiskSpaceUsed: %s\n", size(total))
}

// RepairStatus prints how far the repair is that goes on by itself.
func (r *Report) RepairStatus(w io.Writer) {
	through := "never"
	if r.RepairedThrough > 0 {
		through = time.Unix(r.RepairedThrough, 0).UTC().Format(time.RFC3339)
	}
	fmt.Fprintf(w, "Ranges repaired by this node since it started: %d\nRanges that are due: %d\nEverything here was repaired through: %s\n", r.RepairedRanges, r.WaitingRanges, through)
	if r.Repairing != "" {
		fmt.Fprintf(w, "Repairing now: %s\n", r.Repairing)
	}
}
