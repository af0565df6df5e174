package auth

import (
	"net/netip"
	"slices"

	"helenus/internal/cassandra"
)

// Subject is a role with all that it has by membership, at one moment. Immutable.
type Subject struct {
	Name string
	// Roles are its own name and those of all roles that it is a member of, in order; none: the role does not exist.
	Roles            []string
	Superuser, Login bool
	Hash             string
	datacenters      []string // nil: all
	groups           []string // nil: all
	grants           map[Resource]Set
	of               *Roles
}

// Subject returns what a role is now. It is made once for a state of the roles; later calls take one lookup.
func (r *Roles) Subject(name string) *Subject {
	if known, ok := r.subjects.Load(name); ok {
		return known.(*Subject)
	}
	if r.byName[name] == nil {
		return &Subject{Name: name, of: r} // not kept: there is no end of names that are no role's
	}
	known, _ := r.subjects.LoadOrStore(name, r.subject(name))
	return known.(*Subject)
}

func (r *Roles) subject(name string) *Subject {
	s := &Subject{Name: name, Roles: r.closure(name), grants: map[Resource]Set{}, of: r}
	own := r.byName[name]
	s.Login, s.Hash, s.datacenters, s.groups = own.Login, own.Hash, own.Datacenters, own.CIDRGroups
	for _, n := range s.Roles {
		role := r.byName[n]
		s.Superuser = s.Superuser || role.Superuser
		for _, g := range role.Grants {
			s.grants[g.On] |= g.Permissions
		}
	}
	return s
}

// Is says whether the subject belongs to a state of the roles.
func (s *Subject) Is(of *Roles) bool { return s.of == of }

// Has says whether the subject has a permission on a resource or on what that is part of. Superusers have all.
//
// Budget: at most four lookups, no allocation.
func (s *Subject) Has(p Permission, on Resource) bool {
	ordinarySystem := !s.Superuser && on.isSystem()
	for {
		if ordinarySystem && on.kind == allKeyspaces {
			return false // ALL KEYSPACES does not include the system's
		}
		if s.Superuser && on.Applicable().Has(p) || s.grants[on].Has(p) {
			return true
		}
		parent, ok := on.Parent()
		if !ok {
			return false
		}
		on = parent
	}
}

// Ensure is Has with the error that Cassandra gives.
func (s *Subject) Ensure(p Permission, on Resource) error {
	if on.kind == function && on.keyspace == "system" || s.Has(p, on) {
		return nil
	}
	return cassandra.Unauthorizedf("User %s has no %s permission on %s or any of its parents", s.Name, p, on)
}

// MayEnter says whether the subject may log in to a datacenter.
func (s *Subject) MayEnter(datacenter string) bool {
	return s.Superuser || s.datacenters == nil || slices.Contains(s.datacenters, datacenter)
}

// MayComeFrom says whether the subject may use an address. Superusers may use any.
func (s *Subject) MayComeFrom(a netip.Addr) bool {
	if s.Superuser || s.groups == nil {
		return true
	}
	for _, g := range s.of.GroupsOf(a) {
		if slices.Contains(s.groups, g) {
			return true
		}
	}
	return false
}

// holds returns every permission that the subject has, with what it is on. Superusers' is not spelled out.
func (s *Subject) holds() map[Resource]Set { return s.grants }
