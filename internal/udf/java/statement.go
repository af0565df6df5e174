package java

import "fmt"

// control says how a statement ended.
type control uint8

const (
	next control = iota
	breaks
	continues
	returns
)

// stmt is a statement that was checked. completes says whether what follows can be reached.
type stmt struct {
	run       func(*frame) control
	completes bool
}

func (c *compiler) block() stmt {
	c.want("{")
	defer c.push()()
	s := c.statements(func() bool { return c.cur().is("}") })
	c.want("}")
	return s
}

// statements reads until end says so.
func (c *compiler) statements(end func() bool) stmt {
	var all []func(*frame) control
	completes := true
	for !end() {
		if c.cur().kind == tokEOF {
			break
		}
		if c.accept(";") {
			continue
		}
		at := c.cur()
		if !completes {
			c.fail(at, "Unreachable code")
		}
		s := c.statement()
		completes = s.completes
		if s.run != nil {
			all = append(all, s.run)
		}
	}
	if len(all) == 1 {
		return stmt{all[0], completes}
	}
	return stmt{func(f *frame) control {
		for _, run := range all {
			if r := run(f); r != next {
				return r
			}
		}
		return next
	}, completes}
}

func (c *compiler) statement() stmt {
	c.enter()
	defer c.leave()
	t := c.cur()
	if t.is("{") {
		return c.block()
	}
	if t.is(";") {
		c.at++
		return stmt{completes: true}
	}
	if t.is("@") {
		c.fail(t, "Annotations are not supported")
	}
	if t.kind == tokIdent {
		switch t.text {
		case "if":
			return c.ifStatement()
		case "while", "do", "for":
			return c.loopStatement("")
		case "switch":
			return c.switchStatement("")
		case "return":
			return c.returnStatement()
		case "break", "continue":
			return c.jump()
		case "throw":
			return c.throwStatement()
		case "try":
			return c.tryStatement()
		case "class", "interface", "enum", "synchronized", "assert", "abstract", "static", "import", "yield", "record":
			if !c.ahead(1).is("=") && !c.ahead(1).is(".") {
				c.fail(t, "%s is not supported", t.text)
			}
		}
		if c.ahead(1).is(":") && !reservedWords[t.text] {
			return c.labelled()
		}
	}
	if s, ok := c.declaration(); ok {
		c.want(";")
		return s
	}
	s := c.expressionStatement()
	c.want(";")
	return s
}

func (c *compiler) expressionStatement() stmt {
	at := c.cur()
	e := c.expression()
	if !e.statement {
		if c.cur().kind == tokIdent && e.t.kind != kVoid { // Foo x
			c.fail(at, "%s cannot be resolved to a type", at.text)
		}
		c.fail(at, "Syntax error, this expression is no statement")
	}
	ev := e.ev
	return stmt{func(f *frame) control { ev(f); return next }, true}
}

// declaration reads [final] type name [= value], … without its semicolon.
func (c *compiler) declaration() (stmt, bool) {
	start := c.at
	final := c.acceptWord("final")
	at := c.cur()
	var t *jtype
	inferred := at.word("var") && c.ahead(1).kind == tokIdent
	if inferred {
		c.at++
	} else {
		var ok bool
		if t, ok = c.typeAt(); !ok || c.cur().kind != tokIdent || c.cur().text == "instanceof" {
			c.at = start
			if final || at.kind == tokIdent && c.ahead(1).kind == tokIdent && !reservedWords[at.text] && at.text != "new" && c.ahead(1).text != "instanceof" {
				c.fail(at, "%s cannot be resolved to a type", at.text)
			}
			return stmt{}, false
		}
	}
	var all []func(*frame)
	for {
		name := c.advance()
		if reservedWords[name.text] {
			c.at--
			c.unexpected()
		}
		vt := t
		for c.cur().is("[") && c.ahead(1).is("]") && vt != nil {
			c.at += 2
			vt = arrayOf(vt)
		}
		if !c.accept("=") {
			if inferred {
				c.fail(name, "Cannot use 'var' on variable without initializer")
			}
			l := c.declare(name, name.text, vt)
			i := l.index
			all = append(all, func(f *frame) { f.locals[i] = nil })
		} else {
			var value *expr
			if c.cur().is("{") && vt != nil && vt.kind == kArray {
				value = c.arrayLiteral(vt)
			} else if value = c.valueFor(vt); inferred {
				if vt = value.t; vt.kind == kNull || vt.kind == kVoid {
					c.fail(name, "Cannot infer type for local variable initialized to '%s'", vt)
				}
			} else {
				value = c.assign(value, vt)
			}
			l := c.declare(name, name.text, vt)
			l.assigned, l.final = true, final
			if final && (vt.isPrimitive() || vt.isString()) {
				l.konst = value.konst
			}
			i, ev := l.index, value.ev
			all = append(all, func(f *frame) { f.locals[i] = ev(f) })
		}
		if !c.accept(",") {
			break
		}
		if c.cur().kind != tokIdent {
			c.unexpected()
		}
	}
	return stmt{func(f *frame) control {
		for _, set := range all {
			set(f)
		}
		return next
	}, true}, true
}

// valueFor reads an initializer; a diamond takes its parameters from the variable's type.
func (c *compiler) valueFor(t *jtype) *expr {
	e := c.expression()
	if t != nil && e.t.kind == kClass && e.t.args != nil && len(e.t.args) == 0 && isA(e.t.name, t.name) {
		return retyped(e, t)
	}
	return e
}

func (c *compiler) ifStatement() stmt {
	c.at++
	c.want("(")
	cond := c.condition(c.expression())
	c.want(")")
	before := c.snapshot()
	then := c.branch()
	afterThen := c.snapshot()
	if !then.completes {
		afterThen = nil
	}
	c.restore(before)
	is, yes := cond.ev, then.run
	if yes == nil {
		yes = func(*frame) control { return next }
	}
	if !c.acceptWord("else") {
		c.meet(afterThen, before)
		return stmt{func(f *frame) control {
			if is(f).(bool) {
				return yes(f)
			}
			return next
		}, true}
	}
	other := c.branch()
	afterElse := c.snapshot()
	if !other.completes {
		afterElse = nil
	}
	c.meet(afterThen, afterElse)
	no := other.run
	if no == nil {
		no = func(*frame) control { return next }
	}
	return stmt{func(f *frame) control {
		if is(f).(bool) {
			return yes(f)
		}
		return no(f)
	}, then.completes || other.completes}
}

// branch is a statement in a scope of its own.
func (c *compiler) branch() stmt {
	defer c.push()()
	if c.cur().kind == tokEOF {
		c.unexpected()
	}
	return c.statement()
}

func (c *compiler) labelled() stmt {
	label := c.advance()
	c.at++
	for _, l := range c.loops {
		if l.label == label.text {
			c.fail(label, "Duplicate label %s", label.text)
		}
	}
	switch c.cur().text {
	case "while", "do", "for":
		return c.loopStatement(label.text)
	case "switch":
		return c.switchStatement(label.text)
	}
	c.fail(label, "A label can only stand before a loop or switch")
	return stmt{}
}

func (c *compiler) pushLoop(label string, isLoop bool) *loop {
	l := &loop{label: label, isLoop: isLoop}
	c.loops = append(c.loops, l)
	return l
}

func (c *compiler) popLoop() { c.loops = c.loops[:len(c.loops)-1] }

// jump is break and continue.
func (c *compiler) jump() stmt {
	t := c.advance()
	label := ""
	if c.cur().kind == tokIdent {
		label = c.advance().text
	}
	c.want(";")
	isBreak := t.text == "break"
	for i := len(c.loops) - 1; i >= 0; i-- {
		l := c.loops[i]
		if label != "" && l.label != label || label == "" && !isBreak && !l.isLoop {
			continue
		}
		if !isBreak && !l.isLoop {
			c.fail(t, "continue cannot be used outside of a loop")
		}
		if isBreak {
			l.breaks = true
			now := c.snapshot()
			if l.breakAssigned == nil {
				l.breakAssigned = now
			} else {
				for v := range l.breakAssigned {
					if !now[v] {
						delete(l.breakAssigned, v)
					}
				}
			}
		}
		end := continues
		if isBreak {
			end = breaks
		}
		return stmt{func(f *frame) control {
			f.label = label
			return end
		}, false}
	}
	switch {
	case label != "":
		c.fail(t, "The label %s is missing", label)
	case isBreak:
		c.fail(t, "break cannot be used outside of a loop or a switch")
	}
	c.fail(t, "continue cannot be used outside of a loop")
	return stmt{}
}

// after says what a loop does about the end of its body: whether it goes on, and else what it ends with.
func after(f *frame, r control, label string) (end bool, with control) {
	switch r {
	case next:
		return false, next
	case breaks:
		if f.label == "" || f.label == label {
			f.label = ""
			return true, next
		}
	case continues:
		if f.label == "" || f.label == label {
			f.label = ""
			return false, next
		}
	}
	return true, r
}

func (c *compiler) loopStatement(label string) stmt {
	defer c.push()()
	switch c.advance().text {
	case "while":
		return c.whileLoop(label)
	case "do":
		return c.doLoop(label)
	}
	return c.forLoop(label)
}

// endLoop says what is assigned after a loop that its condition can end (with what was assigned at that point) or only a break.
func (c *compiler) endLoop(l *loop, atCondition map[*local]bool) {
	c.meet(atCondition, l.breakAssigned)
}

func (c *compiler) whileLoop(label string) stmt {
	c.want("(")
	at := c.cur()
	cond := c.condition(c.expression())
	c.want(")")
	if cond.konst == false {
		c.fail(at, "Unreachable code")
	}
	start := c.snapshot()
	l := c.pushLoop(label, true)
	body := c.branch()
	c.popLoop()
	completes := cond.konst != true || l.breaks
	if cond.konst == true {
		start = nil
	}
	c.endLoop(l, start)
	return stmt{loopOf(label, nil, cond.ev, nil, body.run), completes}
}

// loopOf runs a loop whose condition stands first; nil parts are left out.
func loopOf(label string, init func(*frame) control, cond func(*frame) any, update, body func(*frame) control) func(*frame) control {
	return func(f *frame) control {
		if init != nil {
			init(f)
		}
		for {
			f.meter.tick()
			if cond != nil && !cond(f).(bool) {
				return next
			}
			if body != nil {
				if end, with := after(f, body(f), label); end {
					return with
				}
			}
			if update != nil {
				update(f)
			}
		}
	}
}

func (c *compiler) doLoop(label string) stmt {
	l := c.pushLoop(label, true)
	body := c.branch()
	c.popLoop()
	if !c.acceptWord("while") {
		c.fail(c.last(), "Syntax error, insert \"while ( Expression ) ;\" to complete DoStatement")
	}
	c.want("(")
	cond := c.condition(c.expression())
	c.want(")")
	c.want(";")
	now := c.snapshot()
	if cond.konst == true {
		now = nil
	}
	c.endLoop(l, now)
	run, is := body.run, cond.ev
	return stmt{func(f *frame) control {
		for {
			f.meter.tick()
			if run != nil {
				if end, with := after(f, run(f), label); end {
					return with
				}
			}
			if !is(f).(bool) {
				return next
			}
		}
	}, cond.konst != true || l.breaks}
}

func (c *compiler) forLoop(label string) stmt {
	c.want("(")
	if s, ok := c.forEach(label); ok {
		return s
	}
	var init []func(*frame) control
	if !c.accept(";") {
		if s, ok := c.declaration(); ok {
			init = append(init, s.run)
		} else {
			for {
				init = append(init, c.expressionStatement().run)
				if !c.accept(",") {
					break
				}
			}
		}
		c.want(";")
	}
	var cond *expr
	if !c.cur().is(";") {
		at := c.cur()
		if cond = c.condition(c.expression()); cond.konst == false {
			c.fail(at, "Unreachable code")
		}
	}
	c.want(";")
	start := c.snapshot()
	var update []func(*frame) control
	for !c.cur().is(")") {
		update = append(update, c.expressionStatement().run)
		if !c.accept(",") {
			break
		}
	}
	c.want(")")
	c.restore(start)
	l := c.pushLoop(label, true)
	body := c.branch()
	c.popLoop()
	endless := cond == nil || cond.konst == true
	var is func(*frame) any
	if cond != nil {
		is = cond.ev
	}
	if endless {
		start = nil
	}
	c.endLoop(l, start)
	return stmt{loopOf(label, inOrder(init), is, inOrder(update), body.run), !endless || l.breaks}
}

func inOrder(all []func(*frame) control) func(*frame) control {
	if len(all) == 0 {
		return nil
	}
	return func(f *frame) control {
		for _, run := range all {
			run(f)
		}
		return next
	}
}

// forEach reads the rest of for (type name : values).
func (c *compiler) forEach(label string) (stmt, bool) {
	start := c.at
	c.acceptWord("final")
	var t *jtype
	ok := true
	inferred := c.cur().word("var")
	if inferred {
		c.at++
	} else {
		t, ok = c.typeAt()
	}
	if !ok || c.cur().kind != tokIdent || !c.ahead(1).is(":") {
		c.at = start
		return stmt{}, false
	}
	name := c.advance()
	c.at++
	values := c.expression()
	c.want(")")
	elem := c.elementType(values)
	if inferred {
		t = elem
	}
	v := c.declare(name, name.text, t)
	v.assigned = true
	// the element, converted to the variable's type
	one, fits := c.assignable(&expr{t: elem, at: name, ev: func(f *frame) any { return f.locals[v.index] }}, t)
	if !fits {
		c.fail(values.at, "Type mismatch: cannot convert from element type %s to %s", elem, t)
	}
	before := c.snapshot()
	c.pushLoop(label, true)
	body := c.branch()
	c.popLoop()
	c.restore(before)
	each, convert, run, what := values.ev, one.ev, body.run, values.what
	return stmt{func(f *frame) control {
		it := iterate(f.meter, each(f), what)
		for {
			f.meter.tick()
			e, more := it.next()
			if !more {
				return next
			}
			f.locals[v.index] = e
			f.locals[v.index] = convert(f)
			if run != nil {
				if end, with := after(f, run(f), label); end {
					return with
				}
			}
		}
	}, true}, true
}

// elementType is what iterating over an expression gives.
func (c *compiler) elementType(e *expr) *jtype {
	switch {
	case e.t.kind == kArray:
		return e.t.args[0]
	case e.t.kind == kClass && isA(e.t.name, "Iterable"):
		return e.t.arg(0)
	}
	c.fail(e.at, "Can only iterate over an array or an instance of java.lang.Iterable")
	return nil
}

func (c *compiler) returnStatement() stmt {
	t := c.advance()
	if c.cur().is(";") {
		c.fail(t, "This method must return a result of type %s", c.ret)
	}
	e := c.assign(c.valueFor(c.ret), c.ret)
	c.want(";")
	ev := e.ev
	return stmt{func(f *frame) control {
		f.result = ev(f)
		return returns
	}, false}
}

func (c *compiler) throwStatement() stmt {
	c.at++
	e := c.expression()
	c.want(";")
	if e.t.kind != kClass || !isA(e.t.name, "Throwable") {
		c.fail(e.at, "No exception of type %s can be thrown; an exception type must be a subclass of Throwable", e.t)
	}
	if !isA(e.t.name, "RuntimeException") && !c.handled(e.t) {
		c.fail(e.at, "Unhandled exception type %s", e.t)
	}
	ev := e.ev
	return stmt{func(f *frame) control {
		t, ok := ev(f).(*thrown)
		if !ok {
			throw("NullPointerException", `Cannot throw exception`)
		}
		panic(t)
	}, false}
}

func (c *compiler) handled(t *jtype) bool {
	for _, types := range c.caught {
		for _, h := range types {
			if t.subtype(h) {
				return true
			}
		}
	}
	return false
}

type handler struct {
	types []*jtype
	index int
	run   func(*frame) control
}

// tryStatement is try with catch and finally; resources are not there.
func (c *compiler) tryStatement() stmt {
	at := c.advance()
	if c.cur().is("(") {
		c.fail(at, "try with resources is not supported")
	}
	// What is caught has to be known before the block is read: look ahead for it.
	c.caught = append(c.caught, c.catchTypes())
	before := c.snapshot()
	body := c.block()
	c.caught = c.caught[:len(c.caught)-1]
	ways := []map[*local]bool{c.snapshot()}
	if !body.completes {
		ways[0] = nil
	}
	completes := body.completes
	var handlers []handler
	for c.acceptWord("catch") {
		c.restore(before)
		h, s := c.catchClause()
		handlers = append(handlers, h)
		if s.completes {
			completes = true
			ways = append(ways, c.snapshot())
		}
	}
	c.meet(ways...)
	var final func(*frame) control
	if c.acceptWord("finally") {
		s := c.block()
		final = s.run
		completes = completes && s.completes
	} else if len(handlers) == 0 {
		c.fail(at, "Syntax error, insert \"Finally\" to complete TryStatement")
	}
	run := body.run
	return stmt{func(f *frame) (r control) {
		result, err := attempt(f, run)
		if err != nil {
			for _, h := range handlers {
				if h.takes(err) {
					caught := err
					err = nil
					result, err = attempt(f, func(f *frame) control {
						f.locals[h.index] = caught
						return h.run(f)
					})
					break
				}
			}
		}
		if final != nil {
			value, label := f.result, f.label
			if r := final(f); r != next {
				return r
			}
			f.result, f.label = value, label
		}
		if err != nil {
			panic(err)
		}
		return result
	}, completes}
}

func (h *handler) takes(t *thrown) bool {
	for _, of := range h.types {
		if isA(t.class, of.name) {
			return true
		}
	}
	return false
}

// attempt runs a block and catches Java's exceptions, and nothing else.
func attempt(f *frame, run func(*frame) control) (r control, err *thrown) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case *thrown:
			err = v
		default:
			panic(v)
		}
	}()
	f.meter.tick()
	return run(f), nil
}

// catchTypes finds the types of the catch clauses of the block at the current token, without taking anything.
func (c *compiler) catchTypes() (all []*jtype) {
	start, depth := c.at, 0
	defer func() { c.at = start }()
	for c.cur().kind != tokEOF {
		switch {
		case c.cur().is("{"):
			depth++
		case c.cur().is("}"):
			depth--
		}
		c.at++
		if depth == 0 {
			if !c.cur().word("catch") {
				return all
			}
			for !c.cur().is("{") && c.cur().kind != tokEOF {
				if packages[c.cur().text] != "" {
					all = append(all, class(c.cur().text))
				}
				c.at++
			}
		}
	}
	return all
}

func (c *compiler) catchClause() (handler, stmt) {
	defer c.push()()
	c.want("(")
	c.acceptWord("final")
	var h handler
	for {
		at := c.cur()
		t, ok := c.typeAt()
		if !ok {
			c.fail(at, "%s cannot be resolved to a type", at.text)
		}
		if t.kind != kClass || !isA(t.name, "Throwable") {
			c.fail(at, "No exception of type %s can be thrown; an exception type must be a subclass of Throwable", t)
		}
		h.types = append(h.types, t)
		if !c.accept("|") {
			break
		}
	}
	name := c.advance()
	if name.kind != tokIdent {
		c.at--
		c.unexpected()
	}
	t := h.types[0]
	if len(h.types) > 1 {
		t = class("Throwable")
	}
	l := c.declare(name, name.text, t)
	l.assigned = true
	h.index = l.index
	c.want(")")
	s := c.block()
	h.run = s.run
	return h, s
}

// switchCase is where a case begins among a switch's statements.
type switchCase struct {
	keys      []any
	isDefault bool
	from      int
}

func (c *compiler) switchStatement(label string) stmt {
	c.at++
	c.want("(")
	subject := c.expression()
	c.want(")")
	text := subject.t.isString()
	if !text {
		u := subject.t.unboxed()
		if u == nil || u == tBoolean || promoted(u, tInt) != tInt {
			c.fail(subject.at, "Cannot switch on a value of type %s. Only convertible int values, strings or enum variables are permitted", subject.t)
		}
		subject = convertPrimitive(unbox(subject), tInt)
	}
	c.want("{")
	defer c.push()()
	l := c.pushLoop(label, false)
	before := c.snapshot()
	var cases []switchCase
	var runs []func(*frame) control
	seen := map[any]bool{}
	completes, hasDefault := true, false
	for !c.cur().is("}") {
		at := c.cur()
		one := switchCase{from: len(runs)}
		switch {
		case c.acceptWord("case"):
			for {
				e := c.ternary()
				key := c.caseKey(e, text)
				if seen[key] {
					c.fail(e.at, "Duplicate case")
				}
				seen[key] = true
				one.keys = append(one.keys, key)
				if !c.accept(",") {
					break
				}
			}
		case c.acceptWord("default"):
			if hasDefault {
				c.fail(at, "The default case is already defined")
			}
			one.isDefault, hasDefault = true, true
		default:
			c.unexpected()
		}
		if c.cur().is("->") {
			c.fail(c.cur(), "Arrows in switch are not supported")
		}
		c.want(":")
		cases = append(cases, one)
		after := c.snapshot()
		if completes && len(runs) > 0 {
			c.meet(before, after)
		} else {
			c.restore(before)
		}
		s := c.statements(func() bool { return c.cur().is("}") || c.cur().word("case") || c.cur().word("default") })
		completes = s.completes
		runs = append(runs, s.run)
	}
	c.want("}")
	c.popLoop()
	end := c.snapshot()
	if !completes {
		end = nil
	}
	if !hasDefault || len(runs) == 0 {
		c.meet(end, l.breakAssigned, before)
	} else {
		c.meet(end, l.breakAssigned)
	}
	ev, what := subject.ev, subject.what
	return stmt{func(f *frame) control {
		v := ev(f)
		key := v
		if text {
			s, ok := v.(*String)
			if !ok {
				throw("NullPointerException", nullMessage("String.hashCode()", what))
			}
			key = s.String()
		}
		start := -1
		for i := range cases {
			if cases[i].has(key) {
				start = cases[i].from
				break
			}
		}
		if start < 0 {
			for i := range cases {
				if cases[i].isDefault {
					start = cases[i].from
				}
			}
		}
		if start < 0 {
			return next
		}
		for _, run := range runs[start:] {
			switch r := run(f); {
			case r == next:
			case r == breaks && (f.label == "" || f.label == label):
				f.label = ""
				return next
			default:
				return r
			}
		}
		return next
	}, completes || l.breaks || !hasDefault}
}

func (s *switchCase) has(key any) bool {
	for _, k := range s.keys {
		if k == key {
			return true
		}
	}
	return false
}

// caseKey is a case's constant: an int32, or a string.
func (c *compiler) caseKey(e *expr, text bool) any {
	if e.konst == nil {
		c.fail(e.at, "case expressions must be constant expressions")
	}
	if text {
		s, ok := e.konst.(*String)
		if !ok {
			c.mismatch(e, tString)
		}
		return s.String()
	}
	n, ok := constantInt(e)
	if !ok || e.t.kind == kLong {
		c.mismatch(e, tInt)
	}
	return int32(n)
}

// iterator goes through an array, list, set, or the entries, keys or values of a map.
type iterator struct {
	elems   func() (any, bool)
	pending any
	has     bool
	removed func()
}

func (it *iterator) next() (any, bool) {
	if it.has {
		it.has = false
		return it.pending, true
	}
	return it.elems()
}

func (it *iterator) hasNext() bool {
	if !it.has {
		it.pending, it.has = it.elems()
	}
	return it.has
}

// iterate begins an iteration. A collection that changes meanwhile throws, as in Java.
func iterate(m *Meter, v any, what string) *iterator {
	m.charge(32)
	i := 0
	slice := func(elems []any, check func()) *iterator {
		return &iterator{elems: func() (any, bool) {
			if i >= len(elems) {
				return nil, false
			}
			check()
			i++
			return elems[i-1], true
		}}
	}
	switch v := v.(type) {
	case nil:
		throw("NullPointerException", nullMessage("java.util.List.iterator()", what))
	case *array:
		return slice(v.elems, func() {})
	case *list:
		at := v.version
		return &iterator{elems: func() (any, bool) {
			if v.version != at {
				concurrent()
			}
			if i >= len(v.elems) {
				return nil, false
			}
			i++
			return v.elems[i-1], true
		}, removed: func() {
			i--
			v.elems = append(v.elems[:i], v.elems[i+1:]...)
			v.version++
			at = v.version
		}}
	case *set:
		at, all := v.version, v.all(m)
		return &iterator{elems: func() (any, bool) {
			if v.version != at {
				concurrent()
			}
			if i >= len(all) {
				return nil, false
			}
			i++
			return all[i-1].key, true
		}, removed: func() {
			v.remove(m, all[i-1].key)
			at = v.version
		}}
	}
	panic(fmt.Sprintf("java: %T is not iterable", v))
}

func concurrent() { panic(&thrown{class: "ConcurrentModificationException"}) }
