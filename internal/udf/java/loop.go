package java

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
