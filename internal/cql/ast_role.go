package cql

// RoleOptions are what CREATE and ALTER of roles and users set; nil is what they say nothing of.
type RoleOptions struct {
	Password, HashedPassword *string
	Superuser, Login         *bool
	// Custom is set by OPTIONS = {…}.
	Custom bool
	// Datacenters and CIDRs are ACCESS TO … and ACCESS FROM ….
	Datacenters, CIDRs *Access
}

// Access is ALL, or the names of datacenters or CIDR groups.
type Access struct {
	All   bool
	Names []string
}

// CreateRole is CREATE ROLE or CREATE USER, which lets the role log in.
type CreateRole struct {
	base
	Role        string
	IfNotExists bool
	User        bool
	Options     RoleOptions
}

// AlterRole is ALTER ROLE or ALTER USER.
type AlterRole struct {
	base
	Role     string
	IfExists bool
	User     bool
	Options  RoleOptions
}

// DropRole is DROP ROLE or DROP USER.
type DropRole struct {
	base
	Role     string
	IfExists bool
	User     bool
}

// GrantRole is GRANT role TO role, or REVOKE role FROM role.
type GrantRole struct {
	base
	Role, To string
	Revoke   bool
}

// GrantPermission is GRANT permissions ON resource TO role, or REVOKE … FROM role.
type GrantPermission struct {
	base
	// Permissions are in upper case; nil: ALL.
	Permissions []string
	On          Resource
	To          string
	Revoke      bool
}

// ListRoles is LIST ROLES or LIST USERS.
type ListRoles struct {
	base
	Users       bool
	Of          *string
	NoRecursive bool
}

// ListPermissions is LIST permissions.
type ListPermissions struct {
	base
	Permissions []string // in upper case; nil: ALL
	On          *Resource
	Of          *string
	NoRecursive bool
}

// AddIdentity is ADD IDENTITY.
type AddIdentity struct {
	base
	Identity, Role string
	IfNotExists    bool
}

// DropIdentity is DROP IDENTITY.
type DropIdentity struct {
	base
	Identity string
	IfExists bool
}

// ResourceKind says what a permission is on.
type ResourceKind uint8

const (
	OnTable             ResourceKind = iota // Keyspace may be empty
	OnAllKeyspaces                          // ALL KEYSPACES
	OnKeyspace                              // KEYSPACE k
	OnAllTables                             // ALL TABLES IN KEYSPACE k
	OnAllRoles                              // ALL ROLES
	OnRole                                  // ROLE r
	OnAllFunctions                          // ALL FUNCTIONS
	OnKeyspaceFunctions                     // ALL FUNCTIONS IN KEYSPACE k
	OnFunction                              // FUNCTION k.f(types)
	OnAllMBeans                             // ALL MBEANS
	OnMBean                                 // MBEAN 'name'
)

// Resource is what a permission is on, as written.
type Resource struct {
	Kind           ResourceKind
	Keyspace, Name string
	Args           []*TypeName // OnFunction
}
