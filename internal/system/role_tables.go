package system

import (
	"bytes"
	"net/netip"
	"slices"

	"helenus/internal/auth"
	"helenus/internal/cqltype"
)

// The tables of system_auth show the roles in the form in which Cassandra stores them. They can't be written to.

// secretColumn holds what superusers alone may see.
const secretColumn = "salted_hash"

func (t *Tables) eachRole(f func(*auth.Role)) {
	if t.options.Roles == nil {
		return
	}
	for _, r := range t.options.Roles().All() {
		f(r)
	}
}

// roles is system_auth.roles. A cluster that was never given a superuser shows the one that it would get.
func (t *Tables) roles(add func(fields)) {
	if t.options.Roles == nil || !t.options.Roles().Begun {
		add(fields{"role": text(auth.DefaultSuperuser), "can_login": boolean(true), "is_superuser": boolean(true)})
	}
	t.eachRole(func(r *auth.Role) {
		f := fields{"role": text(r.Name), "can_login": boolean(r.Login), "is_superuser": boolean(r.Superuser), "member_of": textSet(r.MemberOf)}
		if r.Hash != "" {
			f[secretColumn] = text(r.Hash)
		}
		add(f)
	})
}

// roleMembers is system_auth.role_members.
func (t *Tables) roleMembers(add func(fields)) {
	t.eachRole(func(r *auth.Role) {
		for _, of := range r.MemberOf {
			add(fields{"role": text(of), "member": text(r.Name)})
		}
	})
}

// rolePermissions is system_auth.role_permissions.
func (t *Tables) rolePermissions(add func(fields)) {
	t.eachRole(func(r *auth.Role) {
		for _, g := range r.Grants {
			add(fields{"role": text(r.Name), "resource": text(g.On.Name()), "permissions": textSet(g.Permissions.Names())})
		}
	})
}

// resourceRoles is system_auth.resource_role_permissons_index, which is spelled so.
func (t *Tables) resourceRoles(add func(fields)) {
	t.eachRole(func(r *auth.Role) {
		for _, g := range r.Grants {
			add(fields{"role": text(r.Name), "resource": text(g.On.Name())})
		}
	})
}

// networkPermissions is system_auth.network_permissions: the roles that are bound to datacenters, by their names as resources.
func (t *Tables) networkPermissions(add func(fields)) {
	t.eachRole(func(r *auth.Role) {
		if r.Datacenters != nil {
			add(fields{"role": text(auth.OfRole(r.Name).Name()), "dcs": textSet(r.Datacenters)})
		}
	})
}

// cidrPermissions is system_auth.cidr_permissions: the roles that are bound to groups of addresses.
func (t *Tables) cidrPermissions(add func(fields)) {
	t.eachRole(func(r *auth.Role) {
		if r.CIDRGroups != nil {
			add(fields{"role": text(r.Name), "cidr_groups": textSet(r.CIDRGroups)})
		}
	})
}

var (
	cidrType  = cqltype.TupleOf(cqltype.Inet, cqltype.Smallint)
	cidrsType = cqltype.SetOf(cidrType, true)
)

// cidrGroups is system_auth.cidr_groups.
func (t *Tables) cidrGroups(add func(fields)) {
	if t.options.Roles == nil {
		return
	}
	roles := t.options.Roles()
	for _, group := range roles.CIDRGroups() {
		var cidrs [][]byte
		for _, p := range roles.CIDRs(group) {
			cidrs = append(cidrs, cidr(p))
		}
		slices.SortFunc(cidrs, bytes.Compare)
		add(fields{"cidr_group": text(group), "cidrs": cidrsType.Join(cidrs)})
	}
}

func cidr(p netip.Prefix) []byte {
	return cidrType.Join([][]byte{inet(p.Addr()), {byte(p.Bits() >> 8), byte(p.Bits())}})
}

// identityToRole is system_auth.identity_to_role.
func (t *Tables) identityToRole(add func(fields)) {
	if t.options.Roles == nil {
		return
	}
	roles := t.options.Roles()
	for _, identity := range roles.Identities() {
		add(fields{"identity": text(identity), "role": text(roles.Identity(identity))})
	}
}
