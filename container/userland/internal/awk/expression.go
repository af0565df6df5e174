package awk

import "strconv"

// exprList is (a, b): an index of in, or the arguments of print.
type exprList struct{ all []expr }

func isTarget(e expr) bool {
	switch e.(type) {
	case *variable, *element, *field:
		return true
	}
	return false
}

// expression reads the loosest binding: conditions and assignments.
func (p *parser) expression() expr {
	test := p.or()
	if p.accept("?") {
		p.newlines()
		yes := p.expression()
		p.newlines()
		p.expect(":")
		p.newlines()
		return &conditional{test, yes, p.expression()}
	}
	if isTarget(test) && p.is("=", "+=", "-=", "*=", "/=", "%=", "^=") {
		op := p.take().text
		p.newlines()
		return &assignment{op[:len(op)-1], test, p.expression()}
	}
	return test
}

func (p *parser) or() expr {
	x := p.and()
	for p.accept("||") {
		p.newlines()
		x = &binary{"||", x, p.and()}
	}
	return x
}

func (p *parser) and() expr {
	x := p.in()
	for p.accept("&&") {
		p.newlines()
		x = &binary{"&&", x, p.in()}
	}
	return x
}

func (p *parser) in() expr {
	x := p.match()
	for p.is("in") {
		p.at++
		index := []expr{x}
		if list, ok := x.(*exprList); ok {
			index = list.all
		}
		x = &membership{index, p.variable(p.take().text)}
	}
	return x
}

func (p *parser) match() expr {
	x := p.comparison()
	for {
		switch {
		case p.accept("~"):
			x = &binary{"~", x, p.comparison()}
		case p.is("!") && p.tokens[p.at+1].text == "~":
			p.at += 2
			x = &binary{"!~", x, p.comparison()}
		default:
			return x
		}
	}
}

func (p *parser) comparison() expr {
	x := p.concatenation()
	for p.is("<", "<=", "==", "!=", ">=") || p.is(">") && !p.noRight {
		op := p.take().text
		x = &binary{op, x, p.concatenation()}
	}
	// command | getline
	for p.is("|") && p.tokens[p.at+1].text == "getline" {
		p.at += 2
		x = &getline{from: x, pipe: true, target: p.optionalTarget()}
	}
	return x
}

// startsValue says whether the next token can begin an operand, which then is appended to the one before.
func (p *parser) startsValue() bool {
	switch t := p.peek(); t.kind {
	case tokenNumber, tokenString, tokenRegexp, tokenName, tokenFunction, tokenBuiltin:
		return true
	default:
		return p.is("$", "!", "(", "-", "+", "++", "--")
	}
}

func (p *parser) concatenation() expr {
	x := p.additive()
	for p.startsValue() && !p.is("+", "-") && !(p.is("!") && p.tokens[p.at+1].text == "~") {
		x = &binary{"", x, p.additive()}
	}
	return x
}

func (p *parser) additive() expr {
	x := p.multiplicative()
	for p.is("+", "-") {
		op := p.take().text
		x = &binary{op, x, p.multiplicative()}
	}
	return x
}

func (p *parser) multiplicative() expr {
	x := p.unary()
	for p.is("*", "/", "%") {
		op := p.take().text
		x = &binary{op, x, p.unary()}
	}
	return x
}

func (p *parser) unary() expr {
	if p.is("!", "-", "+") {
		op := p.take().text
		return &unary{op, p.unary()}
	}
	return p.power()
}

func (p *parser) power() expr {
	x := p.postfix()
	if p.accept("^") {
		// binds to the right, and its exponent may have a sign
		if p.is("-", "+", "!") {
			op := p.take().text
			return &binary{"^", x, &unary{op, p.power()}}
		}
		return &binary{"^", x, p.power()}
	}
	return x
}

func (p *parser) postfix() expr {
	if p.is("++", "--") {
		by := 1.0
		if p.take().text == "--" {
			by = -1
		}
		return &increment{p.target(), by, true}
	}
	x := p.primary()
	if isTarget(x) && p.is("++", "--") {
		by := 1.0
		if p.take().text == "--" {
			by = -1
		}
		return &increment{x, by, false}
	}
	return x
}

func (p *parser) target() expr {
	x := p.primary()
	if !isTarget(x) {
		p.fail("a variable, field or element expected")
	}
	return x
}

func (p *parser) optionalTarget() expr {
	if p.peek().kind == tokenName || p.is("$") {
		return p.target()
	}
	return nil
}

func (p *parser) primary() expr {
	switch t := p.take(); t.kind {
	case tokenNumber:
		n, err := strconv.ParseFloat(t.text, 64)
		if err != nil {
			p.fail("a number expected")
		}
		return number(n)
	case tokenString:
		return str(t.text)
	case tokenRegexp:
		return pattern(t.text)
	case tokenName:
		if p.accept("[") {
			return &element{p.variable(t.text), p.list("]")}
		}
		return p.variable(t.text)
	case tokenFunction:
		p.expect("(")
		return &call{name: t.text, args: p.list(")")}
	case tokenBuiltin:
		c := &call{name: t.text, builtin: true}
		if p.accept("(") {
			c.args = p.list(")")
		} else if t.text != "length" {
			p.fail("( expected")
		}
		return c
	case tokenWord:
		switch t.text {
		case "$":
			if p.is("++", "--", "-", "+", "!") {
				return &field{p.unary()}
			}
			return &field{p.primary()}
		case "(":
			all := p.list(")")
			if len(all) == 1 {
				return &group{all[0]}
			}
			return &exprList{all}
		case "getline":
			g := &getline{target: p.optionalTarget()}
			if p.accept("<") {
				g.from = p.primary()
			}
			return g
		case "-", "+", "!":
			return &unary{t.text, p.unary()}
		}
	}
	p.at--
	p.fail("an expression expected")
	return nil
}
