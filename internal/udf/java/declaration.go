package java

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
