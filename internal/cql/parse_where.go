package cql

// where reads relations joined by AND.
func (p *parser) where() []Relation {
	all := p.relation(nil)
	for p.accept("and") {
		all = p.relation(all)
	}
	if p.cur().is("or") {
		p.noViable()
	}
	return all
}

// relation appends one relation; a relation may stand in parentheses.
func (p *parser) relation(all []Relation) []Relation {
	if p.cur().is("token") && p.ahead(1).is("(") {
		p.at += 2
		r := Relation{Token: true, Columns: p.columnList()}
		p.punct(")")
		r.Op = p.comparison()
		r.Value = p.term()
		return append(all, r)
	}
	if p.cur().is("(") {
		if isIdent(p.ahead(1)) && (p.ahead(2).is(",") || p.ahead(2).is(")")) {
			return append(all, p.tupleRelation())
		}
		p.enter()
		defer p.leave()
		p.at++
		if p.cur().is(")") {
			p.noViableFrom(p.at - 1)
		}
		all = p.relation(all)
		p.punct(")")
		return all
	}
	if p.cur().kind == tokIdent && p.cur().text == "expr" && p.ahead(1).is("(") && p.ahead(1).start == p.cur().end {
		return append(all, p.indexExpression())
	}
	r := Relation{Columns: []string{p.ident()}}
	if p.accept("[") {
		r.Key = p.term()
		p.punct("]")
		r.Op = p.comparison()
		r.Value = p.term()
		return append(all, r)
	}
	p.operatorAndValue(&r, true)
	return append(all, r)
}

// indexExpression reads expr(index, value).
func (p *parser) indexExpression() Relation {
	p.at += 2
	if p.cur().text == "" {
		p.noViable()
	}
	index := p.ident()
	p.punct(",")
	value := p.term()
	p.punct(")")
	return Relation{Index: index, Value: value}
}

func (p *parser) columnList() []string {
	all := []string{p.ident()}
	for p.accept(",") {
		all = append(all, p.ident())
	}
	p.close()
	return all
}

// comparison reads one of = != < <= > >=.
func (p *parser) comparison() Operator {
	for _, op := range [...]Operator{OpEq, OpNeq, OpLte, OpLt, OpGte, OpGt} {
		if p.accept(string(op)) {
			return op
		}
	}
	p.noViable()
	return ""
}

// operatorAndValue reads the rest of column op value; where is false in IF conditions, which know fewer operators.
func (p *parser) operatorAndValue(r *Relation, where bool) {
	switch {
	case p.accept("in"):
		r.Op = OpIn
		p.inValues(r)
	case p.accept("contains"):
		r.Op = OpContains
		if p.accept("key") {
			r.Op = OpContainsKey
		}
		r.Value = p.term()
	case where && p.accept("like"):
		r.Op = OpLike
		r.Value = p.term()
	case where && p.accept("is"):
		p.keyword("not")
		p.keyword("null")
		r.Op = OpIsNotNull
	default:
		r.Op = p.comparison()
		r.Value = p.term()
	}
}

// inValues reads ? or (a, b, …).
func (p *parser) inValues(r *Relation) {
	if b, ok := p.marker(); ok {
		r.Value = b
		return
	}
	if !p.accept("(") {
		if p.cur().kind == tokEOF || r.Key != nil || r.FieldName != "" {
			p.noViable()
		}
		p.noViableSince(p.at - 2)
	}
	r.In = []Expr{}
	if p.accept(")") {
		return
	}
	if p.cur().is(",") {
		p.mismatch("')'")
	}
	for {
		r.In = append(r.In, p.term())
		if !p.accept(",") {
			break
		}
	}
	p.punct(")")
}

// tupleRelation reads (a, b) op ….
func (p *parser) tupleRelation() Relation {
	p.punct("(")
	r := Relation{Multi: true, Columns: p.columnList()}
	p.punct(")")
	if p.accept("in") {
		r.Op = OpIn
		p.tupleIn(&r)
		return r
	}
	r.Op = p.comparison()
	r.Value = p.tupleValue(p.at - 1)
	return r
}

func (p *parser) tupleIn(r *Relation) {
	if b, ok := p.marker(); ok {
		r.Value = b
		return
	}
	p.punct("(")
	open := p.at - 1
	r.In = []Expr{}
	if p.accept(")") {
		return
	}
	for {
		r.In = append(r.In, p.tupleValue(open))
		if !p.accept(",") {
			break
		}
	}
	p.punct(")")
}

// tupleValue reads (a, b) or a marker; where it is neither, the choice has been open since the token at begin.
func (p *parser) tupleValue(begin int) Expr {
	if b, ok := p.marker(); ok {
		return b
	}
	if !p.accept("(") {
		if p.cur().kind == tokEOF {
			p.noViable()
		}
		p.noViableFrom(begin)
	}
	if p.cur().is(")") {
		p.noViable()
	}
	return &TupleLit{p.elems(")", p.term)}
}

// conditions reads what follows IF in UPDATE and DELETE: EXISTS or conditions.
func (p *parser) conditions() (exists bool, all []Relation) {
	if !p.accept("if") {
		return false, nil
	}
	if p.cur().is("exists") && !p.isOperator(p.ahead(1)) {
		p.at++
		if p.cur().is("and") {
			p.noViable()
		}
		return true, nil
	}
	for {
		all = append(all, p.condition())
		if !p.accept("and") {
			break
		}
	}
	if p.cur().is("or") {
		p.noViable()
	}
	return false, all
}

func (p *parser) isOperator(t token) bool {
	switch {
	case t.is("="), t.is("!="), t.is("<"), t.is(">"), t.is("<="), t.is(">="), t.is("in"), t.is("contains"), t.is("["), t.is("."):
		return true
	}
	return false
}

func (p *parser) condition() Relation {
	r := Relation{Columns: []string{p.ident()}}
	switch {
	case p.accept("["):
		r.Key = p.term()
		p.punct("]")
	case p.accept("."):
		r.FieldName = p.ident()
	}
	p.close()
	if (r.Key != nil || r.FieldName != "") && p.cur().is("contains") {
		p.noViable()
	}
	p.operatorAndValue(&r, false)
	return r
}
