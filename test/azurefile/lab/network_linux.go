package lab

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// network is a tap device, with the server's address on this machine and the guest's behind it.
type network struct {
	tap         string
	host, guest string
	cut         bool
}

// tapPrefix is before the number of the process that a device is of.
const tapPrefix = "hlaz"

// newNetwork takes a network that no interface of this machine is in.
func newNetwork() (*network, error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	for _, i := range interfaces {
		if pid, err := strconv.Atoi(strings.TrimPrefix(i.Name, tapPrefix)); err == nil && strings.HasPrefix(i.Name, tapPrefix) && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			if err := run("ip", "link", "del", i.Name); err != nil { // of a process that was killed
				return nil, err
			}
		}
	}
	taken, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	for k := range 250 {
		n := &network{tap: tapPrefix + strconv.Itoa(os.Getpid()), host: fmt.Sprintf("10.98.%d.254", k), guest: fmt.Sprintf("10.98.%d.1", k)}
		if slices.ContainsFunc(taken, func(a net.Addr) bool {
			of, ok := a.(*net.IPNet)
			return ok && of.Contains(net.ParseIP(n.host))
		}) {
			continue
		}
		if err := run("ip", "tuntap", "add", "dev", n.tap, "mode", "tap"); err != nil {
			return nil, err
		}
		return n, errors.Join(run("ip", "addr", "add", n.host+"/24", "dev", n.tap), run("ip", "link", "set", n.tap, "up"))
	}
	return nil, errors.New("no network 10.98.K.0 is free")
}

// ports are the account's: REST and SMB.
var ports = []string{"443", "445"}

// wall drops all packets to and from the account, or no longer does.
func (n *network) wall(up bool) error {
	if n.cut == up {
		return nil
	}
	action := "-D"
	if up {
		action = "-I"
	}
	for _, port := range ports {
		if err := run("iptables", "-w", action, "INPUT", "-i", n.tap, "-p", "tcp", "--dport", port, "-j", "DROP"); err != nil {
			return err
		}
		if err := run("iptables", "-w", action, "OUTPUT", "-o", n.tap, "-p", "tcp", "--sport", port, "-j", "DROP"); err != nil {
			return err
		}
	}
	n.cut = up
	return nil
}

func (n *network) remove() error {
	return errors.Join(n.wall(false), run("ip", "link", "del", n.tap))
}
