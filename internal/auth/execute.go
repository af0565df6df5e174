package auth

import (
	"maps"
	"slices"
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/schema"
)

// Policy is what a node asks of its clients. The zero Policy lets everybody in and lets them do everything.
type Policy struct {
	// Authenticates: clients log in. Authorizes: what they do takes permissions.
	Authenticates, Authorizes bool
	// Certificates: a client may log in by its certificate; CertificatesOnly: and by nothing else.
	Certificates, CertificatesOnly bool
	// Datacenters: a role may be bound to datacenters. Addresses: a role may be bound to groups of addresses; Monitors: that is only noted.
	Datacenters, Addresses, Monitors bool
}

// Facts are what a statement needs to know besides the roles.
type Facts struct {
	Policy Policy
	// Actor is the role that the session logged in as; empty: nobody did.
	Actor string
	// Keyspace is the session's.
	Keyspace string
	Schema   *schema.Schema
	// Datacenters are those that the cluster has.
	Datacenters []string
	// Hash is that of the password which the statement sets.
	Hash string
}

// Outcome is what a statement comes to.
type Outcome struct {
	Change   Change
	Warnings []string
}

// IsStatement says whether a statement is one that Decide takes.
func IsStatement(statement cql.Statement) bool {
	switch statement.(type) {
	case *cql.CreateRole, *cql.AlterRole, *cql.DropRole, *cql.GrantRole, *cql.GrantPermission, *cql.AddIdentity, *cql.DropIdentity:
		return true
	}
	return false
}

// Decide works out what a statement does to the roles, which stay as they are. Errors are *cassandra.Error. The order of the checks is
// Cassandra's: first what the actor may do, then whether the statement makes sense.
func Decide(r *Roles, statement cql.Statement, facts Facts) (Outcome, error) {
	x := execution{roles: r, Facts: facts, actor: r.Subject(facts.Actor)}
	switch q := statement.(type) {
	case *cql.CreateRole:
		return x.createRole(q)
	case *cql.AlterRole:
		return x.alterRole(q)
	case *cql.DropRole:
		return x.dropRole(q)
	case *cql.GrantRole:
		return x.grantRole(q)
	case *cql.GrantPermission:
		return x.grantPermission(q)
	case *cql.AddIdentity:
		return x.addIdentity(q)
	case *cql.DropIdentity:
		return x.dropIdentity(q)
	}
	return Outcome{}, cassandra.Invalidf("%T is not a statement on roles", statement)
}

type execution struct {
	Facts
	roles *Roles
	actor *Subject
}

var errAnonymous = cassandra.Unauthorizedf("You have to be logged in and not anonymous to perform this request")

func (x *execution) notAnonymous() error {
	if x.Actor == "" {
		return errAnonymous
	}
	return nil
}

// may checks a permission on roles.
func (x *execution) may(p Permission, on Resource) error {
	if !x.Policy.Authorizes || x.actor.Has(p, on) {
		return nil
	}
	return cassandra.Unauthorizedf("User %s does not have sufficient privileges to perform the requested operation", x.Actor)
}

// touches refuses those who are no superusers what concerns a role with superuser status. Cassandra asks for that when such a role is made
// or dropped, and lets whoever may alter or grant it take it over.
func (x *execution) touches(role, verb string) error {
	if x.Actor != "" && !x.actor.Superuser && x.roles.IsSuperuser(role) {
		return cassandra.Unauthorizedf("Only superusers can %s a role with superuser status", verb)
	}
	return nil
}

// exists wants a role.
func (x *execution) exists(name string) error {
	if x.roles.Role(name) == nil {
		return cassandra.Invalidf("%s doesn't exist", name)
	}
	return nil
}

// checkOptions refuses what the role manager does not take.
// Source: Cassandra 5.0, RoleOptions.validate and CassandraRoleManager.
func (x *execution) checkOptions(o *cql.RoleOptions) error {
	const manager = "org.apache.cassandra.auth.CassandraRoleManager doesn't support %s"
	switch {
	case o.Custom:
		return cassandra.Invalidf(manager, "OPTIONS")
	case o.Password != nil && !x.Policy.Authenticates:
		return cassandra.Invalidf(manager, "PASSWORD")
	case o.HashedPassword != nil && !x.Policy.Authenticates:
		return cassandra.Invalidf(manager, "HASHED PASSWORD")
	case o.HashedPassword != nil:
		return CheckHash(*o.HashedPassword)
	case o.Password != nil:
		return CheckPassword(*o.Password)
	}
	return nil
}

// checkAccess refuses datacenters and groups of addresses that are not there.
func (x *execution) checkAccess(o *cql.RoleOptions) error {
	if unknown := missing(o.Datacenters, x.Datacenters); unknown != nil {
		return cassandra.Invalidf("Invalid value(s) for DATACENTERS '[%s]',All values must be valid datacenters", strings.Join(unknown, ", "))
	}
	groups := x.roles.CIDRGroups()
	if unknown := missing(o.CIDRs, groups); unknown != nil {
		return cassandra.Invalidf("Invalid CIDR group(s): [%s]. Available CIDR Groups are: [%s]", strings.Join(unknown, ", "), strings.Join(groups, ", "))
	}
	return nil
}

// missing returns the names of an ACCESS clause when one of them is none of those there are. Their order is that of the hash set in Cassandra
// where they have one letter each; else names are in order.
func missing(a *cql.Access, there []string) []string {
	if a == nil || !slices.ContainsFunc(a.Names, func(n string) bool { return !slices.Contains(there, n) }) {
		return nil
	}
	return sorted(a.Names)
}

func sorted(names []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(names)))
}

// set writes the options into a role.
func (x *execution) set(r *Role, o *cql.RoleOptions) {
	if o.Password != nil {
		r.Hash = x.Hash
	}
	if o.HashedPassword != nil {
		r.Hash = *o.HashedPassword
	}
	if o.Superuser != nil {
		r.Superuser = *o.Superuser
	}
	if o.Login != nil {
		r.Login = *o.Login
	}
	if o.Datacenters != nil {
		r.Datacenters = sorted(o.Datacenters.Names)
	}
	if o.CIDRs != nil {
		r.CIDRGroups = sorted(o.CIDRs.Names)
	}
}

// PasswordOf returns the password that a statement sets, if it sets one.
func PasswordOf(statement cql.Statement) (password string, ok bool) {
	var o *cql.RoleOptions
	switch q := statement.(type) {
	case *cql.CreateRole:
		o = &q.Options
	case *cql.AlterRole:
		o = &q.Options
	}
	if o == nil || o.Password == nil {
		return "", false
	}
	return *o.Password, true
}

// resource makes a resource of what a statement names.
func (x *execution) resource(on *cql.Resource) (Resource, error) {
	switch on.Kind {
	case cql.OnAllKeyspaces:
		return AllKeyspaces, nil
	case cql.OnKeyspace:
		return Keyspace(on.Keyspace), nil
	case cql.OnAllTables:
		return AllTables(on.Keyspace), nil
	case cql.OnAllRoles:
		return AllRoles, nil
	case cql.OnRole:
		return OfRole(on.Name), nil
	case cql.OnAllFunctions:
		return AllFunctions, nil
	case cql.OnKeyspaceFunctions:
		return KeyspaceFunctions(on.Keyspace), nil
	case cql.OnFunction:
		return x.function(on)
	case cql.OnAllMBeans:
		return AllMBeans, nil
	case cql.OnMBean:
		return MBean(on.Name), checkMBean(on.Name)
	}
	return Table(on.Keyspace, on.Name), nil
}

// qualified puts a table that was named without a keyspace into the session's.
func (x *execution) qualified(on Resource) (Resource, error) {
	if on.kind != table || on.keyspace != "" {
		return on, nil
	}
	if x.Keyspace == "" {
		return on, schema.ErrNoKeyspace
	}
	return Table(x.Keyspace, on.name), nil
}

func (x *execution) function(on *cql.Resource) (Resource, error) {
	if on.Keyspace == "" {
		return Resource{}, cassandra.Invalidf("In this context function name must be explictly qualified by a keyspace")
	}
	r := Resource{kind: function, keyspace: on.Keyspace, name: on.Name}
	var classes []string
	for _, a := range on.Args {
		t, err := x.Schema.ResolveType(on.Keyspace, a)
		if err != nil {
			return r, err
		}
		classes = append(classes, t.ClassName())
	}
	r.args = strings.Join(classes, "^")
	return r, nil
}

// checkMBean refuses what is no name of a managed bean.
// Source: javax.management.ObjectName.
func checkMBean(name string) error {
	domain, properties, ok := strings.Cut(name, ":")
	switch {
	case name == "":
		return cassandra.Syntaxf("Empty JMX object name supplied")
	case name == "*:*":
		return cassandra.Syntaxf("Please use ALL MBEANS instead of wildcard pattern")
	}
	keys := map[string]bool{}
	for _, p := range strings.Split(properties, ",") {
		key, _, has := strings.Cut(p, "=")
		ok = ok && (p == "*" || has && key != "" && !keys[key])
		keys[key] = true
	}
	if !ok || strings.ContainsAny(domain, "\n/") {
		return cassandra.Syntaxf("%s is not a valid JMX object name", name)
	}
	return nil
}

// mbeanDomains are the domains of the beans that Cassandra's process has.
var mbeanDomains = []string{"org.apache.cassandra.", "java.", "javax.", "com.sun.", "jdk.", "JMImplementation"}

// isThere says whether a resource exists. There are no beans; permissions on Cassandra's can be kept all the same.
func (x *execution) isThere(on Resource) bool {
	switch on.kind {
	case inKeyspace, allTables, keyspaceFunctions:
		return x.Schema.Keyspace(on.keyspace) != nil
	case table:
		return x.Schema.Table(on.keyspace, on.name) != nil
	case role:
		return x.roles.Role(on.name) != nil
	case function:
		k := x.Schema.Keyspace(on.keyspace)
		return k != nil && (slices.ContainsFunc(k.SortedFunctions(), func(f *schema.Function) bool { return Function(k.Name, f.Name, f.ArgTypes) == on }) ||
			slices.ContainsFunc(k.SortedAggregates(), func(a *schema.Aggregate) bool { return Function(k.Name, a.Name, a.ArgTypes) == on }))
	case mbean:
		return slices.ContainsFunc(mbeanDomains, func(d string) bool { return strings.HasPrefix(on.name, d) })
	}
	return true
}

// holdsAll checks that the actor has every permission that a role has, by membership too.
func (x *execution) holdsAll(name string) error {
	if !x.Policy.Authorizes || x.actor.Superuser {
		return nil
	}
	other := x.roles.Subject(name)
	for _, on := range sortedResources(other.holds()) {
		for _, p := range other.holds()[on].List() {
			if !x.actor.Has(p, on) {
				return cassandra.Unauthorizedf("User %s has no %s permission on %s or any of its parents, which role %s has", x.Actor, p, on, name)
			}
		}
	}
	return nil
}

func sortedResources(m map[Resource]Set) []Resource {
	return slices.SortedFunc(maps.Keys(m), func(a, b Resource) int { return strings.Compare(a.Name(), b.Name()) })
}
