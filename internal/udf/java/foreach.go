package java

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
