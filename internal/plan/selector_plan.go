package plan

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
	"helenus/internal/plan/function"
	"helenus/internal/schema"
)

// selection plans the selectors of one SELECT.
type selection struct {
	scope *Scope
	slots map[uint32]int // a column's place in Table.Columns, by id
	need  []bool
	// aggregates in the order of their states.
	aggregates []*aggregateSelector
	inside     bool           // inside an aggregate's arguments
	masked     bool           // something that is read has a mask
	callsUser  bool           // of which some are functions of users
	first      *schema.Column // the first that was named
	checks     []func(*Run) error
}

func newSelection(s *Scope) *selection {
	columns := s.Table.Columns()
	n := &selection{scope: s, slots: map[uint32]int{}, need: make([]bool, len(columns))}
	for i, c := range columns {
		n.slots[c.ID] = i
	}
	return n
}

// want marks a column as read.
func (n *selection) want(c *schema.Column) int {
	slot := n.slots[c.ID]
	n.need[slot] = true
	return slot
}

func (n *selection) column(name string) (*columnSelector, error) {
	c := n.scope.Table.Column(name)
	if c == nil {
		return nil, n.scope.Table.UndefinedColumn(name)
	}
	if n.first == nil {
		n.first = c
	}
	return n.show(c)
}

// show selects a column.
func (n *selection) show(c *schema.Column) (*columnSelector, error) {
	s := &columnSelector{column: c, slot: n.want(c)}
	if c.Mask == nil {
		return s, nil
	}
	var err error
	if s.mask, err = n.scope.masker(c); err != nil {
		return nil, err
	}
	n.masked, n.callsUser = true, n.callsUser || s.mask.f.User
	return s, nil
}

// isSelector says whether an expression is planned as a selector, with a type of its own: it reads a row, calls something or computes. Others, constants and
// literals of them, take the type that is wanted.
func isSelector(e cql.Expr) bool {
	switch e := e.(type) {
	case *cql.Column, *cql.Element, *cql.Slice, *cql.Field, *cql.Call, *cql.Cast, *cql.Binary, *cql.Negate:
		return true
	case *cql.Hint:
		return isSelector(e.Of)
	case *cql.Paren:
		return isSelector(e.Of)
	case *cql.ListLit:
		return slices.ContainsFunc(e.Elems, isSelector)
	case *cql.SetLit:
		return slices.ContainsFunc(e.Elems, isSelector)
	case *cql.TupleLit:
		return slices.ContainsFunc(e.Elems, isSelector)
	case *cql.MapLit:
		return slices.ContainsFunc(e.Keys, isSelector) || slices.ContainsFunc(e.Values, isSelector)
	case *cql.UDTLit:
		return slices.ContainsFunc(e.Values, isSelector)
	}
	return false
}

func isLiteral(e cql.Expr) bool {
	switch e.(type) {
	case *cql.ListLit, *cql.SetLit, *cql.TupleLit, *cql.MapLit, *cql.UDTLit:
		return true
	}
	return false
}

// parts are the expressions that one is made of.
func parts(e cql.Expr) []cql.Expr {
	switch e := e.(type) {
	case *cql.Element:
		return []cql.Expr{e.Of}
	case *cql.Slice:
		return []cql.Expr{e.Of}
	case *cql.Field:
		return []cql.Expr{e.Of}
	case *cql.Call:
		return e.Args
	case *cql.Cast:
		return []cql.Expr{e.Of}
	case *cql.Binary:
		return []cql.Expr{e.Left, e.Right}
	case *cql.Negate:
		return []cql.Expr{e.Of}
	case *cql.Hint:
		return []cql.Expr{e.Of}
	case *cql.Paren:
		return []cql.Expr{e.Of}
	case *cql.ListLit:
		return e.Elems
	case *cql.SetLit:
		return e.Elems
	case *cql.TupleLit:
		return e.Elems
	case *cql.MapLit:
		return slices.Concat(e.Keys, e.Values)
	case *cql.UDTLit:
		return e.Values
	}
	return nil
}

// readsColumns says whether an expression names any column.
func readsColumns(e cql.Expr) bool {
	_, ok := e.(*cql.Column)
	return ok || slices.ContainsFunc(parts(e), readsColumns)
}

// selects says whether an expression reads a column that is wanted. A literal of a map or user type counts also when one of its values reads none
// such, as it does in Cassandra.
// Source: Cassandra 5.0, the selectColumns methods of Selectable.
func selects(e cql.Expr, t *schema.Table, wanted func(*schema.Column) bool) bool {
	reads := func(x cql.Expr) bool { return selects(x, t, wanted) }
	readsNone := func(x cql.Expr) bool { return !reads(x) }
	switch e := e.(type) {
	case *cql.MapLit:
		return slices.ContainsFunc(e.Keys, reads) || slices.ContainsFunc(e.Values, readsNone)
	case *cql.UDTLit:
		return slices.ContainsFunc(e.Values, readsNone)
	case *cql.Column:
		c := t.Column(e.Name)
		return c != nil && wanted(c)
	}
	return slices.ContainsFunc(parts(e), reads)
}

// lateError is an error that Cassandra finds only when it makes the selectors, after those that it finds in WHERE.
type lateError struct{ error }

func (e lateError) Unwrap() error { return e.error }

func latef(format string, args ...any) error { return lateError{cassandra.Invalidf(format, args...)} }

func isMeta(c *cql.Call) bool {
	return c.Func.Keyspace == "" && (c.Func.Name == "writetime" || c.Func.Name == "ttl" || c.Func.Name == "maxwritetime")
}

func isAggregateName(c *cql.Call) bool {
	switch c.Func.Name {
	case "count", "sum", "avg", "min", "max":
		return c.Func.Keyspace == "" || c.Func.Keyspace == "system"
	}
	return false
}

// plan turns an expression into a selector. to is the type that is wanted, or nil.
func (n *selection) plan(e cql.Expr, to *cqltype.Type) (selector, error) {
	switch x := e.(type) {
	case *cql.Column:
		return n.column(x.Name)
	case *cql.Call:
		if isMeta(x) {
			return n.meta(x)
		}
		return n.call(x, x.Args, to)
	case *cql.Cast:
		return n.cast(x)
	case *cql.Binary:
		return n.call(x, []cql.Expr{x.Left, x.Right}, to)
	case *cql.Negate:
		return n.call(x, []cql.Expr{x.Of}, to)
	case *cql.Element:
		return n.element(x)
	case *cql.Slice:
		return n.slice(x)
	case *cql.Field:
		return n.field(x)
	case *cql.Hint:
		return n.hint(x)
	case *cql.Paren:
		switch {
		case to == nil:
			return nil, cannotInfer(e)
		case to.Kind == cqltype.KindTuple:
			return n.literal(&cql.TupleLit{Elems: []cql.Expr{x.Of}}, to)
		}
		return n.paren(x, to)
	}
	if isSelector(e) || to == nil && isLiteral(e) {
		return n.literal(e, to)
	}
	if to == nil {
		return nil, cannotInfer(e)
	}
	t, err := n.scope.Term(e, Receiver{Name: "[selection]", Type: to})
	if err != nil {
		return nil, err
	}
	return &termSelector{t, SelectText(e)}, nil
}

// paren plans (expr): it is the expression itself, but its name has the parentheses.
func (n *selection) paren(x *cql.Paren, to *cqltype.Type) (selector, error) {
	if p, ok := x.Of.(*cql.Paren); ok {
		s, err := n.paren(p, to)
		return parenSelector{s}, err
	}
	s, err := n.plan(x.Of, to)
	return parenSelector{s}, err
}

// untypedError says that an expression has no type by itself.
type untypedError struct{ error }

func (e untypedError) Unwrap() error { return e.error }

func isUntyped(err error) bool {
	var e untypedError
	return errors.As(err, &e)
}

func cannotInfer(e cql.Expr) error {
	return untypedError{latef("Cannot infer type for term %s in selection clause (try using a cast to force a type)", SelectText(e))}
}

func (n *selection) hint(x *cql.Hint) (selector, error) {
	t, err := n.scope.ResolveType(x.Type)
	if err != nil {
		return nil, err
	}
	if u, ok := x.Of.(*cql.UDTLit); ok && t.Kind == cqltype.KindMap {
		x = &cql.Hint{Type: x.Type, Of: mapOf(u)}
	}
	prefix := "(" + TypeText(n.qualified(x.Type)) + ")"
	name := prefix + SelectText(x.Of)
	if !isSelector(x.Of) {
		fits, err := n.scope.assign(x.Of, Receiver{Name: name, Type: t})
		if err != nil {
			return nil, err
		}
		if fits == cqltype.NotAssignable {
			return nil, errHint(name, t.Freeze())
		}
		term, err := n.scope.Term(x, Receiver{Name: "[selection]", Type: t})
		if err != nil {
			return nil, err
		}
		return &termSelector{term, name}, nil
	}
	t = t.Freeze()
	if inner, ok := x.Of.(*cql.Hint); ok {
		of, err := n.scope.ResolveType(inner.Type)
		if err != nil {
			return nil, err
		}
		if of.AssignTo(t) == cqltype.NotAssignable {
			return nil, errHint(name, t)
		}
	}
	s, err := n.plan(x.Of, t)
	if errors.Is(err, errUnfit) {
		return nil, errHint(name, t)
	}
	if err != nil {
		return nil, err
	}
	name = prefix + s.name()
	if s.typ().AssignTo(t) == cqltype.NotAssignable || s.typ().IsMultiCell() {
		return nil, errHint(name, t)
	}
	return &hintSelector{s, t, name}, nil
}

func errHint(name string, t *cqltype.Type) error {
	return latef("Cannot assign value %s to %s of type %s", name, name, t)
}

// qualified is a type's name with the keyspaces of user types.
func (n *selection) qualified(name *cql.TypeName) *cql.TypeName {
	q := *name
	if t, err := n.scope.ResolveType(name); err == nil && t.Kind == cqltype.KindUDT && len(name.Params) == 0 {
		q.Keyspace = t.Keyspace
		return &q
	}
	q.Params = make([]*cql.TypeName, len(name.Params))
	for i, p := range name.Params {
		q.Params[i] = n.qualified(p)
	}
	return &q
}

// selectArg is a planned selector as overload resolution sees it.
type selectArg struct {
	of   selector
	text string
}

func (a selectArg) AssignTo(t *cqltype.Type) cqltype.Assignment { return a.of.typ().AssignTo(t) }
func (a selectArg) CompatibleType() *cqltype.Type               { return a.of.typ() }
func (a selectArg) String() string                              { return a.text }

// parenArg is an argument in parentheses, which might be a tuple of one element as well: it has no type by itself.
type parenArg struct{ selectArg }

func (a parenArg) CompatibleType() *cqltype.Type { return nil }

// mixedArg is a list or set whose elements are of several types: no parameter takes it.
type mixedArg struct{ selectArg }

func (a mixedArg) AssignTo(*cqltype.Type) cqltype.Assignment { return cqltype.NotAssignable }
func (a mixedArg) CompatibleType() *cqltype.Type             { return nil }

// selectTerm is an argument that is no selector.
type selectTerm struct{ argument }

func (a selectTerm) String() string { return SelectText(a.e) }

// arguments plans those arguments that are selectors by themselves; the others wait for the overload.
func (n *selection) arguments(exprs []cql.Expr) ([]selector, []function.Arg, error) {
	planned := make([]selector, len(exprs))
	args := make([]function.Arg, len(exprs))
	for i, e := range exprs {
		args[i] = selectTerm{argument{n.scope, e}}
		if !isSelector(e) {
			continue
		}
		var s selector
		var err error
		if p, ok := e.(*cql.Paren); ok {
			s, err = n.paren(p, nil)
		} else {
			s, err = n.plan(e, nil)
		}
		if isUntyped(err) && isLiteral(e) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		planned[i], args[i] = s, selectArg{s, s.name()}
		if l, ok := s.(*literalSelector); ok && l.mixed {
			args[i] = mixedArg{selectArg{s, s.name()}}
		}
		if _, ok := e.(*cql.Paren); ok {
			args[i] = parenArg{selectArg{s, s.name()}}
		}
	}
	return planned, args, nil
}

func (n *selection) call(e cql.Expr, exprs []cql.Expr, to *cqltype.Type) (selector, error) {
	c, isCall := e.(*cql.Call)
	aggregate := isCall && (isAggregateName(c) || n.scope.functionScope().IsUserAggregate(function.Name{Keyspace: c.Func.Keyspace, Name: c.Func.Name}))
	if aggregate {
		if n.inside {
			return nil, cassandra.Invalidf("aggregate functions cannot be used as arguments of aggregate functions")
		}
		n.inside = true
	}
	planned, args, err := n.arguments(exprs)
	if aggregate {
		n.inside = false
	}
	if err != nil {
		return nil, err
	}
	var f *function.Function
	switch x := e.(type) {
	case *cql.Call:
		if x.Star || x.Func.Name == "count" && len(exprs) == 1 && !isSelector(exprs[0]) && aggregate {
			f, planned, exprs = function.CountRows(), nil, nil
			break
		}
		if x.Func.Name == "token" && n.wholeKey(exprs) {
			for _, c := range n.scope.Table.PartitionKey {
				n.want(c)
			}
			return &tokenSelector{"system.token(" + joined(columnNamesOf(exprs), ", ") + ")"}, nil
		}
		f, err = function.Resolve(function.Name{Keyspace: x.Func.Keyspace, Name: x.Func.Name}, args, to, n.scope.functionScope())
		n.scope.noteUser(f)
		if errors.Is(err, function.ErrUnknown) {
			err = cassandra.Invalidf("Unknown function '%s'", strings.TrimPrefix(x.Func.Keyspace+"."+x.Func.Name, "."))
		}
	case *cql.Binary:
		f, err = function.Operator(x.Op, args[0], args[1], to)
	case *cql.Negate:
		f, err = function.Negation(args[0], to)
	}
	if err != nil {
		return nil, err
	}
	return n.apply(f, planned, exprs)
}

// apply completes a call: arguments that are terms get the parameters' types.
func (n *selection) apply(f *function.Function, planned []selector, exprs []cql.Expr) (selector, error) {
	names := make([]string, len(planned))
	for i := range planned {
		if planned[i] == nil && readsColumns(exprs[i]) {
			var err error
			if planned[i], err = n.literalOf(exprs[i], f.ArgTypes[i]); errors.Is(err, errUnfit) {
				err = cannotInfer(exprs[i])
			}
			if err != nil {
				return nil, err
			}
		}
		if planned[i] == nil {
			t, err := n.scope.Term(exprs[i], Receiver{Name: "[selection]", Type: f.ArgTypes[i]})
			if err != nil {
				return nil, err
			}
			planned[i] = &termSelector{t, SelectText(exprs[i])}
			if h, ok := exprs[i].(*cql.Hint); ok {
				planned[i] = &termSelector{t, "(" + TypeText(n.qualified(h.Type)) + ")" + SelectText(h.Of)}
			}
		}
		names[i] = planned[i].name()
	}
	if f.IsAggregate() {
		a := &aggregateSelector{f, planned, f.ColumnName(names), len(n.aggregates)}
		n.aggregates = append(n.aggregates, a)
		return a, nil
	}
	s := &callSelector{f, planned, f.ColumnName(names)}
	n.checks = append(n.checks, s.check)
	return s, nil
}

func columnNamesOf(exprs []cql.Expr) (names []string) {
	for _, e := range exprs {
		names = append(names, SelectText(e))
	}
	return names
}

// wholeKey says whether expressions are the partition key's columns in order, as they are.
func (n *selection) wholeKey(exprs []cql.Expr) bool {
	keys := n.scope.Table.PartitionKey
	if len(exprs) != len(keys) {
		return false
	}
	for i, e := range exprs {
		if c, ok := e.(*cql.Column); !ok || c.Name != keys[i].Name || keys[i].Mask != nil {
			return false
		}
	}
	return true
}

func (n *selection) cast(x *cql.Cast) (selector, error) {
	to, err := n.scope.ResolveType(x.Type)
	if err != nil {
		return nil, err
	}
	if _, isHint := x.Of.(*cql.Hint); !isHint && !isSelector(x.Of) {
		return nil, cannotInfer(x.Of)
	}
	of, err := n.plan(x.Of, nil)
	if err != nil {
		return nil, err
	}
	if of.typ().Equal(to) {
		return of, nil
	}
	if n.first != nil && !function.HasCasts(to) {
		return nil, latef("%s cannot be cast to %s", n.first.Name, to) // Cassandra names the first column of the whole selection
	}
	f, err := function.Cast(selectArg{of, of.name()}, to)
	if err != nil {
		return nil, lateError{err}
	}
	s := &callSelector{f, []selector{of}, f.ColumnName([]string{of.name()})}
	n.checks = append(n.checks, s.check)
	return s, nil
}

// meta plans writetime(c), maxwritetime(c) and ttl(c), also of an element or field.
func (n *selection) meta(x *cql.Call) (selector, error) {
	var inner cql.Expr = x.Args[0]
	s := &metaSelector{what: x.Func.Name}
	var element *cql.Element
	var field *cql.Field
	switch e := inner.(type) {
	case *cql.Element:
		element, inner = e, e.Of
	case *cql.Field:
		field, inner = e, e.Of
	}
	named, ok := inner.(*cql.Column)
	if !ok {
		return nil, latef("Cannot use selection function %s on %s", x.Func.Name, SelectText(x.Args[0]))
	}
	c, err := n.column(named.Name)
	if err != nil {
		return nil, err
	}
	if k := c.column.Kind; k == schema.PartitionKey || k == schema.Clustering {
		return nil, latef("Cannot use selection function %s on PRIMARY KEY part %s", x.Func.Name, c.column.Name)
	}
	s.column = c
	s.t = cqltype.Bigint
	if s.what == "ttl" {
		s.t = cqltype.Int
	}
	of := c.column.Name
	switch t := c.column.Type; {
	case element != nil:
		key, err := n.scope.Term(element.Key, ColumnReceiver(c.column).MapKey())
		if err != nil {
			return nil, err
		}
		of += "[" + cql.KeyText(element.Key) + "]"
		s.path = func(run *Run) ([]byte, error) { return selectionKey(key, run, c.column.Name) }
	case field != nil:
		at := slices.Index(t.FieldNames, field.Name)
		if t.Kind != cqltype.KindUDT || at < 0 {
			return nil, cassandra.Invalidf("%s of type %s has no field %s", c.column.Name, t, field.Name)
		}
		of += "." + field.Name
		s.path = func(*Run) ([]byte, error) { return binary.BigEndian.AppendUint16(nil, uint16(at)), nil }
	case t.IsMultiCell() && s.what != "maxwritetime":
		s.t = cqltype.ListOf(s.t, true)
	}
	s.of = s.what + "(" + of + ")"
	return s, nil
}

func (n *selection) element(x *cql.Element) (selector, error) {
	of, err := n.plan(x.Of, nil)
	if err != nil {
		return nil, err
	}
	t, err := n.subscripted(of)
	if err != nil {
		return nil, err
	}
	key, err := n.scope.Term(x.Key, n.elementKey(of, t))
	if err != nil {
		return nil, err
	}
	n.checks = append(n.checks, func(run *Run) error {
		_, err := selectionKey(key, run, of.name())
		return err
	})
	return &elementSelector{of, key, of.name() + "[" + cql.KeyText(x.Key) + "]", t.Elems[len(t.Elems)-1]}, nil
}

func (n *selection) elementKey(of selector, t *cqltype.Type) Receiver {
	r := Receiver{Name: of.name(), Type: t}
	if t.Kind == cqltype.KindMap {
		return r.MapKey()
	}
	return r.Elem()
}

func (n *selection) subscripted(of selector) (*cqltype.Type, error) {
	t := of.typ()
	if t.Kind == cqltype.KindList {
		return nil, latef("Element selection is only allowed on sets and maps, but %s is a list", of.name())
	}
	if !t.IsCollection() {
		return nil, latef("Invalid element selection: %s is of type %s is not a collection", of.name(), t)
	}
	return t, nil
}

func (n *selection) slice(x *cql.Slice) (selector, error) {
	of, err := n.plan(x.Of, nil)
	if err != nil {
		return nil, err
	}
	t := of.typ()
	if t.Kind == cqltype.KindList {
		return nil, latef("Slice selection is only allowed on sets and maps, but %s is a list", of.name())
	}
	if !t.IsCollection() {
		return nil, latef("Invalid slice selection: %s of type %s is not a collection", of.name(), t)
	}
	s := &sliceSelector{of: of}
	text := [2]string{}
	for i, e := range []cql.Expr{x.From, x.To} {
		if e == nil {
			continue
		}
		term, err := n.scope.Term(e, n.elementKey(of, t))
		if err != nil {
			return nil, err
		}
		text[i] = cql.KeyText(e)
		n.checks = append(n.checks, func(run *Run) error {
			_, err := selectionBound(term, run, of.name())
			return err
		})
		if i == 0 {
			s.from = term
		} else {
			s.to = term
		}
	}
	s.text = of.name() + "[" + text[0] + ".." + text[1] + "]"
	return s, nil
}

func (n *selection) field(x *cql.Field) (selector, error) {
	of, err := n.plan(x.Of, nil)
	if err != nil {
		return nil, err
	}
	t := of.typ()
	if t.Kind != cqltype.KindUDT {
		return nil, latef("Invalid field selection: %s of type %s is not a user type", of.name(), t)
	}
	at := slices.Index(t.FieldNames, x.Name)
	if at < 0 {
		return nil, latef("%s of type %s has no field %s", of.name(), cqltype.QuoteName(t.Name), x.Name)
	}
	return &fieldSelector{of, at, of.name() + "." + x.Name}, nil
}

// errUnfit says that a literal is none of the type that is wanted.
var errUnfit = errors.New("the literal is of another type")

// mapOf is {name: value} where a map is wanted: the names are columns.
func mapOf(u *cql.UDTLit) *cql.MapLit {
	m := &cql.MapLit{Values: u.Values}
	for _, name := range u.Fields {
		m.Keys = append(m.Keys, &cql.Column{Name: name})
	}
	return m
}

// fitting says whether a literal may be of a type, as far as it is a collection, tuple or user type at all.
func fitting(e cql.Expr, t *cqltype.Type) bool {
	switch x := e.(type) {
	case *cql.ListLit:
		return t.Kind == cqltype.KindList || t.Kind == cqltype.KindVector && len(x.Elems) == t.Dimension
	case *cql.SetLit:
		return t.Kind == cqltype.KindSet
	case *cql.TupleLit:
		return takesTuples(t) && len(x.Elems) <= len(t.Elems)
	case *cql.MapLit:
		return t.Kind == cqltype.KindMap
	case *cql.UDTLit:
		return t.Kind == cqltype.KindUDT && !slices.ContainsFunc(x.Fields, func(name string) bool { return !slices.Contains(t.FieldNames, name) })
	}
	return false
}

// part plans an element of a literal. Where nobody wants a type of the literal, an element that has a type by itself keeps it.
func (n *selection) part(x cql.Expr, of *cqltype.Type, wanted bool) (selector, error) {
	if !wanted {
		if s, err := n.plan(x, nil); !isUntyped(err) {
			return s, err
		}
	}
	if isLiteral(x) {
		return n.literalOf(x, of)
	}
	return n.plan(x, of)
}

// literal plans a collection, tuple or user type that has columns in it. Its type comes from to, or from its elements.
func (n *selection) literal(e cql.Expr, to *cqltype.Type) (selector, error) {
	s, err := n.literalOf(e, to)
	if to == nil && errors.Is(err, errUnfit) {
		return nil, cannotInfer(e)
	}
	return s, err
}

func (n *selection) literalOf(e cql.Expr, to *cqltype.Type) (selector, error) {
	if u, ok := e.(*cql.UDTLit); ok && to != nil && to.Kind == cqltype.KindMap {
		e = mapOf(u)
	}
	if to != nil && !fitting(e, to) {
		return nil, errUnfit
	}
	wanted := to != nil
	build := func(t *cqltype.Type, elems []cql.Expr) (selector, error) {
		s := &literalSelector{t: t, text: SelectText(e)}
		for i, x := range elems {
			of := t.Elems[i%len(t.Elems)]
			p, err := n.part(x, of, wanted)
			if err != nil {
				return nil, err
			}
			if p.typ().AssignTo(of) == cqltype.NotAssignable {
				if wanted {
					return nil, errUnfit
				}
				s.mixed = true
			}
			s.elems = append(s.elems, p)
		}
		return s, nil
	}
	// common is the type of the first element that has one by itself. Cassandra does not look whether the others are of that type.
	common := func(elems []cql.Expr) (*cqltype.Type, error) {
		for _, x := range elems {
			p, err := n.plan(x, nil)
			switch {
			case err == nil:
				return p.typ(), nil
			case !isUntyped(err):
				return nil, err
			}
		}
		return nil, cannotInfer(e)
	}
	switch x := e.(type) {
	case *cql.ListLit:
		if to == nil {
			t, err := common(x.Elems)
			if err != nil {
				return nil, err
			}
			to = cqltype.ListOf(t, true)
		}
		return build(to, x.Elems)
	case *cql.SetLit:
		if to == nil {
			t, err := common(x.Elems)
			if err != nil {
				return nil, err
			}
			if to = cqltype.SetOf(t, true); t.Kind == cqltype.KindDuration {
				return nil, cassandra.Invalidf("Durations are not allowed inside sets: %s", to)
			}
		}
		return build(to, x.Elems)
	case *cql.TupleLit:
		if to == nil {
			var types []*cqltype.Type
			for _, el := range x.Elems {
				p, err := n.plan(el, nil)
				if isUntyped(err) {
					return nil, cannotInfer(e)
				}
				if err != nil {
					return nil, err
				}
				types = append(types, p.typ())
			}
			to = cqltype.TupleOf(types...)
		}
		return build(to, x.Elems)
	case *cql.MapLit:
		if to == nil {
			return nil, cannotInfer(e)
		}
		var elems []cql.Expr
		for i := range x.Keys {
			elems = append(elems, x.Keys[i], x.Values[i])
		}
		return build(to, elems)
	case *cql.UDTLit:
		if to == nil {
			return nil, cannotInfer(e)
		}
		elems := make([]cql.Expr, len(to.FieldNames))
		for i, name := range to.FieldNames {
			elems[i] = &cql.Null{}
			if at := slices.Index(x.Fields, name); at >= 0 {
				elems[i] = x.Values[at]
			}
		}
		return build(to, elems)
	}
	return nil, cannotInfer(e)
}

// CheckSelectors refuses, before anything is read, what Cassandra refuses when it makes selectors: null and unset keys of elements, bounds of slices
// that are null, unset arguments, and calls with constant arguments that fail.
func (p *Select) CheckSelectors(run *Run) error {
	for _, check := range p.checks {
		if err := check(run); err != nil {
			return err
		}
	}
	return nil
}

// selectionKey evaluates the key of an element.
func selectionKey(t Term, run *Run, name string) ([]byte, error) {
	v, err := t.Eval(run.env)
	switch {
	case err != nil:
		return nil, err
	case IsUnset(v):
		return nil, cassandra.Invalidf("Invalid unset value for element selection on %s", name)
	case v == nil:
		return nil, cassandra.Invalidf("Invalid null value for element selection on %s", name)
	}
	return v, nil
}

// selectionBound evaluates a bound of a slice; nil is none, as is a term that is unset.
func selectionBound(t Term, run *Run, name string) ([]byte, error) {
	if t == nil {
		return nil, nil
	}
	v, err := t.Eval(run.env)
	switch {
	case err != nil:
		return nil, err
	case IsUnset(v):
		return nil, nil
	case v == nil:
		return nil, cassandra.Invalidf("Invalid null value for slice selection on %s", name)
	}
	return v, nil
}
