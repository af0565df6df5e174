package java

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
