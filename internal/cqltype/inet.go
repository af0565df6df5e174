package cqltype

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// parseInet reads an address: IPv4 also in the short forms of inet_aton with decimal parts ("127.1"), IPv6 also in brackets. Names
// are not looked up, "localhost" excepted: what a statement means must not depend on a name server.
func parseInet(text string) ([]byte, error) {
	if text == "localhost" {
		text = "127.0.0.1"
	}
	if inner, ok := strings.CutPrefix(text, "["); ok {
		text = strings.TrimSuffix(inner, "]")
	}
	if a, err := netip.ParseAddr(text); err == nil {
		return a.WithZone("").Unmap().AsSlice(), nil
	}
	if raw, ok := parseShortIPv4(text); ok {
		return raw, nil
	}
	return nil, fmt.Errorf("Unable to make inet address from '%s'", text)
}

// parseShortIPv4 reads one to four decimal parts, the last of which fills the bytes that remain.
func parseShortIPv4(text string) ([]byte, bool) {
	parts := strings.Split(text, ".")
	if len(parts) > 4 {
		return nil, false
	}
	raw := make([]byte, 4)
	for i, part := range parts {
		width := 1
		if i == len(parts)-1 {
			width = 4 - i
		}
		n, err := strconv.ParseUint(part, 10, 8*width)
		if err != nil || part[0] == '+' {
			return nil, false
		}
		for j := width - 1; j >= 0; j-- {
			raw[i+j] = byte(n)
			n >>= 8
		}
	}
	return raw, true
}

// formatInet writes an address as Java's InetAddress.getHostAddress does: IPv6 with all its groups, 0:0:0:0:0:0:0:1.
func formatInet(raw []byte) string {
	a, ok := netip.AddrFromSlice(raw)
	if !ok || a.Is4() {
		return a.String()
	}
	groups := make([]string, 8)
	for i := range groups {
		groups[i] = strconv.FormatUint(uint64(raw[2*i])<<8|uint64(raw[2*i+1]), 16)
	}
	return strings.Join(groups, ":")
}
