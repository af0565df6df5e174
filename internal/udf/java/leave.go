package java

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
