package node

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"helenus/internal/platform"
)

// Addresses say where a node takes calls and where others are told that it does. Each is an IP address or a name.
type Addresses struct {
	// Native is where CQL clients are served; 0.0.0.0 or :: at all addresses of the machine.
	Native string
	// Nodes is where other nodes are; empty: Native.
	Nodes string
	// Any says that Nodes is only the first address of this machine: the node takes another one when that is where the others are reached from.
	Any bool
	// Broadcast is what other nodes are told; empty: Nodes.
	Broadcast string
	// BroadcastNative is what clients are told; empty: Native, or Broadcast when Native is all addresses.
	BroadcastNative string
}

// places are a node's addresses with their ports.
type places struct {
	native, nodes        netip.AddrPort // where it listens
	toldNative, toldNode netip.AddrPort // what clients and other nodes are told
}

// resolveEvery is how soon a name that stands for nothing yet is looked up again; sayUnresolvedEvery how many attempts pass between two lines
// about it.
const (
	resolveEvery       = 500 * time.Millisecond
	sayUnresolvedEvery = 20
)

// resolve finds the addresses that a node's names stand for. In a container the own name may be known only a moment after the start, so it
// waits for names; ctx ends that.
func (o *Options) resolve(ctx context.Context) (p places, err error) {
	resolve := func(text string, own bool) (a netip.Addr) {
		if err == nil {
			a, err = o.lookup(ctx, text, own)
		}
		return a
	}
	native := resolve(o.Native, true)
	nodes := native
	if o.Nodes != "" {
		nodes = resolve(o.Nodes, true)
	}
	if err == nil && o.Any && o.Names != nil {
		nodes = o.reachable(ctx, nodes)
	}
	told := nodes
	if o.Broadcast != "" {
		told = resolve(o.Broadcast, false)
	}
	toldNative := native
	switch {
	case o.BroadcastNative != "":
		toldNative = resolve(o.BroadcastNative, false)
	case native.IsUnspecified():
		toldNative = told
	}
	if err != nil {
		return p, err
	}
	for _, a := range []struct {
		what string
		addr netip.Addr
	}{{"the address for other nodes", nodes}, {"the address that other nodes are told", told}, {"the address that clients are told", toldNative}} {
		if a.addr.IsUnspecified() {
			return p, fmt.Errorf("%s is %s, which nobody can call: give one address of this machine", a.what, a.addr)
		}
	}
	if native.IsUnspecified() && told.Is6() { // 0.0.0.0 would leave out the only addresses that there are
		native = netip.IPv6Unspecified()
	}
	port := func(a netip.Addr, port int) netip.AddrPort { return netip.AddrPortFrom(a, uint16(port)) }
	return places{port(native, o.Port), port(nodes, o.StoragePort), port(toldNative, o.Port), port(told, o.StoragePort)}, nil
}

// lookup returns the address that a text is or stands for; own prefers one of this machine's, where a name stands for several.
func (o *Options) lookup(ctx context.Context, text string, own bool) (netip.Addr, error) {
	if a, err := netip.ParseAddr(text); err == nil || o.Names == nil {
		return a, err
	}
	for attempt := 0; ; attempt++ {
		found, err := o.Names.Lookup(ctx, text)
		if err == nil && len(found) == 0 {
			err = errors.New("it stands for no address")
		}
		if err == nil {
			return o.choose(found, own), nil
		}
		if attempt%sayUnresolvedEvery == 0 {
			o.Logger.Info("waiting for an own address to be known by its name", "name", text, "error", err)
		}
		if platform.Sleep(ctx, o.Runtime, resolveEvery) != nil {
			return netip.Addr{}, fmt.Errorf("resolve %s: %w", text, err)
		}
	}
}

// choose takes the first IPv4 address, or the first; own goes for one that this machine has.
func (o *Options) choose(found []netip.Addr, own bool) netip.Addr {
	if own {
		if interfaces, err := o.Names.Interfaces(); err == nil {
			for i := range interfaces {
				for _, a := range interfaces[i].Addrs {
					if slices.Contains(found, a) {
						return a
					}
				}
			}
		}
	}
	if i := slices.IndexFunc(found, netip.Addr.Is4); i >= 0 {
		return found[i]
	}
	return found[0]
}
