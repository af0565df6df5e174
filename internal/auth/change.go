package auth

import (
	"maps"
	"net/netip"
	"slices"
)

// Change is what a statement does to the roles. The zero Change changes nothing. It is immutable, and Apply of the same Change to the same
// roles gives the same on every node.
type Change struct {
	// Begin notes that the cluster has been given its first superuser.
	Begin bool
	// Put adds roles or takes the place of those of their names; Drop removes roles, after Put.
	Put  []*Role
	Drop []string
	// Identities gives identities their roles; an empty one takes the identity away.
	Identities map[string]string
	// Groups gives groups of addresses their ranges; none takes the group away.
	Groups map[string][]netip.Prefix
}

// IsEmpty is true for a change that changes nothing.
func (c *Change) IsEmpty() bool {
	return !c.Begin && len(c.Put)+len(c.Drop)+len(c.Identities)+len(c.Groups) == 0
}

// Apply returns the roles after a change; r, which may be nil, stays as it is.
func (r *Roles) Apply(c *Change) *Roles {
	if c.IsEmpty() {
		return r
	}
	if r == nil {
		r = None
	}
	next := &Roles{Begun: r.Begun || c.Begin, byName: clone(r.byName), identities: clone(r.identities), groups: clone(r.groups)}
	for _, role := range c.Put {
		next.byName[role.Name] = role
	}
	for _, name := range c.Drop {
		delete(next.byName, name)
	}
	for identity, name := range c.Identities {
		next.identities[identity] = name
		if name == "" {
			delete(next.identities, identity)
		}
	}
	for name, ranges := range c.Groups {
		next.groups[name] = ranges
		if ranges == nil {
			delete(next.groups, name)
		}
	}
	return next
}

func clone[V any](m map[string]V) map[string]V {
	if m == nil {
		return map[string]V{}
	}
	return maps.Clone(m)
}

// granting returns the change that also gives a role permissions on a resource.
func (c Change) granting(r *Roles, name string, on Resource, permissions Set) Change {
	at := slices.IndexFunc(c.Put, func(p *Role) bool { return p.Name == name })
	if at >= 0 {
		c.Put = slices.Clone(c.Put)
		c.Put[at] = c.Put[at].with(on, c.Put[at].granted(on)|permissions)
		return c
	}
	if old := r.Role(name); old != nil {
		c.Put = append(slices.Clone(c.Put), old.with(on, old.granted(on)|permissions))
	}
	return c
}

// Granting is the change that gives a role, if it exists, all permissions on what it has made.
func (r *Roles) Granting(name string, made ...Resource) (c Change) {
	for _, on := range made {
		c = c.granting(r, name, on, on.Applicable())
	}
	return c
}

// Forgetting is the change that takes away all permissions on what is gone.
func (r *Roles) Forgetting(gone func(Resource) bool) (c Change) {
	for _, role := range r.All() {
		if next := role.without(gone); next != role {
			c.Put = append(c.Put, next)
		}
	}
	return c
}

// ForgettingKeyspace is Forgetting of a keyspace and all that is in it.
func (r *Roles) ForgettingKeyspace(keyspace string) Change {
	return r.Forgetting(func(on Resource) bool { return on.in(keyspace) })
}

// dropping is the change that removes a role, and it from all that others have or are.
func (r *Roles) dropping(name string) Change {
	c := r.Forgetting(func(on Resource) bool { return on == OfRole(name) })
	c.Put = slices.DeleteFunc(c.Put, func(p *Role) bool { return p.Name == name })
	for _, role := range r.All() {
		if role.Name == name || !slices.Contains(role.MemberOf, name) {
			continue
		}
		if at := slices.IndexFunc(c.Put, func(p *Role) bool { return p.Name == role.Name }); at >= 0 {
			c.Put[at] = c.Put[at].asMember(name, false)
		} else {
			c.Put = append(c.Put, role.asMember(name, false))
		}
	}
	c.Drop = []string{name}
	for _, identity := range r.Identities() {
		if r.identities[identity] == name {
			if c.Identities == nil {
				c.Identities = map[string]string{}
			}
			c.Identities[identity] = ""
		}
	}
	return c
}
