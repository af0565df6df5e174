package exec

import (
	"helenus/internal/auth"
	"helenus/internal/cluster/metadata"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
	"helenus/internal/protocol"
	"helenus/internal/schema"
)

// roleFacts are what statements on roles need to know.
func (x *execution) roleFacts(s *schema.Schema) auth.Facts {
	login := &x.executor.options.Login
	f := auth.Facts{Policy: login.Policy, Actor: x.session.role, Keyspace: x.keyspace(), Schema: s}
	if login.Datacenters != nil {
		f.Datacenters = login.Datacenters()
	}
	return f
}

// errUnhashed has a password hashed, which was not known to be wanted before.
type errUnhashed struct{}

func (errUnhashed) Error() string { return "the password is not hashed yet" }

// execRole carries out a statement that changes roles. A password is hashed once it is known that the statement would take it, so that nobody
// spends the node's time who may not; then the statement is decided by the roles as they are when it takes effect.
func (x *execution) execRole(statement cql.Statement) error {
	if id := x.session.identity(); id.err != nil {
		return id.err
	}
	hash := ""
	for {
		out, err := x.executor.options.Metadata.Propose(x.ctx, func(s *schema.Schema, roles *auth.Roles) (p metadata.Proposal, err error) {
			facts := x.roleFacts(s)
			facts.Hash = hash
			p.Roles, err = auth.Decide(roles, statement, facts)
			if _, wants := auth.PasswordOf(statement); wants && err == nil && hash == "" && !p.Roles.Change.IsEmpty() {
				err = errUnhashed{}
			}
			return p, err
		})
		if _, again := err.(errUnhashed); again {
			password, _ := auth.PasswordOf(statement)
			if hash, err = x.hash(password); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		x.warnAll(out)
		x.void()
		return nil
	}
}

func (x *execution) hash(password string) (string, error) {
	if f := x.executor.options.Login.Hash; f != nil {
		return f(x.ctx, x.session.client, password)
	}
	return auth.HashPassword(password)
}

func (x *execution) warnAll(p metadata.Proposal) {
	for _, w := range p.Schema.Warnings {
		x.warn(w)
	}
	for _, w := range p.Roles.Warnings {
		x.warn(w)
	}
}

// columnsOf are columns of a result that no table has.
func columnsOf(table string, names ...string) []protocol.Column {
	columns := make([]protocol.Column, len(names))
	for i, name := range names {
		columns[i] = protocol.Column{Keyspace: "system_auth", Table: table, Name: name, Type: cqltype.Text}
	}
	return columns
}

// execListRoles answers LIST ROLES and LIST USERS.
func (x *execution) execListRoles(q *cql.ListRoles) error {
	id := x.session.identity()
	if id.err != nil {
		return id.err
	}
	rows, err := auth.ListRoles(x.executor.options.Metadata.Roles(), q, x.roleFacts(x.executor.options.Metadata.Schema()))
	if err != nil {
		return err
	}
	columns := columnsOf("roles", "role", "super", "login", "options", "datacenters")
	columns[1].Type, columns[2].Type, columns[3].Type = cqltype.Boolean, cqltype.Boolean, cqltype.MapOf(cqltype.Text, cqltype.Text, false)
	if q.Users {
		columns = columnsOf("users", "name", "super", "datacenters")
		columns[1].Type = cqltype.Boolean
	}
	noOptions := columnsOptions.Join(nil)
	values := make([][][]byte, len(rows))
	for i, r := range rows {
		super := boolean(r.Superuser)
		values[i] = [][]byte{[]byte(r.Name), super, boolean(r.Login), noOptions, []byte(r.Datacenters)}
		if q.Users {
			values[i] = [][]byte{[]byte(r.Name), super, []byte(r.Datacenters)}
		}
	}
	x.rowsOrVoid(columns, values)
	return nil
}

var columnsOptions = cqltype.MapOf(cqltype.Text, cqltype.Text, false)

func boolean(b bool) []byte {
	if b {
		return []byte{1}
	}
	return []byte{0}
}

// execListPermissions answers LIST of permissions.
func (x *execution) execListPermissions(q *cql.ListPermissions) error {
	id := x.session.identity()
	if id.err != nil {
		return id.err
	}
	all, err := auth.ListPermissions(x.executor.options.Metadata.Roles(), q, x.roleFacts(x.executor.options.Metadata.Schema()))
	if err != nil {
		return err
	}
	values := make([][][]byte, len(all))
	for i, g := range all {
		name := []byte(g.Role)
		values[i] = [][]byte{name, name, []byte(g.On.String()), []byte(g.Permission.String())}
	}
	x.rowsOrVoid(columnsOf("permissions", "role", "username", "resource", "permission"), values)
	return nil
}

// rowsOrVoid answers with rows; where there are none Cassandra's LIST has no result at all.
func (x *execution) rowsOrVoid(columns []protocol.Column, rows [][][]byte) {
	if len(rows) == 0 {
		x.void()
		return
	}
	x.appendRows(columns, rows)
}
