package node

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"

	"helenus/internal/platform"
)

// ofTasks begins the names by which Docker's Swarm knows the tasks of a service, each with its own address. The service's name alone may stand for a
// virtual address, which leads to any of them.
const ofTasks = "tasks."

// reachable chooses the address of this machine at which other nodes are to find it; first is taken when nothing speaks for another. A container of
// a Swarm may also have an address in the network of published ports, one in that of its host, and virtual ones that belong to a whole
// service; none of these leads other nodes here. The hosts file has the container's name at the addresses that are its own in its networks. So it takes such a one
// that a seed's name stands for; then the one from which the others that seeds' names stand for are reached; and, as long as no name stands for anybody, one
// of its own name.
func (o *Options) reachable(ctx context.Context, first netip.Addr) netip.Addr {
	own := o.ownAddresses()
	if len(own) < 2 {
		return first
	}
	var found []netip.Addr
	for _, seed := range o.Seeds {
		host := seed
		if h, _, err := net.SplitHostPort(seed); err == nil {
			host = h
		}
		if a, err := netip.ParseAddr(host); err == nil {
			found = append(found, a)
			continue
		}
		tasks := o.lookupNow(ctx, ofTasks+strings.TrimPrefix(host, ofTasks))
		if !strings.HasPrefix(host, ofTasks) {
			named := o.lookupNow(ctx, host)
			if len(tasks) > 0 { // a service's name: what is none of its tasks' addresses is virtual
				own = slices.DeleteFunc(own, func(a netip.Addr) bool { return slices.Contains(named, a) && !slices.Contains(tasks, a) })
				named = nil
			}
			found = append(found, named...)
		}
		found = append(found, tasks...)
	}
	hosts := slices.DeleteFunc(o.lookupNow(ctx, o.Names.Hostname()), func(a netip.Addr) bool { return !slices.Contains(own, a) })
	for _, a := range found {
		if slices.Contains(hosts, a) {
			return a
		}
	}
	for _, a := range found {
		if from, err := o.Names.Route(a); err == nil && from != a && slices.Contains(own, from) {
			return from
		}
	}
	for _, a := range slices.Concat(hosts, found) {
		if slices.Contains(own, a) {
			return a
		}
	}
	if len(own) > 0 && !slices.Contains(own, first) {
		return own[0]
	}
	return first
}

// ownAddresses are this machine's that others may reach, in its order.
func (o *Options) ownAddresses() (own []netip.Addr) {
	interfaces, err := o.Names.Interfaces()
	if err != nil {
		return nil
	}
	for i := range interfaces {
		if interfaces[i].Loopback {
			continue
		}
		for _, a := range interfaces[i].Addrs {
			if !a.IsLoopback() && !a.IsLinkLocalUnicast() {
				own = append(own, a)
			}
		}
	}
	return own
}

// lookupNow returns what a name stands for, nothing when that is not known soon.
func (o *Options) lookupNow(ctx context.Context, name string) []netip.Addr {
	ctx, cancel := platform.WithTimeout(ctx, o.Runtime, lookupWithin)
	defer cancel()
	found, err := o.Names.Lookup(ctx, name)
	if err != nil {
		return nil
	}
	return found
}
