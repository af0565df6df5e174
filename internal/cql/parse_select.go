package cql

import "strings"

func (p *parser) selectStatement() Statement {
	p.keyword("select")
	s := &Select{}
	if p.cur().is("json") && !p.nextEndsSelector() {
		p.at++
		s.JSON = true
	}
	if p.cur().is("distinct") && !p.nextEndsSelector() {
		p.at++
		s.Distinct = true
	}
	if !p.accept("*") {
		s.Selectors = p.selectors()
	}
	p.keyword("from")
	s.Table = p.tableName()
	if p.accept("where") {
		s.Where = p.where()
	}
	if p.accept("group") {
		p.keyword("by")
		s.GroupBy = append(s.GroupBy, p.selector())
		for p.accept(",") {
			s.GroupBy = append(s.GroupBy, p.selector())
		}
	}
	if p.accept("order") {
		p.keyword("by")
		s.OrderBy = append(s.OrderBy, p.ordering())
		for p.accept(",") {
			s.OrderBy = append(s.OrderBy, p.ordering())
		}
	}
	if p.accept("per") {
		p.keyword("partition")
		p.keyword("limit")
		s.PerPartitionLimit = p.integer()
	}
	if p.accept("limit") {
		s.Limit = p.integer()
	}
	if p.accept("allow") {
		p.keyword("filtering")
		s.AllowFiltering = true
	}
	return s
}

// nextEndsSelector tells the column json or distinct from the keyword.
func (p *parser) nextEndsSelector() bool {
	n := p.ahead(1)
	return n.is(",") || n.is("from") || n.is("as") || n.is(".") || n.kind == tokEOF
}

func (p *parser) selectors() []Selector {
	var all []Selector
	for {
		s := Selector{Expr: p.selector()}
		if p.accept("as") {
			s.Alias = p.ident()
		}
		all = append(all, s)
		if !p.accept(",") {
			return all
		}
	}
}

// selector reads arithmetic over columns, calls, casts and literals.
func (p *parser) selector() Expr { return p.additive(p.selectorPrimary) }

// selectorOperand reads a column, call, cast, literal or parenthesis.
func (p *parser) selectorOperand() Expr {
	var e Expr
	switch {
	case p.cur().is("cast") && p.ahead(1).is("("):
		e = p.cast(p.selector)
	case isFunctionStart(p.cur(), p.ahead(1), p.ahead(2), p.ahead(3)):
		e = p.selectorCall()
	case p.cur().is("token"):
		p.at++
		p.mismatch("'('")
	default:
		if e = p.literal(p.selector, p.hintedSelector); e == nil {
			e = &Column{p.ident()}
		} else if t, ok := e.(*TupleLit); ok && len(t.Elems) == 1 {
			e = &Paren{t.Elems[0]}
		}
	}
	return e
}

// hintedSelector reads what a type hint in a selection applies to: a primary without what may follow it.
func (p *parser) hintedSelector() Expr {
	if p.cur().is("-") {
		return p.unary(p.selectorOperand)
	}
	return p.selectorOperand()
}

func (p *parser) selectorPrimary() Expr {
	if p.cur().is("-") {
		return p.unary(p.selectorPrimary)
	}
	e := p.selectorOperand()
	for {
		switch {
		case p.accept("."):
			e = &Field{e, p.ident()}
		case p.accept("["):
			e = p.subscript(e)
		default:
			return e
		}
	}
}

// selectorCall reads a call; writetime, maxwritetime and ttl take exactly one column.
func (p *parser) selectorCall() Expr {
	if w := strings.ToLower(p.cur().text); p.cur().kind == tokIdent && p.ahead(1).is("(") && (w == "writetime" || w == "maxwritetime" || w == "ttl") {
		p.at += 2
		var arg Expr = &Column{p.ident()}
		for p.cur().is("[") || p.cur().is(".") {
			if p.accept(".") {
				arg = &Field{arg, p.ident()}
			} else {
				p.at++
				arg = p.subscript(arg)
			}
		}
		p.punct(")")
		return &Call{Func: Name{Name: w}, Args: []Expr{arg}}
	}
	if p.cur().is("count") && p.ahead(1).is("(") && p.ahead(2).is("*") {
		p.at += 3
		p.punct(")")
		return &Call{Func: Name{Name: "count"}, Star: true}
	}
	return p.call(p.selector)
}

// castTypes are the types that CAST(x AS type) knows.
var castTypes = words(`ascii bigint blob boolean counter decimal double duration float inet int smallint text timestamp
	tinyint uuid varchar varint timeuuid date time`)

func (p *parser) cast(inner func() Expr) Expr {
	p.at += 2
	of := inner()
	p.keyword("as")
	if p.cur().kind != tokIdent || !castTypes[strings.ToLower(p.cur().text)] {
		p.noViable()
	}
	t := &TypeName{Name: strings.ToLower(p.advance().text)}
	p.punct(")")
	return &Cast{of, t}
}

// subscript reads the rest of of[key] or of[from..to].
func (p *parser) subscript(of Expr) Expr {
	if p.cur().is("..") && p.ahead(1).is("]") {
		p.at--
		p.mismatch("K_FROM")
	}
	var from Expr
	if !p.cur().is("..") {
		from = p.term()
	}
	if !p.accept("..") {
		p.punct("]")
		return &Element{of, from}
	}
	var to Expr
	if !p.cur().is("]") {
		to = p.term()
	}
	p.punct("]")
	return &Slice{of, from, to}
}

func (p *parser) ordering() Ordering {
	o := Ordering{Column: p.ident()}
	p.close()
	if p.accept("ann") {
		p.keyword("of")
		o.ANN = p.term()
	}
	if p.accept("desc") {
		o.Descending = true
	} else {
		p.accept("asc")
	}
	return o
}

// integer reads the value of LIMIT, TTL or TIMESTAMP: an integer or a marker.
func (p *parser) integer() Expr {
	if b, ok := p.marker(); ok {
		return b
	}
	var c *Constant
	switch {
	case p.cur().kind == tokInteger:
		c = p.constant()
	case p.ahead(1).kind == tokInteger:
		c = p.negative()
	}
	if c == nil {
		p.noViable()
	}
	p.close()
	return c
}
