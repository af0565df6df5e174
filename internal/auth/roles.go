package auth

import (
	"maps"
	"net/netip"
	"slices"
	"sync"
)

// Roles are all roles at one moment, the identities of clients' certificates that stand for them, and the groups of addresses that they
// may be bound to. Immutable.
type Roles struct {
	// Begun is false in a cluster that was never given its first superuser.
	Begun      bool
	byName     map[string]*Role
	identities map[string]string // role by identity
	groups     map[string][]netip.Prefix

	subjects sync.Map // *Subject by role's name, made when they are asked for
}

// None has no roles and was not begun.
var None = &Roles{}

// Role returns a role, or nil.
func (r *Roles) Role(name string) *Role { return r.byName[name] }

// All returns the roles in the order of their names.
func (r *Roles) All() []*Role {
	all := make([]*Role, 0, len(r.byName))
	for _, name := range slices.Sorted(maps.Keys(r.byName)) {
		all = append(all, r.byName[name])
	}
	return all
}

// Identity returns the name of the role that an identity stands for, or nothing.
func (r *Roles) Identity(identity string) string { return r.identities[identity] }

// Identities returns the identities in order.
func (r *Roles) Identities() []string { return slices.Sorted(maps.Keys(r.identities)) }

// CIDRGroups returns the names of the groups of addresses in order, CIDRs what is in one.
func (r *Roles) CIDRGroups() []string { return slices.Sorted(maps.Keys(r.groups)) }

// CIDRs returns the ranges of addresses of a group.
func (r *Roles) CIDRs(group string) []netip.Prefix { return r.groups[group] }

// GroupsOf returns the groups that an address is in: those with the longest range around it.
// Source: Cassandra 5.0, CIDRGroupsMappingIntervalTree: the most specific match counts.
func (r *Roles) GroupsOf(a netip.Addr) (groups []string) {
	a = a.Unmap()
	longest := -1
	for _, name := range r.CIDRGroups() {
		best := -1
		for _, p := range r.groups[name] {
			if p.Contains(a) {
				best = max(best, p.Bits())
			}
		}
		switch {
		case best < 0 || best < longest:
		case best > longest:
			longest, groups = best, []string{name}
		default:
			groups = append(groups, name)
		}
	}
	return groups
}

// closure returns the names of a role and of all it is a member of, directly or not, in order. A role that does not exist has none.
func (r *Roles) closure(name string) []string {
	seen := map[string]bool{}
	var visit func(string)
	visit = func(n string) {
		role := r.byName[n]
		if role == nil || seen[n] {
			return
		}
		seen[n] = true
		for _, m := range role.MemberOf {
			visit(m)
		}
	}
	visit(name)
	return slices.Sorted(maps.Keys(seen))
}

// IsSuperuser says whether a role has superuser status, of its own or by membership.
func (r *Roles) IsSuperuser(name string) bool {
	for _, n := range r.closure(name) {
		if r.byName[n].Superuser {
			return true
		}
	}
	return false
}
