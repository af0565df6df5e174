package node

import (
	"context"
	"fmt"
	"net/netip"

	"helenus/client/nodetool"
	"helenus/internal/auth"
	"helenus/internal/cluster/metadata"
)

// Bounds of groups of addresses, which every node keeps in memory.
const (
	cidrGroupsMax = 1000
	cidrsMax      = 1000 // of a group
)

// addressGroups answers reports on the groups of addresses.
func (n *Node) addressGroups(verb string, a nodetool.Arguments) (all map[string][]string, of []string) {
	roles := n.metadata.Roles()
	switch verb {
	case "listcidrgroups":
		all = map[string][]string{}
		for _, name := range roles.CIDRGroups() {
			for _, p := range roles.CIDRs(name) {
				all[name] = append(all[name], p.String())
			}
		}
	case "getcidrgroupsofip":
		if address, err := netip.ParseAddr(a.Host); err == nil {
			of = roles.GroupsOf(address)
		}
	}
	return all, of
}

// toolUpdateCIDRGroup makes a group of addresses, or gives it other ranges.
func (n *Node) toolUpdateCIDRGroup(ctx context.Context, a nodetool.Arguments) error {
	var ranges []netip.Prefix
	for _, text := range a.Hosts {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return &nodetool.Error{Text: text + " is not a valid CIDR String", Usage: true}
		}
		ranges = append(ranges, p.Masked())
	}
	if a.Host == "" || len(ranges) == 0 || len(ranges) > cidrsMax {
		return &nodetool.Error{Text: fmt.Sprintf("a CIDR group has a name and 1 to %d ranges", cidrsMax), Usage: true}
	}
	return n.changeGroups(ctx, a.Host, func(*auth.Roles) error { return nil }, ranges)
}

// toolDropCIDRGroup removes a group. Roles that are bound to it stay so: they come from nowhere then.
func (n *Node) toolDropCIDRGroup(ctx context.Context, a nodetool.Arguments) error {
	return n.changeGroups(ctx, a.Host, func(r *auth.Roles) error {
		if r.CIDRs(a.Host) == nil {
			return &nodetool.Error{Text: fmt.Sprintf("CIDR group '%s' doesn't exists", a.Host)}
		}
		return nil
	}, nil)
}

func (n *Node) changeGroups(ctx context.Context, group string, check func(*auth.Roles) error, ranges []netip.Prefix) error {
	_, err := n.metadata.Change(ctx, func(s *metadata.State) (*metadata.Delta, error) {
		if err := check(s.Roles); err != nil {
			return nil, err
		}
		if ranges != nil && s.Roles.CIDRs(group) == nil && len(s.Roles.CIDRGroups()) >= cidrGroupsMax {
			return nil, &nodetool.Error{Text: fmt.Sprintf("there are %d CIDR groups, and no more are allowed", cidrGroupsMax)}
		}
		return &metadata.Delta{Roles: auth.Change{Groups: map[string][]netip.Prefix{group: ranges}}}, nil
	})
	return err
}
