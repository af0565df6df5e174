package plan

import (
	"slices"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
	"helenus/internal/schema"
)

// assignment is one change of one column: a SET of UPDATE, a value of INSERT, a column, element or field of DELETE.
type assignment interface {
	// reads says whether apply needs the row as it is.
	reads() bool
	// apply evaluates the change and notes its cells in w.
	apply(w *cellWriter) error
}

// columnWrite is all that a statement does to one column.
type columnWrite struct {
	column *schema.Column
	all    []assignment
}

// columnWrites are ascending by column id, as a row delta wants them.
type columnWrites []columnWrite

func (c *columnWrites) add(column *schema.Column, a assignment) {
	at, found := slices.BinarySearchFunc(*c, column.ID, func(w columnWrite, id uint32) int { return int(w.column.ID) - int(id) })
	if !found {
		*c = slices.Insert(*c, at, columnWrite{column: column})
	}
	(*c)[at].all = append((*c)[at].all, a)
}

func (c columnWrites) reads() bool {
	for i := range c {
		for _, a := range c[i].all {
			if a.reads() {
				return true
			}
		}
	}
	return false
}

// assign makes the assignment of one SET of UPDATE.
// Source: Cassandra 5.0, Operation.
func (s *Scope) assignmentOf(c *schema.Column, a *cql.Assignment) (assignment, error) {
	switch a.Op {
	case cql.AssignSet:
		return s.setColumn(c, a.Value)
	case cql.AssignAdd:
		return s.addition(c, a)
	case cql.AssignSub:
		return s.subtraction(c, a)
	case cql.AssignPrepend:
		return s.prepend(c, a)
	case cql.AssignElement:
		return s.setElement(c, a)
	}
	return s.setField(c, a)
}

// assignmentText is an assignment as messages show it. Cassandra writes the prepending of a list with a minus.
func assignmentText(a *cql.Assignment) string {
	v := ExprText(a.Value)
	switch a.Op {
	case cql.AssignAdd:
		return a.Column + " = " + a.Column + " + " + v
	case cql.AssignSub:
		return a.Column + " = " + a.Column + " - " + v
	case cql.AssignPrepend:
		return a.Column + " = " + v + " - " + a.Column
	case cql.AssignElement:
		return a.Column + "[" + ExprText(a.Key) + "] = " + v
	case cql.AssignField:
		return a.Column + "." + a.Field + " = " + v
	}
	return a.Column + " = " + v
}

// setColumn is c = value and a value of INSERT.
func (s *Scope) setColumn(c *schema.Column, value cql.Expr) (assignment, error) {
	t, err := s.Term(value, ColumnReceiver(c))
	if err != nil {
		return nil, err
	}
	if _, ok := value.(*cql.TupleLit); ok && c.Type.Kind == cqltype.KindUDT {
		return nil, cassandra.Invalidf("Invalid tuple type literal for %s of type %s", c.Name, c.Type) // inside of other values it may be; here Cassandra fails
	}
	if c.Type.Kind == cqltype.KindCounter {
		return nil, cassandra.Invalidf("Cannot set the value of counter column %s (counters can only be incremented/decremented, not set)", c.Name)
	}
	return assignValue(c, t), nil
}

// assignValue overwrites a column with a term's value.
func assignValue(c *schema.Column, t Term) assignment {
	if !c.Type.IsMultiCell() {
		return &setCell{t}
	}
	switch c.Type.Kind {
	case cqltype.KindList:
		return &overwrite{&listAppend{t}}
	case cqltype.KindSet:
		return &overwrite{&setAdd{t}}
	case cqltype.KindMap:
		return &overwrite{&mapPut{t}}
	}
	return &overwrite{&fieldsSet{t}}
}

func (s *Scope) addition(c *schema.Column, a *cql.Assignment) (assignment, error) {
	if err := refuseSum(c, a); err != nil {
		return nil, err
	}
	t, err := s.Term(a.Value, ColumnReceiver(c))
	if err != nil {
		if c.Type.Kind == cqltype.KindMap {
			err = cassandra.Invalidf("Value for a map addition has to be a map, but was: '%s'", ExprText(a.Value))
		}
		return nil, err
	}
	switch c.Type.Kind {
	case cqltype.KindList:
		return &listAppend{t}, nil
	case cqltype.KindSet:
		return &setAdd{t}, nil
	case cqltype.KindMap:
		return &mapPut{t}, nil
	}
	return &counterAdd{t, false}, nil
}

// refuseSum says which columns + and - are not for.
func refuseSum(c *schema.Column, a *cql.Assignment) error {
	switch {
	case c.Type.IsCollection():
		if !c.Type.IsMultiCell() {
			return cassandra.Invalidf("Invalid operation (%s) for frozen collection column %s", assignmentText(a), c.Name)
		}
	case a.Op == cql.AssignAdd && (c.Type.Kind == cqltype.KindTuple || c.Type.Kind == cqltype.KindUDT):
		return cassandra.Invalidf("Invalid operation (%s) for tuple column %s", assignmentText(a), c.Name)
	case c.Type.Kind != cqltype.KindCounter:
		return cassandra.Invalidf("Invalid operation (%s) for non counter column %s", assignmentText(a), c.Name)
	}
	return nil
}

func (s *Scope) subtraction(c *schema.Column, a *cql.Assignment) (assignment, error) {
	if err := refuseSum(c, a); err != nil {
		return nil, err
	}
	if c.Type.Kind == cqltype.KindMap {
		return s.mapSubtraction(c, a)
	}
	t, err := s.Term(a.Value, ColumnReceiver(c))
	if err != nil {
		return nil, err
	}
	switch c.Type.Kind {
	case cqltype.KindList:
		return &listRemove{t}, nil
	case cqltype.KindSet:
		return &pathsRemove{t}, nil
	}
	return &counterAdd{t, true}, nil
}

// mapSubtraction takes keys away: a set of them, to which Cassandra has no type hint said.
func (s *Scope) mapSubtraction(c *schema.Column, a *cql.Assignment) (assignment, error) {
	t, err := s.Term(a.Value, Receiver{Name: c.Name, Type: cqltype.SetOf(c.Type.Elems[0], false)})
	if _, hinted := a.Value.(*cql.Hint); hinted || err != nil {
		return nil, cassandra.Invalidf("Value for a map substraction has to be a set, but was: '%s'", ExprText(a.Value))
	}
	return &pathsRemove{t}, nil
}

func (s *Scope) prepend(c *schema.Column, a *cql.Assignment) (assignment, error) {
	t, err := s.Term(a.Value, ColumnReceiver(c))
	if err != nil {
		return nil, err
	}
	if c.Type.Kind != cqltype.KindList {
		return nil, cassandra.Invalidf("Invalid operation (%s) for non list column %s", assignmentText(a), c.Name)
	}
	if !c.Type.IsMultiCell() {
		return nil, cassandra.Invalidf("Invalid operation (%s) for frozen list column %s", assignmentText(a), c.Name)
	}
	return &listPrepend{t}, nil
}

func (s *Scope) setElement(c *schema.Column, a *cql.Assignment) (assignment, error) {
	switch {
	case !c.Type.IsCollection():
		return nil, cassandra.Invalidf("Invalid operation (%s) for non collection column %s", assignmentText(a), c.Name)
	case !c.Type.IsMultiCell():
		return nil, cassandra.Invalidf("Invalid operation (%s) for frozen collection column %s", assignmentText(a), c.Name)
	case c.Type.Kind == cqltype.KindSet:
		return nil, cassandra.Invalidf("Invalid operation (%s) for set column %s", assignmentText(a), c.Name)
	}
	k, err := s.Term(a.Key, elementKey(c))
	if err != nil {
		return nil, err
	}
	v, err := s.Term(a.Value, ColumnReceiver(c).Elem())
	if err != nil {
		return nil, err
	}
	if c.Type.Kind == cqltype.KindList {
		return &listSet{k, v}, nil
	}
	return &mapSet{k, v}, nil
}

// elementKey is the place of what is in the brackets of c[…].
func elementKey(c *schema.Column) Receiver {
	switch c.Type.Kind {
	case cqltype.KindList:
		return Receiver{Name: "idx(" + c.Name + ")", Type: cqltype.Int}
	case cqltype.KindMap:
		return ColumnReceiver(c).MapKey()
	}
	return ColumnReceiver(c).Elem()
}

func (s *Scope) setField(c *schema.Column, a *cql.Assignment) (assignment, error) {
	if c.Type.Kind != cqltype.KindUDT {
		return nil, cassandra.Invalidf("Invalid operation (%s) for non-UDT column %s", assignmentText(a), c.Name)
	}
	if !c.Type.IsMultiCell() {
		return nil, cassandra.Invalidf("Invalid operation (%s) for frozen UDT column %s", assignmentText(a), c.Name)
	}
	i, err := fieldIndex(c, a.Field)
	if err != nil {
		return nil, err
	}
	v, err := s.Term(a.Value, ColumnReceiver(c).field(i))
	if err != nil {
		return nil, err
	}
	return &fieldSet{uint16(i), v}, nil
}

func fieldIndex(c *schema.Column, field string) (int, error) {
	i := slices.Index(c.Type.FieldNames, field)
	if i < 0 {
		return 0, cassandra.Invalidf("UDT column %s does not have a field named %s", c.Name, field)
	}
	return i, nil
}
