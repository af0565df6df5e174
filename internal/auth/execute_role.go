package auth

import (
	"slices"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
)

func (x *execution) createRole(q *cql.CreateRole) (Outcome, error) {
	if err := x.may(Create, AllRoles); err != nil {
		return Outcome{}, err
	}
	if q.Options.Superuser != nil && *q.Options.Superuser && !x.actor.Superuser {
		return Outcome{}, cassandra.Unauthorizedf("Only superusers can create a role with superuser status")
	}
	if err := x.checkOptions(&q.Options); err != nil {
		return Outcome{}, err
	}
	if q.Role == "" {
		return Outcome{}, cassandra.Invalidf("Role name can't be an empty string")
	}
	if err := x.checkAccess(&q.Options); err != nil {
		return Outcome{}, err
	}
	if err := x.notAnonymous(); err != nil {
		return Outcome{}, err
	}
	if x.roles.Role(q.Role) != nil {
		if q.IfNotExists {
			return Outcome{}, nil
		}
		return Outcome{}, cassandra.Invalidf("%s already exists", q.Role)
	}
	if len(q.Role) > nameBytesMax {
		return Outcome{}, cassandra.Invalidf("The name of a role has %d bytes; %d are allowed", len(q.Role), nameBytesMax)
	}
	r := &Role{Name: q.Role}
	x.set(r, &q.Options)
	change := Change{Put: []*Role{r}}
	if x.Policy.Authorizes {
		on := OfRole(q.Role)
		change = change.granting(x.roles, x.Actor, on, on.Applicable())
	}
	return Outcome{Change: change}, nil
}

// nameBytesMax bounds the name of a role, which every node keeps in memory.
const nameBytesMax = 65535

func (x *execution) alterRole(q *cql.AlterRole) (Outcome, error) {
	if err := x.mayAlter(q); err != nil {
		return Outcome{}, err
	}
	o := &q.Options
	if err := x.checkOptions(o); err != nil {
		return Outcome{}, err
	}
	if *o == (cql.RoleOptions{}) {
		return Outcome{}, cassandra.Invalidf("ALTER [ROLE|USER] can't be empty")
	}
	if err := x.checkAccess(o); err != nil {
		return Outcome{}, err
	}
	if err := x.notAnonymous(); err != nil {
		return Outcome{}, err
	}
	old := x.roles.Role(q.Role)
	switch {
	case old == nil && q.IfExists:
		return Outcome{}, nil
	case old == nil:
		return Outcome{}, cassandra.Invalidf("Role %s doesn't exist", q.Role)
	case o.Datacenters != nil && !x.Policy.Datacenters:
		return Outcome{}, cassandra.Invalidf("ACCESS TO DATACENTERS operations not supported by AllowAllNetworkAuthorizer")
	}
	next := *old
	x.set(&next, o)
	return Outcome{Change: Change{Put: []*Role{&next}}}, nil
}

// mayAlter says whether the actor may set these options of this role: their own password, or what ALTER on the role lets them.
func (x *execution) mayAlter(q *cql.AlterRole) error {
	o := &q.Options
	switch {
	case o.Superuser != nil && slices.Contains(x.actor.Roles, q.Role):
		return cassandra.Unauthorizedf("You aren't allowed to alter your own superuser status or that of a role granted to you")
	case o.Superuser != nil && !x.actor.Superuser:
		return cassandra.Unauthorizedf("Only superusers are allowed to alter superuser status")
	case o.Datacenters != nil && !x.actor.Superuser:
		return cassandra.Unauthorizedf("Only superusers are allowed to alter access to datacenters.")
	case o.CIDRs != nil && !x.actor.Superuser:
		return cassandra.Unauthorizedf("Only superusers are allowed to alter access from CIDR groups.")
	case x.actor.Superuser:
		return nil
	case q.Role != x.Actor:
		if err := x.may(Alter, OfRole(q.Role)); err != nil {
			return err
		}
		return x.touches(q.Role, "alter")
	case o.Login != nil:
		return cassandra.Unauthorizedf("You aren't allowed to alter LOGIN")
	case o.Custom:
		return cassandra.Unauthorizedf("You aren't allowed to alter OPTIONS")
	}
	return nil
}

func (x *execution) dropRole(q *cql.DropRole) (Outcome, error) {
	if err := x.may(Drop, OfRole(q.Role)); err != nil {
		return Outcome{}, err
	}
	if err := x.touches(q.Role, "drop"); err != nil {
		return Outcome{}, err
	}
	if err := x.notAnonymous(); err != nil {
		return Outcome{}, err
	}
	there := x.roles.Role(q.Role) != nil
	switch {
	case !there && !q.IfExists:
		return Outcome{}, cassandra.Invalidf("%s doesn't exist", q.Role)
	case q.Role == x.Actor:
		return Outcome{}, cassandra.Invalidf("Cannot DROP primary role for current login")
	case !there:
		return Outcome{}, nil
	}
	return Outcome{Change: x.roles.dropping(q.Role)}, nil
}

func (x *execution) addIdentity(q *cql.AddIdentity) (Outcome, error) {
	if err := x.mayMap(Create); err != nil {
		return Outcome{}, err
	}
	if err := x.notAnonymous(); err != nil {
		return Outcome{}, err
	}
	known := x.roles.Identity(q.Identity) != ""
	switch {
	case x.roles.Role(q.Role) == nil:
		return Outcome{}, cassandra.Invalidf("Can not add identity for non-existent role '%s'", q.Role)
	case known && q.IfNotExists:
		return Outcome{}, nil
	case known:
		return Outcome{}, cassandra.Invalidf("%s already exists", q.Identity)
	case len(q.Identity) > nameBytesMax:
		return Outcome{}, cassandra.Invalidf("The identity has %d bytes; %d are allowed", len(q.Identity), nameBytesMax)
	}
	return Outcome{Change: Change{Identities: map[string]string{q.Identity: q.Role}}}, nil
}

func (x *execution) dropIdentity(q *cql.DropIdentity) (Outcome, error) {
	if err := x.mayMap(Drop); err != nil {
		return Outcome{}, err
	}
	if err := x.notAnonymous(); err != nil {
		return Outcome{}, err
	}
	switch known := x.roles.Identity(q.Identity) != ""; {
	case !known && q.IfExists:
		return Outcome{}, nil
	case !known:
		return Outcome{}, cassandra.Invalidf("identity '%s' doesn't exist", q.Identity)
	}
	return Outcome{Change: Change{Identities: map[string]string{q.Identity: ""}}}, nil
}

// mayMap says whether the actor may give identities to roles: superusers only, since an identity is as good as a password. Cassandra is content
// with a permission on the actor's own role.
func (x *execution) mayMap(p Permission) error {
	if err := x.may(p, OfRole(x.Actor)); err != nil {
		return err
	}
	if x.Actor != "" && !x.actor.Superuser {
		return cassandra.Unauthorizedf("Only superusers can say which role an identity stands for")
	}
	return nil
}
