package schema

import (
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
)

// dropFunction is DROP FUNCTION and DROP AGGREGATE.
// Source: Cassandra 5.0, DropFunctionStatement.apply and DropAggregateStatement.apply.
func (x *execution) dropFunction(q *cql.DropFunction) (Outcome, error) {
	what, verb := "Function", "FUNCTION"
	if q.Aggregate {
		what, verb = "Aggregate", "AGGREGATE"
	}
	name, err := x.functionKeyspace(q.Function)
	if err != nil {
		return Outcome{}, err
	}
	shown := name.Keyspace + "." + name.Name
	if q.WithArgs {
		texts := make([]string, len(q.ArgTypes))
		for i, t := range q.ArgTypes {
			texts[i] = typeText(t)
		}
		shown += "(" + strings.Join(texts, ", ") + ")"
	}
	missing := func() (Outcome, error) {
		if q.IfExists {
			return Outcome{}, nil
		}
		return Outcome{}, cassandra.Invalidf("%s '%s' doesn't exist", what, shown)
	}
	k := x.schema.Keyspace(name.Keyspace)
	if k == nil {
		return missing()
	}
	if !q.WithArgs && k.overloads(name.Name) > 1 {
		return Outcome{}, cassandra.Invalidf("'DROP %s %s' matches multiple function definitions; specify the argument types by issuing a statement like 'DROP %[1]s %[2]s (type, type, ...)'. You can use cqlsh 'DESCRIBE %[1]s %[2]s' command to find all overloads", verb, name.Name)
	}
	if err := argumentsNotFrozen(q.ArgTypes); err != nil {
		return Outcome{}, err
	}
	args, err := resolveAll(q.ArgTypes, k)
	if err != nil {
		return Outcome{}, err
	}
	fits := func(of string, types []*cqltype.Type) bool {
		return of == name.Name && (!q.WithArgs || signature(of, types) == signature(name.Name, args))
	}
	if q.Aggregate {
		for _, a := range k.SortedAggregates() {
			if fits(a.Name, a.ArgTypes) {
				return x.signed("DROPPED", verb, k.Name, a.Name, a.ArgTypes, Edit{Kind: DropAggregate, In: k.Name, Name: a.Signature()})
			}
		}
		return missing()
	}
	for _, f := range k.SortedFunctions() {
		if !fits(f.Name, f.ArgTypes) {
			continue
		}
		if users := k.aggregatesWith(f); len(users) > 0 {
			return Outcome{}, cassandra.Invalidf("Function '%s' is still referenced by aggregates %s", shown, strings.Join(users, ", "))
		}
		if masked := k.tablesMaskedBy(f); len(masked) > 0 {
			return Outcome{}, cassandra.Invalidf("Function '%s' is still referenced by column masks in tables %s", shown, strings.Join(masked, ", "))
		}
		return x.signed("DROPPED", verb, k.Name, f.Name, f.ArgTypes, Edit{Kind: DropFunction, In: k.Name, Name: f.Signature()})
	}
	return missing()
}

// overloads counts the functions and aggregates of one name.
func (k *Keyspace) overloads(name string) (n int) {
	for _, f := range k.Functions {
		if f.Name == name {
			n++
		}
	}
	for _, a := range k.Aggregates {
		if a.Name == name {
			n++
		}
	}
	return n
}

// aggregatesWith are the names of the aggregates that call a function.
func (k *Keyspace) aggregatesWith(f *Function) (all []string) {
	for _, a := range k.SortedAggregates() {
		if k.StateFunctionOf(a) == f || k.FinalFunctionOf(a) == f {
			all = append(all, a.Keyspace+"."+a.Name)
		}
	}
	return all
}
