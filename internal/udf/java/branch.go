package java

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
