package auth

import (
	"fmt"
	"slices"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
)

func (x *execution) grantRole(q *cql.GrantRole) (Outcome, error) {
	if err := x.may(Authorize, OfRole(q.Role)); err != nil {
		return Outcome{}, err
	}
	verb := "grant"
	if q.Revoke {
		verb = "revoke"
	}
	if err := x.touches(q.Role, verb); err != nil {
		return Outcome{}, err
	}
	if err := x.touches(q.To, "change the roles of"); err != nil {
		return Outcome{}, err
	}
	if !q.Revoke {
		if err := x.holdsAll(q.Role); err != nil {
			return Outcome{}, err
		}
	}
	if err := x.notAnonymous(); err != nil {
		return Outcome{}, err
	}
	if err := x.exists(q.Role); err != nil {
		return Outcome{}, err
	}
	if err := x.exists(q.To); err != nil {
		return Outcome{}, err
	}
	to := x.roles.Role(q.To)
	if q.Revoke {
		if !slices.Contains(to.MemberOf, q.Role) {
			return Outcome{}, cassandra.Invalidf("%s is not a member of %s", q.To, q.Role)
		}
		return Outcome{Change: Change{Put: []*Role{to.asMember(q.Role, false)}}}, nil
	}
	if slices.Contains(x.roles.closure(q.To), q.Role) {
		return Outcome{}, cassandra.Invalidf("%s is a member of %s", q.To, q.Role)
	}
	if slices.Contains(x.roles.closure(q.Role), q.To) {
		return Outcome{}, cassandra.Invalidf("%s is a member of %s", q.Role, q.To)
	}
	return Outcome{Change: Change{Put: []*Role{to.asMember(q.Role, true)}}}, nil
}

// permissionsOf are the permissions that a statement names, as far as there are such on the resource.
func (x *execution) permissionsOf(names []string, on Resource) (Set, error) {
	if on.kind == function && !x.isThere(on) {
		return 0, cassandra.Syntaxf("Resource %s doesn't exist", on)
	}
	wanted := All
	if names != nil {
		var err error
		if wanted, err = parseSet(names); err != nil {
			return 0, err
		}
	}
	if wanted &= on.Applicable(); wanted != 0 {
		return wanted, nil
	}
	return 0, cassandra.Syntaxf("Resource type %s does not support any of the requested permissions", on.Class())
}

// limited are the permissions that nobody can be granted on the system's keyspaces: all but SELECT, ALTER and DESCRIBE.
// Source: Cassandra 5.0, Permission.INVALID_FOR_SYSTEM_KEYSPACES.
const limited = All &^ (1<<Select | 1<<Alter | 1<<Describe)

func (x *execution) grantPermission(q *cql.GrantPermission) (Outcome, error) {
	on, err := x.resource(&q.On)
	if err != nil {
		return Outcome{}, err
	}
	wanted, err := x.permissionsOf(q.Permissions, on)
	if err != nil {
		return Outcome{}, err
	}
	if on, err = x.mayGrant(wanted, on, q); err != nil {
		return Outcome{}, err
	}
	if err := x.notAnonymous(); err != nil {
		return Outcome{}, err
	}
	to := x.roles.Role(q.To)
	switch {
	case to == nil:
		return Outcome{}, cassandra.Invalidf("Role %s doesn't exist", q.To)
	case !x.isThere(on):
		return Outcome{}, cassandra.Invalidf("Resource %s doesn't exist", on)
	case !q.Revoke && on.isSystem() && on.Class() == "DataResource" && x.Schema.Keyspace(on.keyspace) != nil && !x.Schema.Keyspace(on.keyspace).Virtual && wanted&limited != 0:
		return Outcome{}, cassandra.Unauthorizedf("Granting permissions on system keyspaces is strictly limited, this operation is not permitted")
	case !x.Policy.Authorizes && q.Revoke:
		return Outcome{}, cassandra.Invalidf("REVOKE operation is not supported by AllowAllAuthorizer")
	case !x.Policy.Authorizes:
		return Outcome{}, cassandra.Invalidf("GRANT operation is not supported by AllowAllAuthorizer")
	}
	has := to.granted(on)
	var out Outcome
	idle, next, text := wanted&has, has|wanted, "already "
	if q.Revoke {
		idle, next, text = wanted&^has, has&^wanted, "not "
	}
	if idle != 0 {
		out.Warnings = []string{fmt.Sprintf("Role '%s' was %sgranted %s on %s", q.To, text, idle, on)}
	}
	if next != has {
		out.Change.Put = []*Role{to.with(on, next)}
	}
	return out, nil
}

// mayGrant says whether the actor may grant permissions on a resource, or revoke them: with AUTHORIZE there, and what they have themselves.
func (x *execution) mayGrant(wanted Set, on Resource, q *cql.GrantPermission) (Resource, error) {
	on, err := x.qualified(on)
	if err != nil || !x.Policy.Authorizes {
		return on, err
	}
	if err := x.actor.Ensure(Authorize, on); err != nil {
		return on, err
	}
	for _, p := range wanted.List() {
		if err := x.actor.Ensure(p, on); err != nil {
			return on, err
		}
	}
	return on, x.touches(q.To, "change the permissions of")
}
