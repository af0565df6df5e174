package node

import (
	"context"
	"encoding/binary"
	"net"
	"time"

	"github.com/google/uuid"

	"helenus/client/nodetool"
	"helenus/internal/key"
	"helenus/internal/platform"
	"helenus/internal/replica"
	"helenus/internal/row"
	"helenus/internal/rpc"
	"helenus/internal/schema"
	"helenus/internal/storage"
	"helenus/internal/system"
	"helenus/internal/view"
)

// viewRouter tells the store where the rows of views belong.
type viewRouter struct{ n *Member }

var _ storage.ViewRouter = viewRouter{}

// Route is for package storage.
func (r viewRouter) Route(changes []view.Routed) (here []row.Mutation, parcels []view.Parcel) {
	topology := r.n.metadata.State().Topology // an older one than what the targets are of does no harm: then they are looked for again
	elsewhere := map[uuid.UUID][]row.Mutation{}
	var order []uuid.UUID
	for i := range changes {
		local, others := r.n.coord.ViewTargets(&changes[i])
		if local {
			here = append(here, changes[i].Mutation)
		}
		for _, host := range others {
			if elsewhere[host] == nil {
				order = append(order, host)
			}
			elsewhere[host] = append(elsewhere[host], changes[i].Mutation)
		}
	}
	for _, host := range order {
		parcels = append(parcels, r.n.hints.Parcels(topology, host, elsewhere[host])...)
	}
	return here, parcels
}

// Queued is for package storage.
func (r viewRouter) Queued(parcels []view.Parcel) { r.n.hints.Queued(parcels) }

// Busy is for package storage.
func (r viewRouter) Busy() bool { return r.n.hints.ViewsBusy() }

// viewBuild is how far a view's build is, as the system tables show it.
func viewBuild(b storage.IndexBuild) system.ViewBuild {
	last := key.MinToken
	if len(b.Next) >= 12 { // a key of the base's: data id, then token
		last = key.Token(binary.BigEndian.Uint64(b.Next[4:]) ^ 1<<63)
	}
	return system.ViewBuild{Built: b.Built, Rows: b.Rows, Last: last}
}

// What members say of a view's build, in Cassandra's words.
const (
	viewStarted = "STARTED"
	viewBuilt   = "SUCCESS"
	// viewAskWithin bounds how long they are waited for.
	viewAskWithin = 2 * time.Second
)

// viewStatus asks the members that live whether they have built a view.
func (n *Member) viewStatus(v *schema.Table) map[uuid.UUID]string {
	all := map[uuid.UUID]string{}
	note := func(host uuid.UUID, built bool) {
		all[host] = viewStarted
		if built {
			all[host] = viewBuilt
		}
	}
	type answer struct {
		host  uuid.UUID
		built bool
		err   error
	}
	answers := platform.NewMailbox[answer](n.options.Runtime)
	asked := 0
	for _, m := range n.metadata.State().Members {
		if m.Host == n.identity.HostID {
			note(m.Host, n.store.IndexBuilds()[v.DataID].Built)
			continue
		}
		if !n.isLive(m.Host) {
			continue
		}
		asked++
		body := binary.BigEndian.AppendUint32(nil, uint32(v.DataID))
		(*n.links.Load()).Call(rpc.Peer{Host: m.Host, Address: m.Address}, rpc.Control, rpc.ViewBuild, body, viewAskWithin, func(reply []byte, err error) {
			if err == nil {
				reply, err = replica.Answer(reply)
			}
			answers.Put(answer{m.Host, err == nil && len(reply) == 1 && reply[0] == 1, err})
		})
	}
	for ; asked > 0; asked-- {
		a, err := answers.Take(context.Background())
		if err == nil && a.err == nil {
			note(a.host, a.built)
		}
	}
	return all
}

// serveViewBuild answers whether a view, named by its data id, is built here.
func (n *Member) serveViewBuild(body []byte) []byte {
	built := byte(0)
	if len(body) == 4 && n.store.IndexBuilds()[schema.DataID(binary.BigEndian.Uint32(body))].Built {
		built = 1
	}
	return []byte{byte(replica.OK), built}
}

// viewReport is what nodetool viewbuildstatus shows: by address, what members say of a view's build.
func (n *Member) viewReport(keyspace, name string) (map[string]string, error) {
	v := n.metadata.Schema().Table(keyspace, name)
	if v == nil || !v.IsView() {
		return nil, &nodetool.Error{Text: "Unknown view " + keyspace + "." + name}
	}
	all := map[string]string{}
	for host, status := range n.viewStatus(v) {
		if m := n.metadata.State().Member(host); m != nil {
			address, _, err := net.SplitHostPort(m.Address)
			if err != nil {
				address = m.Address
			}
			all["/"+address] = status
		}
	}
	return all, nil
}
