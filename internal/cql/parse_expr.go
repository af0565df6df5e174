package cql

import (
	"math"
	"strconv"
	"strings"
)

// term reads a value: arithmetic over constants, markers, literals and calls; no column names.
func (p *parser) term() Expr { return p.additive(p.termPrimary) }

// additive and multiplicative give + - and * / % their precedence over whatever primary reads.
func (p *parser) additive(primary func() Expr) Expr {
	p.enter()
	defer p.leave()
	left := p.multiplicative(primary)
	for p.cur().is("+") || p.cur().is("-") {
		op := p.advance().text[0]
		left = p.fold(left)
		left = &Binary{op, left, p.multiplicative(primary)}
	}
	return left
}

func (p *parser) multiplicative(primary func() Expr) Expr {
	left := p.unary(primary)
	for p.cur().is("*") || p.cur().is("/") || p.cur().is("%") {
		op := p.advance().text[0]
		left = p.fold(left)
		left = &Binary{op, left, p.unary(primary)}
	}
	return left
}

// operatorsMax bounds a chain of operators, which nests to the left without recursion here but not later.
const operatorsMax = 1024

func (p *parser) fold(left Expr) Expr {
	n := 0
	for e := left; ; n++ {
		b, ok := e.(*Binary)
		if !ok {
			break
		}
		e = b.Left
	}
	if n > operatorsMax {
		p.refuse("Failed parsing statement: more than %d operators in one expression", operatorsMax)
	}
	return left
}

// unary reads what primary does, or its negation.
func (p *parser) unary(primary func() Expr) Expr {
	if !p.cur().is("-") {
		return primary()
	}
	if c := p.negative(); c != nil {
		return c
	}
	p.at++
	p.enter()
	defer p.leave()
	if t := p.cur(); t.kind == tokHex && t.start == p.tokens[p.at-1].end {
		p.noViable() // Cassandra reads -0 and a name
	}
	if c := p.negative(); c != nil {
		return &Negate{c}
	}
	return &Negate{primary()}
}

// negative takes a number with its sign, which no space is between, or returns nil.
func (p *parser) negative() *Constant {
	sign, t := p.cur(), p.ahead(1)
	if !sign.is("-") || sign.end != t.start {
		return nil
	}
	if t.kind != tokInteger && t.kind != tokFloat && t.kind != tokDuration && !t.is("nan") && !t.is("infinity") {
		return nil
	}
	p.at++
	c := p.constant()
	c.Text = "-" + c.Text
	return c
}

// constant takes a constant or returns nil.
func (p *parser) constant() *Constant {
	t := p.cur()
	var kind ConstantKind
	switch {
	case t.kind == tokString:
		kind = ConstString
	case t.kind == tokInteger:
		kind = ConstInteger
	case t.kind == tokFloat, t.is("nan"), t.is("infinity"):
		kind = ConstFloat
	case t.kind == tokUUID:
		kind = ConstUUID
	case t.kind == tokHex:
		kind = ConstHex
	case t.kind == tokDuration:
		kind = ConstDuration
	case t.is("true"), t.is("false"):
		kind = ConstBoolean
	default:
		return nil
	}
	if t.kind == tokFloat {
		p.checkFloat(t.text)
	}
	p.at++
	return &Constant{kind, t.text}
}

// checkFloat refuses a number beyond the range of double, which Cassandra's parser stumbles at.
func (p *parser) checkFloat(text string) {
	if v, err := strconv.ParseFloat(text, 64); err != nil && math.IsInf(v, 0) {
		p.refuse("Failed parsing statement: [%s] reason: NumberFormatException Character I is neither a decimal digit number, decimal point, nor \"e\" notation exponential mark.", p.text)
	}
}

func (p *parser) termPrimary() Expr {
	if e := p.literal(p.term, p.hintedTerm); e != nil {
		return e
	}
	if p.cur().is("cast") && p.ahead(1).is("(") {
		return p.cast(p.term)
	}
	if isFunctionStart(p.cur(), p.ahead(1), p.ahead(2), p.ahead(3)) {
		return p.call(p.term)
	}
	if isIdent(p.cur()) {
		p.at++ // Cassandra reads the word as a function's name and stumbles at what follows
	}
	p.noViable()
	return nil
}

func isFunctionStart(t, a, b, c token) bool {
	if !(t.kind == tokIdent || t.kind == tokQuoted) {
		return false
	}
	if a.is("(") {
		return isIdent(t) || t.is("token")
	}
	return a.is(".") && isIdent(t) && (isIdent(b) || b.is("token")) && c.is("(")
}

// call reads name(args).
func (p *parser) call(arg func() Expr) *Call {
	c := &Call{}
	if p.ahead(1).is(".") {
		c.Func.Keyspace = p.ident()
		p.at++
	}
	if p.accept("token") {
		c.Func.Name = "token"
	} else {
		c.Func.Name = p.ident()
	}
	p.punct("(")
	if p.accept(")") {
		return c
	}
	if p.cur().is("*") {
		p.mismatch("')'")
	}
	for {
		c.Args = append(c.Args, arg())
		if !p.accept(",") {
			break
		}
	}
	p.punct(")")
	return c
}

// literal reads a constant, NULL, marker, collection, tuple, type hint or parenthesis; nil when none begins here. inner reads
// what is inside, hinted what a type hint is for.
func (p *parser) literal(inner, hinted func() Expr) Expr {
	if c := p.constant(); c != nil {
		return c
	}
	if b, ok := p.marker(); ok {
		return b
	}
	switch {
	case p.accept("null"):
		return &Null{}
	case p.accept("["):
		return &ListLit{p.elems("]", inner)}
	case p.accept("{"):
		return p.braces(inner)
	case p.cur().is("("):
		return p.parens(inner, hinted)
	}
	return nil
}

func (p *parser) elems(end string, inner func() Expr) []Expr {
	var all []Expr
	if p.accept(end) {
		return all
	}
	for {
		all = append(all, inner())
		if !p.accept(",") {
			break
		}
	}
	p.punct(end)
	return all
}

// braces reads the rest of a set, map or user type literal.
func (p *parser) braces(inner func() Expr) Expr {
	if p.accept("}") {
		return &SetLit{}
	}
	if isIdent(p.cur()) && p.ahead(1).is(":") {
		u := &UDTLit{}
		for {
			u.Fields = append(u.Fields, p.ident())
			p.punct(":")
			u.Values = append(u.Values, inner())
			if !p.accept(",") {
				break
			}
		}
		p.punct("}")
		return u
	}
	first := inner()
	if !p.accept(":") {
		s := &SetLit{Elems: []Expr{first}}
		for p.accept(",") {
			s.Elems = append(s.Elems, inner())
		}
		p.punct("}")
		return s
	}
	m := &MapLit{Keys: []Expr{first}, Values: []Expr{inner()}}
	for p.accept(",") {
		m.Keys = append(m.Keys, inner())
		p.punct(":")
		m.Values = append(m.Values, inner())
	}
	p.punct("}")
	return m
}

// parens reads (type) expr, (a, b) or (expr).
func (p *parser) parens(inner, hinted func() Expr) Expr {
	if t, ok := p.hint(); ok {
		p.enter()
		defer p.leave()
		return &Hint{t, hinted()}
	}
	p.punct("(")
	if t := p.cur(); t.is(")") || t.kind == tokIdent && reserved[strings.ToLower(t.text)] && !isOperand(t) && !t.is("null") && !t.is("nan") && !t.is("infinity") && !t.is("token") {
		p.noViableFrom(p.at - 1)
	}
	elems := []Expr{inner()}
	for p.accept(",") {
		elems = append(elems, inner())
	}
	p.punct(")")
	return &TupleLit{elems}
}

// hintedTerm reads what a type hint in a term applies to: a primary, not a whole sum.
func (p *parser) hintedTerm() Expr { return p.unary(p.termPrimary) }

// hint reads (type) when what is in parentheses can only be a type and something follows that it can apply to.
func (p *parser) hint() (*TypeName, bool) {
	start, markers := p.at, len(p.markers)
	t, ok := p.try(func() *TypeName {
		p.punct("(")
		t := p.typeName()
		p.punct(")")
		return t
	})
	if !ok || !p.hintable(t) {
		p.at, p.markers = start, p.markers[:markers]
		return nil, false
	}
	return t, true
}

// hintable says whether what comes can be what a type hint is for.
func (p *parser) hintable(t *TypeName) bool {
	next := p.cur()
	switch {
	case next.is(":"): // a marker, or a map's key in parentheses
		return t.Class == "" && isIdent(p.ahead(1))
	case next.is("-"): // the sign of a number, or an operator
		return p.ahead(1).start == next.end
	case next.is("as"), next.is("per") && p.ahead(1).is("partition"), next.is("group") && p.ahead(1).is("by"):
		return false // a clause, behind a string in parentheses
	case next.kind == tokPunct:
		return next.is("(") || next.is("{") || next.is("[")
	}
	return isOperand(next) || next.is("null") || next.is("nan") || next.is("infinity") || next.is("token") && p.ahead(1).is("(")
}

// try runs a small sub-parse whose failure is no error. It is used for a bounded look ahead only.
func (p *parser) try(f func() *TypeName) (t *TypeName, ok bool) {
	depth := p.depth
	defer func() {
		if r := recover(); r != nil {
			if _, syntax := r.(syntaxError); !syntax {
				panic(r)
			}
			p.depth = depth
			t, ok = nil, false
		}
	}()
	if !(isIdent(p.ahead(1)) || p.ahead(1).is("set") || p.ahead(1).kind == tokString) || !(p.ahead(2).is(")") || p.ahead(2).is("<") || p.ahead(2).is(".")) {
		return nil, false
	}
	return f(), true
}

// typeName reads a type.
func (p *parser) typeName() *TypeName {
	p.enter()
	defer p.leave()
	if p.cur().kind == tokString {
		return &TypeName{Class: p.advance().text}
	}
	if p.cur().is("set") && p.ahead(1).is("<") {
		p.at += 2
		t := &TypeName{Name: "set", Params: []*TypeName{p.typeName()}}
		p.punct(">")
		return t
	}
	first := p.cur()
	n := p.userType()
	t := &TypeName{Keyspace: n.Keyspace, Name: n.Name}
	if n.Keyspace == "" && first.kind == tokIdent && reservedTypes[n.Name] {
		p.refuse("Invalid (reserved) user type name %s", n.Name)
	}
	if n.Keyspace != "" || !p.cur().is("<") {
		return t
	}
	if !generics[t.Name] {
		p.noViable()
	}
	p.at++
	if t.Name == "vector" {
		t.Params = []*TypeName{p.typeName()}
		p.punct(",")
		negative := p.cur().is("-") && p.ahead(1).kind == tokInteger
		if negative {
			p.at++
		}
		if p.cur().kind != tokInteger {
			p.mismatch("INTEGER")
		}
		digits := p.advance().text
		for i := range len(digits) {
			if t.Dimension = t.Dimension*10 + int(digits[i]-'0'); t.Dimension > 1<<20 {
				t.Dimension = 1 << 20
			}
		}
		if negative {
			t.Dimension = -t.Dimension
		}
	} else {
		p.typeParams(t)
	}
	p.punct(">")
	return t
}

// reservedTypes are names that no user type may have, of types that there may be one day.
var reservedTypes = words("byte complex enum interval macaddr bitstring")

// generics are the types that have parameters.
var generics = words("list set map tuple frozen vector")

// typeParams reads the parameters of list<>, map<> and the others, which must be as many as the type takes.
func (p *parser) typeParams(t *TypeName) {
	if p.cur().is(">") && t.Name == "tuple" {
		p.refuse("Failed parsing statement: a tuple needs at least one type")
	}
	for {
		t.Params = append(t.Params, p.typeName())
		full := len(t.Params) == 1 && t.Name != "map" && t.Name != "tuple" || len(t.Params) == 2 && t.Name == "map"
		if full {
			return
		}
		if !p.accept(",") {
			if t.Name == "map" {
				p.mismatch("','")
			}
			return
		}
	}
}
