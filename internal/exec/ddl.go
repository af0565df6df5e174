package exec

import (
	"helenus/internal/auth"
	"helenus/internal/cluster/metadata"
	"helenus/internal/cql"
	"helenus/internal/plan"
	"helenus/internal/protocol"
	"helenus/internal/schema"
)

// execDDL proposes a schema change and answers what it came to.
func (x *execution) execDDL(statement cql.Statement) error {
	out, err := x.propose(statement)
	if err != nil {
		return err
	}
	if out.Event == nil {
		x.void()
		return nil
	}
	e := out.Event
	x.resp.Body = protocol.AppendSchemaChange(x.resp.Body, &protocol.SchemaChange{Change: e.Change, Target: e.Target, Keyspace: e.Keyspace, Name: e.Name, Args: e.Args})
	return nil
}

// viewFacts are what it takes to make views.
func (x *execution) viewFacts() (facts schema.ViewFacts) {
	if x.executor.options.Views {
		facts.Restrict = func(s *schema.Schema, base *schema.Table, where []cql.Relation) (*schema.ViewRestrictions, error) {
			return plan.RestrictView(s, base, where, &x.env)
		}
	}
	return facts
}

// propose carries a schema statement out: once this returns, the change is durable and every later request sees it.
func (x *execution) propose(statement cql.Statement) (schema.Outcome, error) {
	facts := x.executor.options.Facts()
	facts.Keyspace = x.keyspace()
	facts.TableID = x.executor.uuids.timeUUID()
	facts.Now = x.executor.options.Clock.Now()
	facts.Functions, facts.Views = x.functionFacts(), x.viewFacts()
	facts.NoDefaultIndex, facts.SASI = x.executor.options.NoDefaultIndex, x.executor.options.SASI
	if x.guard() != nil {
		facts.Guardrails = x.executor.options.Guardrails
	}
	if x.executor.options.Masking {
		facts.Mask = x.makeMask
	}
	if _, makes := statement.(*cql.CreateFunction); makes {
		// The body is compiled before the change is proposed: it may take a while, and a proposal may not.
		m := x.executor.options.Metadata
		if err := x.authorizeChange(statement, m.Schema(), m.Roles()); err != nil {
			return schema.Outcome{}, err
		}
		out, err := schema.Execute(m.Schema(), statement, facts)
		if err == nil {
			err = x.authorizeMade(out.Event, m.Roles())
		}
		if err != nil || out.Change.IsEmpty() {
			return out, err
		}
	}
	out, err := x.executor.options.Metadata.Propose(x.ctx, func(s *schema.Schema, roles *auth.Roles) (p metadata.Proposal, err error) {
		if err := x.authorizeChange(statement, s, roles); err != nil {
			return p, err
		}
		if p.Schema, err = schema.Execute(s, statement, facts); err != nil {
			return p, err
		}
		if err := x.authorizeMade(p.Schema.Event, roles); err != nil {
			return p, err
		}
		if _, view := statement.(*cql.CreateView); !view { // whose permissions are its base's
			p.Roles.Change = x.follow(p.Schema.Event, roles)
		}
		return p, nil
	})
	x.warnAll(out)
	return out.Schema, err
}
