package schema

import (
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
)

// createAggregate is CREATE AGGREGATE.
// Source: Cassandra 5.0, CreateAggregateStatement.apply, for the order of its checks.
func (x *execution) createAggregate(q *cql.CreateAggregate) (Outcome, error) {
	name, err := x.functionKeyspace(q.Aggregate)
	if err != nil {
		return Outcome{}, err
	}
	if err := bothDirectives(q.OrReplace, q.IfNotExists); err != nil {
		return Outcome{}, err
	}
	if !isFunctionName(name.Name) {
		return Outcome{}, cassandra.Invalidf("Aggregate name '%s' is invalid", name.Name)
	}
	if err := argumentsNotFrozen(q.ArgTypes); err != nil {
		return Outcome{}, err
	}
	if isFrozen(q.StateType) {
		return Outcome{}, cassandra.Invalidf("State type '%s' cannot be frozen; remove frozen<> modifier from '%[1]s'", typeText(q.StateType))
	}
	k := x.schema.Keyspace(name.Keyspace)
	if k == nil {
		return Outcome{}, cassandra.Configf("Keyspace %s doesn't exist", name.Keyspace)
	}
	a := &Aggregate{Keyspace: k.Name, Name: name.Name, StateFunction: q.StateFunction, FinalFunction: q.FinalFunction}
	if a.ArgTypes, err = resolveAll(q.ArgTypes, k); err != nil {
		return Outcome{}, err
	}
	if a.StateType, err = resolve(q.StateType, k.Name, k.Types, false); err != nil {
		return Outcome{}, err
	}
	if err := k.findFunctions(a, q); err != nil {
		return Outcome{}, err
	}
	if err := x.initCond(a, q, k.StateFunctionOf(a)); err != nil {
		return Outcome{}, err
	}
	edit := Edit{Kind: PutAggregate, In: k.Name, Aggregate: a}
	if k.Functions[a.Signature()] != nil {
		return Outcome{}, cassandra.Invalidf("Aggregate '%s' cannot replace a function", a.Name)
	}
	old := k.Aggregates[a.Signature()]
	switch {
	case old == nil:
		return x.signed("CREATED", "AGGREGATE", k.Name, a.Name, a.ArgTypes, edit)
	case q.IfNotExists:
		return Outcome{}, nil
	case !q.OrReplace:
		return Outcome{}, cassandra.Invalidf("Aggregate '%s' already exists", a.Name)
	case !a.Return.ReadsValuesOf(old.Return):
		return Outcome{}, cassandra.Invalidf("Cannot replace aggregate '%s', the new return type %s isn't compatible with the return type %s of existing function", a.Name, a.Return, old.Return)
	}
	return x.replaced("AGGREGATE", k.Name, a.Name, a.ArgTypes, edit)
}

// findFunctions checks the functions that an aggregate names, and takes its return type from them.
func (k *Keyspace) findFunctions(a *Aggregate, q *cql.CreateAggregate) error {
	shown := func(name string, types ...*cql.TypeName) string {
		texts := make([]string, len(types))
		for i, t := range types {
			texts[i] = typeText(t)
		}
		return k.Name + "." + name + "(" + strings.Join(texts, ", ") + ")"
	}
	state := shown(a.StateFunction, append([]*cql.TypeName{q.StateType}, q.ArgTypes...)...)
	f := k.StateFunctionOf(a)
	switch {
	case f != nil:
	case k.Aggregates[signature(a.StateFunction, append([]*cqltype.Type{a.StateType}, a.ArgTypes...))] != nil:
		return cassandra.Invalidf("State function %s isn't a scalar function", state)
	default:
		return cassandra.Invalidf("State function %s doesn't exist", state)
	}
	if !f.Return.Equal(a.StateType) {
		return cassandra.Invalidf("State function %s return type must be the same as the first argument type - check STYPE, argument and return types", state)
	}
	a.Return = a.StateType
	if a.FinalFunction == "" {
		return nil
	}
	final := shown(a.FinalFunction, q.StateType)
	f = k.FinalFunctionOf(a)
	switch {
	case f != nil:
	case k.Aggregates[signature(a.FinalFunction, []*cqltype.Type{a.StateType})] != nil:
		return cassandra.Invalidf("Final function %s isn't a scalar function", final)
	default:
		return cassandra.Invalidf("Final function %s doesn't exist", final)
	}
	a.Return = f.Return
	return nil
}

// initCond computes the first state.
func (x *execution) initCond(a *Aggregate, q *cql.CreateAggregate, state *Function) error {
	_, null := q.InitCond.(*cql.Null)
	if q.InitCond != nil && !null {
		if x.facts.Functions.Constant == nil {
			return ErrFunctionsDisabled
		}
		value, err := x.facts.Functions.Constant(x.schema, a.Keyspace, q.InitCond, a.StateType)
		if err != nil {
			return err
		}
		if value != nil && a.StateType.Validate(value) != nil {
			return cassandra.Invalidf("Invalid value for INITCOND of type %s", a.StateType)
		}
		if len(value) == 0 && !mayBeEmpty(a.StateType) {
			return cassandra.Invalidf("INITCOND must not be empty for all types except TEXT, ASCII, BLOB")
		}
		a.InitCond = value
	}
	if a.InitCond == nil && !state.CalledOnNull {
		return cassandra.Invalidf("Cannot create aggregate '%s' without INITCOND because state function %s does not accept 'null' arguments", a.Name, a.Keyspace+"."+a.StateFunction)
	}
	return nil
}

func mayBeEmpty(t *cqltype.Type) bool {
	return t.Kind == cqltype.KindText || t.Kind == cqltype.KindASCII || t.Kind == cqltype.KindBlob
}
