package config

import (
	"net/netip"
	"slices"
)

// auto stands for the first address of the machine.
const auto = "auto"

// addressKeys are the settings that are addresses.
var addressKeys = []string{"listen", "node-address", "broadcast-address", "broadcast-rpc-address"}

// deriveAddresses makes addresses of auto, localhost and the names of interfaces. Other names are left to the node: what they stand for changes.
func (l *loader) deriveAddresses() {
	listen, node := l.out.values["listen"], l.out.values["node-address"]
	listen = l.ofInterface(listen, "rpc_interface")
	node = l.ofInterface(node, "listen_interface")
	if listen.Text == "" { // as in Cassandra: this machine's own
		listen.Text = auto
	}
	if a, err := netip.ParseAddr(listen.Text); err == nil && a.IsUnspecified() && node.Text == "" {
		node = Value{auto, "default, since " + listen.Source + " is " + listen.Text}
	}
	l.out.values["listen"], l.out.values["node-address"] = listen, node
	for _, name := range addressKeys {
		v := l.out.values[name]
		switch v.Text {
		case "localhost":
			v.Text = "127.0.0.1"
		case auto:
			a, err := l.firstAddress("")
			if err != nil || !a.IsValid() {
				l.fault("%s is auto (%s), but no interface of this machine has an address beyond 127.0.0.0/8 and 169.254.0.0/16: connect the container to a network, or name an address", find(name).yaml, v.Source)
				return
			}
			v = Value{a.String(), v.Source + " (auto)"}
			l.out.auto = append(l.out.auto, name)
		}
		l.out.values[name] = v
	}
	if seeds := l.out.values["seeds"]; seeds.Text == auto { // of a container that is its own seed
		l.out.values["seeds"] = Value{l.out.text("broadcast-address"), seeds.Source}
	}
}

// ofInterface is the address of the interface that a key names, when the address itself has its default.
func (l *loader) ofInterface(v Value, name string) Value {
	of := l.out.values[name]
	if of.Text == "" || v.Source != "default" {
		return v
	}
	a, err := l.firstAddress(of.Text)
	if err != nil || !a.IsValid() {
		l.fault("%s is %q, and this machine has no such interface with an address", of.Source, of.Text)
		return v
	}
	return Value{a.String(), of.Source + " " + of.Text}
}

// firstAddress returns the first IPv4 address of an interface, or else the first IPv6 address; without a name of any interface, in the machine's
// order, leaving out those that others can't call.
func (l *loader) firstAddress(name string) (netip.Addr, error) {
	interfaces, err := l.Names.Interfaces()
	if err != nil {
		return netip.Addr{}, err
	}
	var all []netip.Addr
	for i := range interfaces {
		if at := &interfaces[i]; at.Name == name || name == "" && !at.Loopback {
			all = append(all, slices.DeleteFunc(slices.Clone(at.Addrs), func(a netip.Addr) bool { return name == "" && !isReachable(a) })...)
		}
	}
	if i := slices.IndexFunc(all, netip.Addr.Is4); i >= 0 {
		return all[i], nil
	}
	if len(all) > 0 {
		return all[0], nil
	}
	return netip.Addr{}, nil
}

func isReachable(a netip.Addr) bool { return !a.IsLoopback() && !a.IsLinkLocalUnicast() }
