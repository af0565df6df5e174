package java

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
