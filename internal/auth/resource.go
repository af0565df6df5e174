package auth

import (
	"fmt"
	"strings"

	"helenus/internal/cqltype"
	"helenus/internal/schema"
)

// Kind tells resources apart.
type Kind uint8

const (
	allKeyspaces Kind = iota
	inKeyspace
	allTables
	table
	allRoles
	role
	allFunctions
	keyspaceFunctions
	function
	allMBeans
	mbean
)

// Resource is what a permission is on. It is comparable.
type Resource struct {
	kind           Kind
	keyspace, name string
	args           string // of a function: class names, joined by ^
}

// The resources that others are parts of.
var (
	AllKeyspaces = Resource{kind: allKeyspaces}
	AllRoles     = Resource{kind: allRoles}
	AllFunctions = Resource{kind: allFunctions}
	AllMBeans    = Resource{kind: allMBeans}
)

// Keyspace is a keyspace and all in it but functions.
func Keyspace(name string) Resource { return Resource{kind: inKeyspace, keyspace: name} }

// AllTables is all tables of a keyspace.
func AllTables(keyspace string) Resource { return Resource{kind: allTables, keyspace: keyspace} }

// Table is a table.
func Table(keyspace, name string) Resource {
	return Resource{kind: table, keyspace: keyspace, name: name}
}

// OfRole is a role as a resource.
func OfRole(name string) Resource { return Resource{kind: role, name: name} }

// KeyspaceFunctions is all functions of a keyspace.
func KeyspaceFunctions(keyspace string) Resource {
	return Resource{kind: keyspaceFunctions, keyspace: keyspace}
}

// Function is a function or an aggregate with arguments of these types.
func Function(keyspace, name string, args []*cqltype.Type) Resource {
	classes := make([]string, len(args))
	for i, a := range args {
		classes[i] = a.ClassName()
	}
	return Resource{kind: function, keyspace: keyspace, name: name, args: strings.Join(classes, "^")}
}

// MBean is a managed bean, by its name or a pattern.
func MBean(name string) Resource { return Resource{kind: mbean, name: name} }

// dataPermissions are those on keyspaces and on all tables of one.
var dataPermissions = SetOf(Create, Alter, Drop, Select, Modify, Authorize, Unmask, SelectMasked)

// applicable are the permissions that a kind of resource knows.
var applicable = [...]Set{
	allKeyspaces:      dataPermissions,
	inKeyspace:        dataPermissions,
	allTables:         dataPermissions,
	table:             dataPermissions &^ SetOf(Create),
	allRoles:          SetOf(Create, Alter, Drop, Authorize, Describe),
	role:              SetOf(Alter, Drop, Authorize, Describe),
	allFunctions:      SetOf(Create, Alter, Drop, Authorize, Execute),
	keyspaceFunctions: SetOf(Create, Alter, Drop, Authorize, Execute),
	function:          SetOf(Alter, Drop, Authorize, Execute),
	allMBeans:         SetOf(Select, Modify, Authorize, Describe, Execute),
	mbean:             SetOf(Select, Modify, Authorize, Describe, Execute),
}

// Applicable returns the permissions that there are on the resource.
func (r Resource) Applicable() Set { return applicable[r.kind] }

// Class is what Cassandra calls the kind of the resource in messages.
func (r Resource) Class() string {
	switch r.kind {
	case allRoles, role:
		return "RoleResource"
	case allFunctions, keyspaceFunctions, function:
		return "FunctionResource"
	case allMBeans, mbean:
		return "JMXResource"
	}
	return "DataResource"
}

// Parent is what the resource is part of: whoever has a permission there has it here.
func (r Resource) Parent() (Resource, bool) {
	switch r.kind {
	case inKeyspace:
		return AllKeyspaces, true
	case allTables:
		return Keyspace(r.keyspace), true
	case table:
		return AllTables(r.keyspace), true
	case role:
		return AllRoles, true
	case keyspaceFunctions:
		return AllFunctions, true
	case function:
		return KeyspaceFunctions(r.keyspace), true
	case mbean:
		return AllMBeans, true
	}
	return Resource{}, false
}

// isSystem says whether the resource is in a keyspace that every node has from the start.
func (r Resource) isSystem() bool { return r.keyspace != "" && schema.IsSystem(r.keyspace) }

// in says whether the resource is a keyspace or in it.
func (r Resource) in(keyspace string) bool { return r.keyspace == keyspace && keyspace != "" }

// Name is the resource as system_auth.role_permissions has it. ParseResource reads it.
func (r Resource) Name() string {
	switch r.kind {
	case allKeyspaces:
		return "data"
	case inKeyspace:
		return "data/" + r.keyspace
	case allTables:
		return "data/" + r.keyspace + "/*"
	case table:
		return "data/" + r.keyspace + "/" + r.name
	case allRoles:
		return "roles"
	case role:
		return "roles/" + r.name
	case allFunctions:
		return "functions"
	case keyspaceFunctions:
		return "functions/" + r.keyspace
	case function:
		return "functions/" + r.keyspace + "/" + r.name + "[" + r.args + "]"
	case allMBeans:
		return "mbean"
	}
	return "mbean/" + r.name
}

// ParseResource reads a resource's name.
func ParseResource(name string) (Resource, error) {
	root, rest, deeper := strings.Cut(name, "/")
	keyspace, object, inside := strings.Cut(rest, "/")
	switch {
	case root == "data" && !deeper:
		return AllKeyspaces, nil
	case root == "data" && !inside:
		return Keyspace(keyspace), nil
	case root == "data" && object == "*":
		return AllTables(keyspace), nil
	case root == "data":
		return Table(keyspace, object), nil
	case root == "roles" && !deeper:
		return AllRoles, nil
	case root == "roles":
		return OfRole(rest), nil
	case root == "functions" && !deeper:
		return AllFunctions, nil
	case root == "functions" && !inside:
		return KeyspaceFunctions(keyspace), nil
	case root == "functions":
		f, args, ok := strings.Cut(strings.TrimSuffix(object, "]"), "[")
		if ok {
			return Resource{kind: function, keyspace: keyspace, name: f, args: args}, nil
		}
	case root == "mbean" && !deeper:
		return AllMBeans, nil
	case root == "mbean":
		return MBean(rest), nil
	}
	return Resource{}, fmt.Errorf("%q is no resource", name)
}

// String is the resource as messages show it.
func (r Resource) String() string {
	switch r.kind {
	case allKeyspaces:
		return "<all keyspaces>"
	case inKeyspace:
		return "<keyspace " + r.keyspace + ">"
	case allTables:
		return "<all tables in " + r.keyspace + ">"
	case table:
		return "<table " + r.keyspace + "." + r.name + ">"
	case allRoles:
		return "<all roles>"
	case role:
		return "<role " + r.name + ">"
	case allFunctions:
		return "<all functions>"
	case keyspaceFunctions:
		return "<all functions in " + r.keyspace + ">"
	case function:
		return "<function " + r.keyspace + "." + r.name + "(" + r.argTypes() + ")>"
	case allMBeans:
		return "<all mbeans>"
	}
	return "<mbean " + r.name + ">"
}

// argTypes are the types of a function's arguments as CQL writes them.
func (r Resource) argTypes() string {
	if r.args == "" {
		return ""
	}
	var names []string
	for _, class := range strings.Split(r.args, "^") {
		name := class
		if t, err := cqltype.ParseClass(class); err == nil {
			name = t.String()
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}
