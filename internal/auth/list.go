package auth

import (
	"slices"
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
)

// Row is a role as LIST ROLES and LIST USERS show it.
type Row struct {
	Name             string
	Superuser, Login bool
	// Datacenters are ALL, n/a for a role that can't log in, or names.
	Datacenters string
}

// ListRoles answers LIST ROLES and LIST USERS.
// Source: Cassandra 5.0, ListRolesStatement.
func ListRoles(r *Roles, q *cql.ListRoles, facts Facts) ([]Row, error) {
	x := execution{roles: r, Facts: facts, actor: r.Subject(facts.Actor)}
	if err := x.notAnonymous(); err != nil {
		return nil, err
	}
	if q.Of != nil && r.Role(*q.Of) == nil {
		return nil, cassandra.Invalidf("%s doesn't exist", OfRole(*q.Of))
	}
	var names []string
	switch all := !facts.Policy.Authorizes || x.actor.Has(Describe, AllRoles); {
	case all && q.Of == nil:
		for _, role := range r.All() {
			names = append(names, role.Name)
		}
	case q.Of == nil:
		names = r.members(facts.Actor, !q.NoRecursive)
	case all || slices.Contains(x.actor.Roles, *q.Of):
		names = r.members(*q.Of, !q.NoRecursive)
	default:
		return nil, cassandra.Unauthorizedf("You are not authorized to view roles granted to %s ", *q.Of)
	}
	var rows []Row
	for _, name := range names {
		role := r.Role(name)
		if q.Users {
			if role.Login {
				rows = append(rows, Row{name, r.IsSuperuser(name), true, x.datacentersOf(role)})
			}
			continue
		}
		rows = append(rows, Row{name, role.Superuser, role.Login, x.datacentersOf(role)})
	}
	return rows, nil
}

// members returns a role's name and those of the roles that it is a member of, in order: directly, or all.
func (r *Roles) members(name string, recursive bool) []string {
	if recursive {
		return r.closure(name)
	}
	names := append([]string{name}, r.Role(name).MemberOf...)
	slices.Sort(names)
	return names
}

func (x *execution) datacentersOf(role *Role) string {
	switch {
	case !x.Policy.Datacenters:
		return "ALL"
	case !role.Login:
		return "n/a"
	case role.Datacenters == nil || x.roles.IsSuperuser(role.Name):
		return "ALL"
	}
	return strings.Join(role.Datacenters, ", ")
}

// Granted is a permission as LIST shows it.
type Granted struct {
	Role       string
	On         Resource
	Permission Permission
}

// ListPermissions answers LIST of permissions.
// Source: Cassandra 5.0, ListPermissionsStatement and CassandraAuthorizer.list.
func ListPermissions(r *Roles, q *cql.ListPermissions, facts Facts) ([]Granted, error) {
	x := execution{roles: r, Facts: facts, actor: r.Subject(facts.Actor)}
	var on *Resource
	if q.On != nil {
		named, err := x.resource(q.On)
		if err != nil {
			return nil, err
		}
		on = &named
	}
	if err := x.notAnonymous(); err != nil {
		return nil, err
	}
	if on != nil {
		named, err := x.qualified(*on)
		if err != nil {
			return nil, err
		}
		if on = &named; !x.isThere(named) {
			return nil, cassandra.Invalidf("%s doesn't exist", named)
		}
	}
	if q.Of != nil && r.Role(*q.Of) == nil {
		return nil, cassandra.Invalidf("%s doesn't exist", OfRole(*q.Of))
	}
	if !facts.Policy.Authorizes {
		return nil, cassandra.Invalidf("LIST PERMISSIONS operation is not supported by AllowAllAuthorizer")
	}
	if err := x.mayList(q.Of); err != nil {
		return nil, err
	}
	wanted := All
	if q.Permissions != nil {
		var err error
		if wanted, err = parseSet(q.Permissions); err != nil {
			return nil, err
		}
	}
	var all []Granted
	for _, role := range r.All() {
		if q.Of != nil && !slices.Contains(r.closure(*q.Of), role.Name) {
			continue
		}
		for _, g := range role.Grants {
			if on != nil && !isPart(*on, g.On, !q.NoRecursive) {
				continue
			}
			for _, p := range (g.Permissions & wanted).List() {
				all = append(all, Granted{role.Name, g.On, p})
			}
		}
	}
	return all, nil
}

// mayList says whether the actor may see the permissions of a role, or of all.
func (x *execution) mayList(of *string) error {
	who := "everyone"
	if of != nil {
		who = *of
		if slices.Contains(x.actor.Roles, who) || x.actor.Has(Describe, OfRole(who)) {
			return nil
		}
	}
	if x.actor.Has(Describe, AllRoles) {
		return nil
	}
	return cassandra.Unauthorizedf("You are not authorized to view %s's permissions", who)
}

// isPart says whether a resource is another or, when recursive, part of it.
func isPart(r, of Resource, recursive bool) bool {
	for {
		if r == of {
			return true
		}
		parent, ok := r.Parent()
		if !ok || !recursive {
			return false
		}
		r = parent
	}
}
