package exec

import (
	"helenus/internal/auth"
	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/plan"
	"helenus/internal/protocol"
)

// run executes a request by its opcode.
func (x *execution) run() error {
	switch x.req.Opcode {
	case protocol.OpQuery:
		return x.runQuery()
	case protocol.OpPrepare:
		return x.runPrepare()
	case protocol.OpExecute:
		return x.runExecute()
	case protocol.OpBatch:
		return x.runBatch()
	}
	return cassandra.Protocolf("Unexpected opcode %d", x.req.Opcode)
}

// runPlan executes a planned statement with the values in x.env.
func (x *execution) runPlan(p *planned) error {
	err := x.carryOut(p)
	x.timed(p)
	return err
}

func (x *execution) carryOut(p *planned) error {
	switch q := p.plan.(type) {
	case *plan.Select:
		return x.execSelect(q, p)
	case *plan.Modify:
		return x.execModify(q)
	case *plan.Batch:
		return x.execBatch(q)
	}
	return cassandra.Serverf("%T can't be executed", p.plan)
}

// runUnplanned executes a statement that has no plan.
func (x *execution) runUnplanned(parsed cql.Statement) error {
	switch q := parsed.(type) {
	case *cql.Use:
		return x.execUse(q)
	case *cql.Truncate:
		return x.execTruncate(q)
	case *cql.Describe:
		return x.execDescribe(q)
	case *cql.Unsupported:
		return x.execUnsupported(q)
	case *cql.ListRoles:
		return x.execListRoles(q)
	case *cql.ListPermissions:
		return x.execListPermissions(q)
	}
	if auth.IsStatement(parsed) {
		return x.execRole(parsed)
	}
	return x.execDDL(parsed)
}

// void answers that a statement was carried out.
func (x *execution) void() { x.resp.Body = protocol.AppendVoid(x.resp.Body) }
