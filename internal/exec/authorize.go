package exec

import (
	"helenus/internal/auth"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
	"helenus/internal/plan"
	"helenus/internal/plan/function"
	"helenus/internal/schema"
)

// authorize checks that the session may execute a statement that was planned, or one without a plan that is no change of the schema.
//
// Budget: where nobody logs in, a comparison; for a statement that its session's role was let execute before, a comparison more; where columns
// are masked four lookups; nothing is allocated.
func (x *execution) authorize(p *planned) error {
	id := x.session.identity()
	if id.err != nil {
		return id.err
	}
	if id.subject == nil || !x.executor.options.Login.Policy.Authorizes {
		return nil
	}
	if p.granted.Load() != id.subject {
		for _, c := range p.asks {
			if err := c.Ensure(id.subject); err != nil {
				return err
			}
		}
		if p.masks != nil {
			if err := p.masks.ensure(id.subject); err != nil {
				return err
			}
		}
		p.granted.Store(id.subject)
	}
	if p.masks != nil && !id.subject.Has(auth.Unmask, p.masks.table) {
		x.masked = true
	}
	return nil
}

// authorizeChange is authorize for a change of the schema, by the roles that it is decided with.
func (x *execution) authorizeChange(statement cql.Statement, in *schema.Schema, roles *auth.Roles) error {
	id := x.session.identity()
	if id.err != nil {
		return id.err
	}
	if id.subject == nil || !x.executor.options.Login.Policy.Authorizes {
		return nil
	}
	asks, err := x.asks(statement, in)
	if err != nil {
		return err
	}
	for _, c := range asks {
		if err := c.Ensure(roles.Subject(x.session.role)); err != nil {
			return err
		}
	}
	return nil
}

// authorizeMade checks what a statement has come to that makes or replaces a function or an aggregate.
func (x *execution) authorizeMade(e *schema.Event, roles *auth.Roles) error {
	id := x.session.identity()
	if e == nil || e.Target != "FUNCTION" && e.Target != "AGGREGATE" || id.subject == nil || !x.executor.options.Login.Policy.Authorizes {
		return id.err
	}
	c := auth.Check{Permission: auth.Create, On: auth.KeyspaceFunctions(e.Keyspace)}
	switch e.Change {
	case "DROPPED":
		return nil
	case "UPDATED":
		c = auth.Check{Permission: auth.Alter, On: auth.Function(e.Keyspace, e.Name, e.ArgTypes)}
	}
	return c.Ensure(roles.Subject(x.session.role))
}

// asks is auth.Asks, and finds the table of an index that is named alone; one that is not there is no secret.
func (x *execution) asks(statement cql.Statement, in *schema.Schema) ([]auth.Check, error) {
	keyspace := func(n cql.Name) *schema.Keyspace {
		if n.Keyspace == "" {
			n.Keyspace = x.keyspace()
		}
		return in.Keyspace(n.Keyspace)
	}
	switch q := statement.(type) {
	case *cql.DropIndex:
		if k := keyspace(q.Index); k != nil {
			if _, t := k.FindIndex(q.Index.Name); t != nil {
				return []auth.Check{{Permission: auth.Alter, On: auth.Table(t.Keyspace, t.Name)}}, nil
			}
		}
		return nil, nil
	case *cql.CreateView:
		n := q.View
		n.Name = q.Table.Name
		return auth.Asks(&cql.AlterTable{Table: n}, x.keyspace())
	case *cql.AlterView:
		return onBase(keyspace(q.View), q.View.Name), nil
	case *cql.DropView:
		return onBase(keyspace(q.View), q.View.Name), nil
	case *cql.CreateFunction:
		return making(keyspace(q.Function), q.Function.Name, q.OrReplace, len(q.ArgTypes)), nil
	case *cql.CreateAggregate:
		k := keyspace(q.Aggregate)
		all := making(k, q.Aggregate.Name, q.OrReplace, len(q.ArgTypes))
		if k != nil {
			for _, f := range k.SortedFunctions() {
				if f.Name == q.StateFunction || f.Name == q.FinalFunction {
					all = append(all, auth.Check{Permission: auth.Execute, On: auth.Function(f.Keyspace, f.Name, f.ArgTypes)})
				}
			}
		}
		return all, nil
	case *cql.DropFunction:
		args := -1
		if q.WithArgs {
			args = len(q.ArgTypes)
		}
		return onFunctions(keyspace(q.Function), q.Function.Name, args, auth.Drop), nil
	}
	return auth.Asks(statement, x.keyspace())
}

// onBase asks for ALTER on the table that a view is of; a view that is not there is no secret.
func onBase(k *schema.Keyspace, view string) []auth.Check {
	if k == nil || k.Tables[view] == nil || !k.Tables[view].IsView() {
		return nil
	}
	return []auth.Check{{Permission: auth.Alter, On: auth.Table(k.Name, k.Tables[view].View.BaseName)}}
}

// making is what it takes to make a function or an aggregate with so many arguments. Whether OR REPLACE makes one or replaces one of that many
// arguments is known when their types are: authorizeMade asks then.
func making(k *schema.Keyspace, name string, replaces bool, args int) []auth.Check {
	if k == nil {
		return nil // which is told when the change is tried
	}
	if replaces {
		if len(onFunctions(k, name, args, auth.Alter)) > 0 {
			return nil
		}
	}
	return []auth.Check{{Permission: auth.Create, On: auth.KeyspaceFunctions(k.Name)}}
}

// onFunctions asks for a permission on all functions and aggregates of a name with so many arguments; -1: any number.
func onFunctions(k *schema.Keyspace, name string, args int, p auth.Permission) (all []auth.Check) {
	if k == nil {
		return nil
	}
	add := func(n string, types []*cqltype.Type) {
		if n == name && (args < 0 || args == len(types)) {
			all = append(all, auth.Check{Permission: p, On: auth.Function(k.Name, n, types)})
		}
	}
	for _, f := range k.SortedFunctions() {
		add(f.Name, f.ArgTypes)
	}
	for _, a := range k.SortedAggregates() {
		add(a.Name, a.ArgTypes)
	}
	return all
}

// executing is what it takes to call the functions of users that a plan calls.
func executing(p plan.Plan) (all []auth.Check) {
	c, ok := p.(interface{ UserCalls() []*function.Function })
	if !ok {
		return nil
	}
	for _, f := range c.UserCalls() {
		all = append(all, auth.Check{Permission: auth.Execute, On: auth.Function(f.Name.Keyspace, f.Name.Name, f.ArgTypes)})
		for _, u := range f.Uses {
			all = append(all, auth.Check{Permission: auth.Execute, On: auth.Function(u.Keyspace, u.Name, u.ArgTypes)})
		}
	}
	return all
}

// follow is what a change of the schema does to the roles: whoever made something may do everything with it; what is gone is forgotten.
func (x *execution) follow(e *schema.Event, roles *auth.Roles) auth.Change {
	switch {
	case e == nil:
	case e.Change == "DROPPED" && e.Target == "KEYSPACE":
		return roles.ForgettingKeyspace(e.Keyspace)
	case e.Change == "DROPPED" && e.Target == "TABLE":
		gone := auth.Table(e.Keyspace, e.Name)
		return roles.Forgetting(func(r auth.Resource) bool { return r == gone })
	case e.Change == "DROPPED" && (e.Target == "FUNCTION" || e.Target == "AGGREGATE"):
		gone := auth.Function(e.Keyspace, e.Name, e.ArgTypes)
		return roles.Forgetting(func(r auth.Resource) bool { return r == gone })
	case x.session.role == "" || !x.executor.options.Login.Policy.Authorizes || e.Change != "CREATED":
	case e.Target == "KEYSPACE":
		return roles.Granting(x.session.role, auth.Keyspace(e.Keyspace), auth.KeyspaceFunctions(e.Keyspace))
	case e.Target == "FUNCTION", e.Target == "AGGREGATE":
		return roles.Granting(x.session.role, auth.Function(e.Keyspace, e.Name, e.ArgTypes))
	case e.Target == "TABLE":
		return roles.Granting(x.session.role, auth.Table(e.Keyspace, e.Name))
	}
	return auth.Change{}
}

// isSuperuser says whether the session has logged in as a superuser.
func (x *execution) isSuperuser() bool {
	id := x.session.identity()
	return id.subject != nil && id.subject.Superuser
}
