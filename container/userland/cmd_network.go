//go:build linux

package userland

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"
)

// ownAddresses are the container's, without loopback and link-local ones, in the order of its interfaces.
func ownAddresses() ([]string, error) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	var own []string
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() && !n.IP.IsLinkLocalUnicast() {
			own = append(own, n.IP.String())
		}
	}
	return own, nil
}

// runIP shows addresses, links and routes in the form of iproute2.
func runIP(_ context.Context, c *Call) error {
	var family string
	oneLine, brief := false, false
	args := c.Args
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		switch args[0] {
		case "-4", "-6":
			family = args[0]
		case "-o", "-oneline":
			oneLine = true
		case "-br", "-brief":
			brief = true
		default:
			return usageError("unknown option " + args[0])
		}
		args = args[1:]
	}
	if len(args) == 0 {
		return usageError("an object is missing: address, link or route")
	}
	object := args[0]
	device := ""
	for i := 1; i < len(args); i++ {
		switch a := args[i]; a {
		case "show", "list", "ls", "dev":
		case "get":
			return usageError("route get is not supported")
		default:
			device = a
		}
	}
	switch {
	case strings.HasPrefix("route", object):
		return c.routes()
	case strings.HasPrefix("address", object), strings.HasPrefix("link", object):
		return c.interfaces(family, device, oneLine, brief, strings.HasPrefix("address", object))
	}
	return usageError(object + " is unknown; allowed: address, link, route")
}

func (c *Call) interfaces(family, device string, oneLine, brief, addresses bool) error {
	all, err := net.Interfaces()
	if err != nil {
		return err
	}
	found := false
	for _, i := range all {
		if device != "" && device != i.Name {
			continue
		}
		found = true
		list, err := addressesOf(i, family)
		if err != nil {
			return err
		}
		c.showInterface(i, list, oneLine, brief, addresses)
	}
	if !found {
		return fmt.Errorf("device %q does not exist", device)
	}
	return nil
}

func addressesOf(i net.Interface, family string) ([]netip.Prefix, error) {
	list, err := i.Addrs()
	if err != nil {
		return nil, err
	}
	var all []netip.Prefix
	for _, a := range list {
		p, err := netip.ParsePrefix(a.String())
		if err == nil && (family == "" || (family == "-4") == p.Addr().Is4()) {
			all = append(all, p)
		}
	}
	return all, nil
}

func (c *Call) showInterface(i net.Interface, addresses []netip.Prefix, oneLine, brief, withAddresses bool) {
	flags := strings.ToUpper(strings.ReplaceAll(i.Flags.String(), "|", ","))
	state := "DOWN"
	if i.Flags&net.FlagUp != 0 {
		state = "UP"
	}
	switch {
	case brief:
		var texts []string
		for _, a := range addresses {
			texts = append(texts, a.String())
		}
		c.printf("%-16s %-14s %s\n", i.Name, state, strings.Join(texts, " "))
		return
	case oneLine && withAddresses:
		for _, a := range addresses {
			c.printf("%d: %s    %s\n", i.Index, i.Name, describeAddress(a, i.Name))
		}
		return
	}
	c.printf("%d: %s: <%s> mtu %d state %s\n", i.Index, i.Name, flags, i.MTU, state)
	kind := "ether"
	if i.Flags&net.FlagLoopback != 0 {
		kind = "loopback"
	}
	c.printf("    link/%s %s\n", kind, i.HardwareAddr)
	for _, a := range addresses {
		if withAddresses {
			c.printf("    %s\n", describeAddress(a, i.Name))
		}
	}
}

func describeAddress(p netip.Prefix, device string) string {
	scope := "global"
	switch {
	case p.Addr().IsLoopback():
		scope = "host"
	case p.Addr().IsLinkLocalUnicast():
		scope = "link"
	}
	if p.Addr().Is4() {
		return fmt.Sprintf("inet %s scope %s %s", p, scope, device)
	}
	return fmt.Sprintf("inet6 %s scope %s", p, scope)
}

// routes shows the IPv4 table of the kernel.
func (c *Call) routes() error {
	f, err := os.Open("/proc/net/route")
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 8 || fields[0] == "Iface" {
			continue
		}
		to, via, mask := kernelAddress(fields[1]), kernelAddress(fields[2]), kernelAddress(fields[7])
		ones, _ := net.IPMask(mask.AsSlice()).Size()
		target := "default"
		if to.IsValid() && !to.IsUnspecified() || ones > 0 {
			target = netip.PrefixFrom(to, ones).String()
		}
		if via.IsUnspecified() {
			c.printf("%s dev %s scope link\n", target, fields[0])
		} else {
			c.printf("%s via %s dev %s\n", target, via, fields[0])
		}
	}
	return lines.Err()
}

// kernelAddress reads the eight digits of /proc/net, which have the machine's byte order.
func kernelAddress(digits string) netip.Addr {
	raw, err := hex.DecodeString(digits)
	if err != nil || len(raw) != 4 {
		return netip.Addr{}
	}
	var a [4]byte
	binary.NativeEndian.PutUint32(a[:], binary.BigEndian.Uint32(raw))
	return netip.AddrFrom4(a)
}

// lookUpWithin bounds a question to a name server.
const lookUpWithin = 10 * time.Second

// runGetent reads the databases of names.
func runGetent(ctx context.Context, c *Call) error {
	if len(c.Args) == 0 {
		return usageError("a database is missing")
	}
	database, keys := c.Args[0], c.Args[1:]
	switch database {
	case "passwd", "group":
		return c.accounts("/etc/"+database, keys)
	case "hosts", "ahosts", "ahostsv4", "ahostsv6":
	default:
		return usageError(database + " is unknown; allowed: hosts, ahosts, ahostsv4, ahostsv6, passwd, group")
	}
	if len(keys) == 0 {
		file, err := os.Open("/etc/hosts")
		if err != nil {
			return err
		}
		defer file.Close()
		_, err = io.Copy(c.Out, file)
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, lookUpWithin)
	defer cancel()
	for _, key := range keys {
		if database == "hosts" && net.ParseIP(key) != nil {
			names, err := net.DefaultResolver.LookupAddr(ctx, key)
			if err != nil {
				return status(2)
			}
			c.printf("%-15s %s\n", key, strings.TrimSuffix(names[0], "."))
			continue
		}
		network := map[string]string{"ahostsv4": "ip4", "ahostsv6": "ip6"}[database]
		if network == "" {
			network = "ip"
		}
		addresses, err := net.DefaultResolver.LookupIP(ctx, network, key)
		if err != nil {
			return status(2)
		}
		for _, a := range addresses {
			if database == "hosts" {
				c.printf("%-15s %s\n", a, key)
				continue
			}
			for _, kind := range []string{"STREAM", "DGRAM", "RAW"} {
				c.printf("%-15s %-6s %s\n", a, kind, key)
			}
		}
	}
	return nil
}

// accounts prints the lines of a file whose name or number is one of the keys.
func (c *Call) accounts(file string, keys []string) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	found := map[string]bool{}
	for _, line := range strings.Split(strings.TrimSpace(string(raw)), "\n") {
		fields := strings.Split(line, ":")
		if len(keys) == 0 {
			c.printf("%s\n", line)
			continue
		}
		for _, key := range keys {
			if len(fields) > 2 && (fields[0] == key || fields[2] == key) {
				c.printf("%s\n", line)
				found[key] = true
			}
		}
	}
	if len(found) < len(keys) {
		return status(2)
	}
	return nil
}

// runNetcat connects: to see whether a port answers, or standard streams to the connection.
func runNetcat(ctx context.Context, c *Call) error {
	o, operands, err := c.parse("46nq:uvw:z", nil)
	if err != nil {
		return err
	}
	if len(operands) != 2 {
		return usageError("a host and a port are needed")
	}
	network := "tcp"
	if o.has('u') {
		network = "udp"
	}
	if o.has('4') {
		network += "4"
	} else if o.has('6') {
		network += "6"
	}
	dialer := net.Dialer{Timeout: connectWithin}
	if w := o.value('w', ""); w != "" {
		if dialer.Timeout, err = duration(w); err != nil {
			return err
		}
	}
	first, last, err := ports(operands[1])
	if err != nil {
		return err
	}
	closed := false
	for port := first; port <= last; port++ {
		address := net.JoinHostPort(operands[0], strconv.Itoa(port))
		conn, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			closed = true
			if o.has('v') || !o.has('z') {
				c.complain(fmt.Errorf("connect to %s port %d (%s) failed: %w", operands[0], port, network, errors.Unwrap(err)))
			}
			continue
		}
		if o.has('v') {
			c.complain(fmt.Errorf("connection to %s %d port [%s] succeeded", operands[0], port, network))
		}
		if !o.has('z') {
			err = c.pipe(ctx, conn, o.value('q', ""))
		}
		if err := errors.Join(err, conn.Close()); err != nil {
			return err
		}
	}
	if closed {
		return status(1)
	}
	return nil
}

func ports(text string) (first, last int, err error) {
	from, to, isRange := strings.Cut(text, "-")
	if !isRange {
		to = from
	}
	first, err = strconv.Atoi(from)
	if err == nil {
		last, err = strconv.Atoi(to)
	}
	if err != nil || first < 1 || last > 65535 {
		return 0, 0, usageError(text + " is no port; allowed: 1 to 65535, or a range such as 9042-9043")
	}
	return first, last, nil
}

// pipe copies both ways until the other side closes, or some time after the input has ended.
func (c *Call) pipe(ctx context.Context, conn net.Conn, quit string) error {
	go func() {
		if _, err := io.Copy(conn, c.stdin()); err != nil {
			return // the other direction says so
		}
		if half, ok := conn.(interface{ CloseWrite() error }); ok {
			_ = half.CloseWrite()
		}
		if wait, err := duration(quit); quit != "" && err == nil {
			_ = conn.SetReadDeadline(time.Now().Add(wait))
		}
	}()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	_, err := io.Copy(c.Out, conn)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil
	}
	return err
}

// runLookup asks name servers.
func runLookup(ctx context.Context, c *Call) error {
	if len(c.Args) < 1 || len(c.Args) > 2 || strings.HasPrefix(c.Args[0], "-") {
		return usageError("a name, and a server where it is not the container's, are taken")
	}
	resolver := &net.Resolver{PreferGo: true}
	server := firstServer()
	if len(c.Args) == 2 {
		server = c.Args[1]
		resolver.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort(server, "53"))
		}
	}
	c.printf("Server:\t\t%s\nAddress:\t%s\n\n", server, net.JoinHostPort(server, "53"))
	ctx, cancel := context.WithTimeout(ctx, lookUpWithin)
	defer cancel()
	if net.ParseIP(c.Args[0]) != nil {
		names, err := resolver.LookupAddr(ctx, c.Args[0])
		if err != nil {
			return c.noSuchName(err)
		}
		for _, n := range names {
			c.printf("%s\tname = %s\n", c.Args[0], n)
		}
		return nil
	}
	addresses, err := resolver.LookupIPAddr(ctx, c.Args[0])
	if err != nil {
		return c.noSuchName(err)
	}
	for _, a := range addresses {
		c.printf("Name:\t%s\nAddress: %s\n", c.Args[0], a.String())
	}
	return nil
}

func (c *Call) noSuchName(err error) error {
	var no *net.DNSError
	if errors.As(err, &no) && no.IsNotFound {
		c.printf("** server can't find %s: NXDOMAIN\n", c.Args[0])
	} else {
		c.printf("** %v\n", err)
	}
	return status(1)
}

// firstServer is the name server of /etc/resolv.conf.
func firstServer() string {
	raw, err := os.ReadFile("/etc/resolv.conf")
	if err == nil {
		for _, line := range strings.Split(string(raw), "\n") {
			if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "nameserver" {
				return fields[1]
			}
		}
	}
	return "127.0.0.1"
}
