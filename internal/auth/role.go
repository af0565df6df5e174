package auth

import (
	"slices"
	"strings"
)

// Role is a role. Immutable.
type Role struct {
	Name             string
	Superuser, Login bool
	// Hash is the password's; empty: there is none.
	Hash string
	// MemberOf are the roles that were granted to this one, in order.
	MemberOf []string
	// Datacenters are those that it may log in to, CIDRGroups the groups of addresses that it may come from, in order; nil: all.
	Datacenters, CIDRGroups []string
	// Grants are its own permissions, in the order of the resources' names; none is empty.
	Grants []Grant
}

// Grant is what a role may do with a resource.
type Grant struct {
	On          Resource
	Permissions Set
}

// granted returns the role's own permissions on a resource.
func (r *Role) granted(on Resource) Set {
	for _, g := range r.Grants {
		if g.On == on {
			return g.Permissions
		}
	}
	return 0
}

// with returns the role with other permissions on a resource.
func (r *Role) with(on Resource, permissions Set) *Role {
	next := *r
	next.Grants = nil
	for _, g := range r.Grants {
		if g.On != on {
			next.Grants = append(next.Grants, g)
		}
	}
	if permissions != 0 {
		next.Grants = append(next.Grants, Grant{on, permissions})
		slices.SortFunc(next.Grants, func(a, b Grant) int { return strings.Compare(a.On.Name(), b.On.Name()) })
	}
	return &next
}

// without returns the role less what it has on some resources; r itself when it has nothing there.
func (r *Role) without(gone func(Resource) bool) *Role {
	if !slices.ContainsFunc(r.Grants, func(g Grant) bool { return gone(g.On) }) {
		return r
	}
	next := *r
	next.Grants = nil
	for _, g := range r.Grants {
		if !gone(g.On) {
			next.Grants = append(next.Grants, g)
		}
	}
	return &next
}

// asMember returns the role as a member of another, or as none any more.
func (r *Role) asMember(of string, yes bool) *Role {
	next := *r
	next.MemberOf = slices.DeleteFunc(slices.Clone(r.MemberOf), func(m string) bool { return m == of })
	if yes {
		next.MemberOf = append(next.MemberOf, of)
		slices.Sort(next.MemberOf)
	}
	return &next
}
