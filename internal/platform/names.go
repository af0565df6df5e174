package platform

import (
	"context"
	"net"
	"net/netip"
	"os"
)

// Names tells which addresses names stand for and which this machine has. Implementations are safe for concurrent use.
type Names interface {
	// Lookup returns all addresses that a name stands for now; nothing is remembered from one call to the next.
	Lookup(ctx context.Context, name string) ([]netip.Addr, error)
	// Interfaces returns the network interfaces that are up, in the machine's order.
	Interfaces() ([]Interface, error)
	// Route returns the address of this machine from which packets to an address are sent.
	Route(to netip.Addr) (from netip.Addr, err error)
	// Hostname is the machine's own name, empty when it has none.
	Hostname() string
}

// Interface is a network interface with its addresses.
type Interface struct {
	Name     string
	Loopback bool
	Addrs    []netip.Addr
}

// SystemNames are the hosts file, DNS and the interfaces of the machine.
type SystemNames struct{}

var _ Names = SystemNames{}

// Lookup asks the hosts file first, then DNS.
func (SystemNames) Lookup(ctx context.Context, name string) ([]netip.Addr, error) {
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
	for i := range found {
		found[i] = found[i].Unmap()
	}
	return found, err
}

// Route asks the system for a route. Nothing is sent.
func (SystemNames) Route(to netip.Addr) (netip.Addr, error) {
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(to, discardPort)))
	if err != nil {
		return netip.Addr{}, err
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap(), nil
}

// discardPort is any: the route does not depend on it.
const discardPort = 9

// Hostname is the system's.
func (SystemNames) Hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	return name
}

// Interfaces returns what the machine has.
func (SystemNames) Interfaces() ([]Interface, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	var up []Interface
	for i := range all {
		if all[i].Flags&net.FlagUp == 0 {
			continue
		}
		addrs, err := all[i].Addrs()
		if err != nil {
			return nil, err
		}
		found := Interface{Name: all[i].Name, Loopback: all[i].Flags&net.FlagLoopback != 0}
		for _, a := range addrs {
			if n, ok := a.(*net.IPNet); ok {
				if ip, ok := netip.AddrFromSlice(n.IP); ok {
					found.Addrs = append(found.Addrs, ip.Unmap())
				}
			}
		}
		up = append(up, found)
	}
	return up, nil
}
