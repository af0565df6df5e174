package cql

import (
	"strconv"
	"strings"

	"helenus/internal/cqltype"
)

// hiddenPassword stands for a password wherever a statement is shown.
const hiddenPassword = "*******"

// Hide returns a statement's text as it may be shown in logs and traces: what follows the word PASSWORD is left out.
// Source: Cassandra 5.0, PasswordObfuscator.
func Hide(text string) string {
	l := lexer{text: text}
	for {
		t, err := l.next()
		if err != nil || t.kind == tokEOF {
			return text
		}
		if t.is("password") {
			return text[:t.end] + " " + hiddenPassword
		}
	}
}

// String is the statement in its canonical form, with passwords hidden.
func (s *CreateRole) String() string {
	return "CREATE " + roleWord(s.User) + when(s.IfNotExists, " IF NOT EXISTS") + " " + quoteRole(s.Role) + s.Options.text(s.User)
}

func (s *AlterRole) String() string {
	return "ALTER " + roleWord(s.User) + when(s.IfExists, " IF EXISTS") + " " + quoteRole(s.Role) + s.Options.text(s.User)
}

func (s *DropRole) String() string {
	return "DROP " + roleWord(s.User) + when(s.IfExists, " IF EXISTS") + " " + quoteRole(s.Role)
}

func (s *GrantRole) String() string {
	if s.Revoke {
		return "REVOKE " + quoteRole(s.Role) + " FROM " + quoteRole(s.To)
	}
	return "GRANT " + quoteRole(s.Role) + " TO " + quoteRole(s.To)
}

func (s *GrantPermission) String() string {
	if s.Revoke {
		return "REVOKE " + permissionList(s.Permissions) + " ON " + s.On.String() + " FROM " + quoteRole(s.To)
	}
	return "GRANT " + permissionList(s.Permissions) + " ON " + s.On.String() + " TO " + quoteRole(s.To)
}

func (s *ListRoles) String() string {
	if s.Users {
		return "LIST USERS"
	}
	return "LIST ROLES" + ofText(s.Of) + when(s.NoRecursive, " NORECURSIVE")
}

func (s *ListPermissions) String() string {
	on := ""
	if s.On != nil {
		on = " ON " + s.On.String()
	}
	return "LIST " + permissionList(s.Permissions) + on + ofText(s.Of) + when(s.NoRecursive, " NORECURSIVE")
}

func (s *AddIdentity) String() string {
	return "ADD IDENTITY" + when(s.IfNotExists, " IF NOT EXISTS") + " " + quoteText(s.Identity) + " TO ROLE " + quoteRole(s.Role)
}

func (s *DropIdentity) String() string {
	return "DROP IDENTITY" + when(s.IfExists, " IF EXISTS") + " " + quoteText(s.Identity)
}

// String is the resource as GRANT names it.
func (r *Resource) String() string {
	switch r.Kind {
	case OnAllKeyspaces:
		return "ALL KEYSPACES"
	case OnKeyspace:
		return "KEYSPACE " + cqltype.QuoteName(r.Keyspace)
	case OnAllTables:
		return "ALL TABLES IN KEYSPACE " + cqltype.QuoteName(r.Keyspace)
	case OnAllRoles:
		return "ALL ROLES"
	case OnRole:
		return "ROLE " + quoteRole(r.Name)
	case OnAllFunctions:
		return "ALL FUNCTIONS"
	case OnKeyspaceFunctions:
		return "ALL FUNCTIONS IN KEYSPACE " + cqltype.QuoteName(r.Keyspace)
	case OnFunction:
		args := make([]string, len(r.Args))
		for i, a := range r.Args {
			args[i] = a.String()
		}
		return "FUNCTION " + qualified(r.Keyspace, r.Name) + "(" + strings.Join(args, ", ") + ")"
	case OnAllMBeans:
		return "ALL MBEANS"
	case OnMBean:
		return "MBEAN " + quoteText(r.Name)
	}
	return "TABLE " + qualified(r.Keyspace, r.Name)
}

// String is the type as CQL writes it.
func (t *TypeName) String() string {
	if t.Class != "" {
		return quoteText(t.Class)
	}
	name := qualified(t.Keyspace, t.Name)
	if len(t.Params) == 0 {
		return name
	}
	params := make([]string, 0, len(t.Params)+1)
	for _, p := range t.Params {
		params = append(params, p.String())
	}
	if t.Dimension != 0 {
		params = append(params, strconv.Itoa(t.Dimension))
	}
	return name + "<" + strings.Join(params, ", ") + ">"
}

// text is the options as written after the role's name.
func (o *RoleOptions) text(user bool) string {
	if user {
		return o.userText()
	}
	var all []string
	if o.Password != nil {
		all = append(all, "PASSWORD = "+quoteText(hiddenPassword))
	}
	if o.HashedPassword != nil {
		all = append(all, "HASHED PASSWORD = "+quoteText(hiddenPassword))
	}
	if o.Superuser != nil {
		all = append(all, "SUPERUSER = "+strconv.FormatBool(*o.Superuser))
	}
	if o.Login != nil {
		all = append(all, "LOGIN = "+strconv.FormatBool(*o.Login))
	}
	if o.Custom {
		all = append(all, "OPTIONS = {}")
	}
	if o.Datacenters != nil {
		all = append(all, "ACCESS TO "+o.Datacenters.text("DATACENTERS"))
	}
	if o.CIDRs != nil {
		all = append(all, "ACCESS FROM "+o.CIDRs.text("CIDRS"))
	}
	if all == nil {
		return ""
	}
	return " WITH " + strings.Join(all, " AND ")
}

func (o *RoleOptions) userText() string {
	text := ""
	switch {
	case o.Password != nil:
		text = " WITH PASSWORD " + quoteText(hiddenPassword)
	case o.HashedPassword != nil:
		text = " WITH HASHED PASSWORD " + quoteText(hiddenPassword)
	}
	switch {
	case o.Superuser == nil:
	case *o.Superuser:
		text += " SUPERUSER"
	default:
		text += " NOSUPERUSER"
	}
	return text
}

func (a *Access) text(what string) string {
	if a.All {
		return "ALL " + what
	}
	names := make([]string, len(a.Names))
	for i, n := range a.Names {
		names[i] = quoteText(n)
	}
	return what + " {" + strings.Join(names, ", ") + "}"
}

func permissionList(all []string) string {
	if all == nil {
		return "ALL PERMISSIONS"
	}
	return strings.Join(all, ", ")
}

func roleWord(user bool) string {
	if user {
		return "USER"
	}
	return "ROLE"
}

func when(yes bool, text string) string {
	if yes {
		return text
	}
	return ""
}

func ofText(of *string) string {
	if of == nil {
		return ""
	}
	return " OF " + quoteRole(*of)
}

func qualified(keyspace, name string) string {
	if keyspace == "" {
		return cqltype.QuoteName(name)
	}
	return cqltype.QuoteName(keyspace) + "." + cqltype.QuoteName(name)
}

// quoteRole writes a role's name as a string, which keeps every letter whatever the statement.
func quoteRole(name string) string { return quoteText(name) }

func quoteText(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
