package auth

import (
	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/schema"
)

// Check is a permission that a statement asks for.
type Check struct {
	Permission Permission
	On         Resource
}

// Asks returns the permissions that executing a statement takes, in the order in which Cassandra asks for them. keyspace is what names
// without one are in. Statements on roles look after themselves: see Decide. One that is not known here asks for more than anybody but a
// superuser has.
func Asks(statement cql.Statement, keyspace string) ([]Check, error) {
	switch q := statement.(type) {
	case *cql.Select:
		if isReadable(q.Table, keyspace) {
			return nil, nil
		}
		return on(q.Table, keyspace, Select)
	case *cql.Insert:
		return modifying(q.Table, keyspace, q.IfNotExists)
	case *cql.Update:
		return modifying(q.Table, keyspace, q.IfExists || len(q.Conditions) > 0)
	case *cql.Delete:
		return modifying(q.Table, keyspace, q.IfExists || len(q.Conditions) > 0)
	case *cql.Batch:
		var all []Check
		for _, s := range q.Statements {
			checks, err := Asks(s, keyspace)
			if err != nil {
				return nil, err
			}
			all = append(all, checks...)
		}
		return all, nil
	case *cql.Truncate:
		return on(q.Table, keyspace, Modify)
	case *cql.CreateKeyspace:
		return []Check{{Create, AllKeyspaces}}, nil
	case *cql.AlterKeyspace:
		return []Check{{Alter, Keyspace(q.Name)}}, nil
	case *cql.DropKeyspace:
		return []Check{{Drop, Keyspace(q.Name)}}, nil
	case *cql.CreateTable:
		return within(q.Table, keyspace, Create)
	case *cql.AlterTable:
		return on(q.Table, keyspace, Alter)
	case *cql.CreateIndex:
		return on(q.Table, keyspace, Alter)
	case *cql.DropTable:
		return on(q.Table, keyspace, Drop)
	case *cql.CreateType:
		return within(q.Type, keyspace, Create)
	case *cql.AlterType:
		return within(q.Type, keyspace, Alter)
	case *cql.DropType:
		return within(q.Type, keyspace, Drop)
	case *cql.Use, *cql.Describe, *cql.Unsupported, *cql.CreateRole, *cql.AlterRole, *cql.DropRole, *cql.GrantRole, *cql.GrantPermission, *cql.ListRoles,
		*cql.ListPermissions, *cql.AddIdentity, *cql.DropIdentity:
		return nil, nil
	}
	return []Check{{Permission: superuserOnly}}, nil
}

// superuserOnly stands for what no permission gives.
const superuserOnly = permissions

// Ensure checks that a subject may do what a statement asks for.
func (c Check) Ensure(s *Subject) error {
	if c.Permission == superuserOnly {
		if s.Superuser {
			return nil
		}
		return cassandra.Unauthorizedf("Only superusers are allowed to perform this statement")
	}
	if c.On.isSystem() && (c.Permission == Create || c.Permission == Alter || c.Permission == Drop) && (c.Permission != Alter || c.On.kind != inKeyspace || schema.IsLocal(c.On.keyspace)) {
		text := c.On.String()
		return schema.CheckModifiable(c.On.keyspace, c.Permission.String(), text[1:len(text)-1])
	}
	return s.Ensure(c.Permission, c.On)
}

func modifying(n cql.Name, keyspace string, reads bool) ([]Check, error) {
	checks, err := on(n, keyspace, Modify)
	if reads && err == nil {
		checks = append(checks, Check{Select, checks[0].On})
	}
	return checks, err
}

func on(n cql.Name, keyspace string, p Permission) ([]Check, error) {
	ks, err := keyspaceOf(n, keyspace)
	return []Check{{p, Table(ks, n.Name)}}, err
}

// within is a permission on all tables of the keyspace that a name is in.
func within(n cql.Name, keyspace string, p Permission) ([]Check, error) {
	ks, err := keyspaceOf(n, keyspace)
	return []Check{{p, AllTables(ks)}}, err
}

func keyspaceOf(n cql.Name, keyspace string) (string, error) {
	if n.Keyspace != "" {
		keyspace = n.Keyspace
	}
	if keyspace == "" {
		return "", schema.ErrNoKeyspace
	}
	return keyspace, nil
}

// readable are the system's tables that every client may read, since drivers do.
// Source: Cassandra 5.0, ClientState.READABLE_SYSTEM_RESOURCES.
var readable = map[string]bool{
	"system.local": true, "system.peers": true, "system.peers_v2": true, "system.size_estimates": true, "system.table_estimates": true,
	"system_traces.events": true, "system_traces.sessions": true,
}

func isReadable(n cql.Name, keyspace string) bool {
	ks, err := keyspaceOf(n, keyspace)
	return err == nil && (ks == "system_schema" || ks == "system_virtual_schema" || readable[ks+"."+n.Name])
}
