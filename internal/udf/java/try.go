package java

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
