package cql

func (p *parser) insertStatement() Statement {
	p.keyword("insert")
	p.keyword("into")
	s := &Insert{Table: p.name()}
	if p.accept("json") {
		if b, ok := p.marker(); ok {
			s.JSON = b
		} else if p.cur().kind == tokString {
			s.JSON = p.constant()
		} else {
			p.noViable()
		}
		if p.accept("default") {
			if p.accept("unset") {
				s.DefaultUnset = true
			} else {
				if !p.accept("null") {
					p.noViableFrom(p.at)
				}
			}
		}
	} else {
		if !p.accept("(") {
			p.noViable()
		}
		s.Columns = p.columnList()
		p.punct(")")
		p.keyword("values")
		p.punct("(")
		for {
			s.Values = append(s.Values, p.term())
			if !p.accept(",") {
				break
			}
		}
		if p.cur().kind != tokPunct && p.cur().kind != tokEOF {
			p.noViable()
		}
		p.punct(")")
	}
	s.IfNotExists = p.ifNotExists()
	s.Using = p.using(true)
	return s
}

// using reads USING TIMESTAMP t AND TTL s in either order; DELETE knows TIMESTAMP only.
func (p *parser) using(ttl bool) Using {
	var u Using
	if !p.accept("using") {
		return u
	}
	for {
		switch {
		case p.accept("timestamp"):
			u.Timestamp = p.integer()
		case ttl && p.accept("ttl"):
			u.TTL = p.integer()
		case ttl:
			p.noViable()
		default:
			p.mismatch("K_TIMESTAMP")
		}
		if !ttl || !p.accept("and") {
			return u
		}
	}
}

func (p *parser) updateStatement() Statement {
	p.keyword("update")
	s := &Update{Table: p.name()}
	s.Using = p.using(true)
	p.keyword("set")
	for {
		s.Set = append(s.Set, p.assignment())
		p.compatibleSets(s.Set)
		if !p.accept(",") {
			break
		}
	}
	p.keyword("where")
	s.Where = p.where()
	s.IfExists, s.Conditions = p.conditions()
	return s
}

// compatibleSets refuses an assignment that overwrites what an earlier one sets.
func (p *parser) compatibleSets(all []Assignment) {
	b := &all[len(all)-1]
	for i := range all[:len(all)-1] {
		a := &all[i]
		if a.Column == b.Column && (a.Op == AssignSet || b.Op == AssignSet || a.Op == AssignField && b.Op == AssignField && a.Field == b.Field) {
			p.refuse("Multiple incompatible setting of column %s", a.Column)
		}
	}
}

func (p *parser) assignment() Assignment {
	a := Assignment{Column: p.ident()}
	p.close()
	switch {
	case p.accept("["):
		a.Op, a.Key = AssignElement, p.term()
		p.punct("]")
		p.punct("=")
		a.Value = p.term()
		return a
	case p.accept("."):
		a.Op, a.Field = AssignField, p.ident()
		p.punct("=")
		a.Value = p.term()
		return a
	case p.accept("+="):
		a.Op, a.Value = AssignAdd, p.term()
		return a
	case p.accept("-="):
		a.Op, a.Value = AssignSub, p.term()
		return a
	case !p.accept("="):
		p.noViable()
	}
	// c = c + v, c = c - v
	if isIdent(p.cur()) && !p.ahead(1).is("(") && !p.ahead(1).is(".") {
		other, sign := p.ident(), "+"
		switch {
		case p.accept("+"):
			a.Op, a.Value = AssignAdd, p.term()
		case p.accept("-"):
			if p.cur().kind == tokInteger && p.cur().start == p.tokens[p.at-1].end {
				sign = "- " // to Cassandra a negative number
			} else {
				sign = "-"
			}
			a.Op, a.Value = AssignSub, p.term()
		case p.cur().kind == tokInteger: // c = c 1, which Cassandra takes since to it c = c -1 is the same
			a.Op, a.Value, sign = AssignAdd, p.constant(), "+ "
		default:
			p.noViable()
		}
		if other != a.Column {
			p.refuse("Only expressions of the form X = X %s<value> are supported.", sign)
		}
		return a
	}
	a.Value = p.additive(p.assignedPrimary)
	// c = v + c: the column was read as the last operand
	if b, ok := a.Value.(*Binary); ok {
		if c, ok := b.Right.(*Column); ok {
			if b.Op != '+' {
				p.noViable()
			}
			if c.Name != a.Column {
				p.refuse("Only expressions of the form X = <value> + X are supported.")
			}
			a.Op, a.Value = AssignPrepend, b.Left
		}
	}
	return a
}

// assignedPrimary is termPrimary that also takes the column at the end of c = v + c.
func (p *parser) assignedPrimary() Expr {
	if p.at > 0 && p.tokens[p.at-1].is("+") && isIdent(p.cur()) && !p.ahead(1).is("(") && !p.ahead(1).is(".") {
		return &Column{p.ident()}
	}
	return p.termPrimary()
}

func (p *parser) deleteStatement() Statement {
	p.keyword("delete")
	s := &Delete{}
	if !p.cur().is("from") {
		if !isIdent(p.cur()) {
			p.mismatch("K_FROM")
		}
		for {
			s.Deletions = append(s.Deletions, p.deletion())
			if !p.accept(",") {
				break
			}
		}
	}
	if !p.accept("from") {
		if len(s.Deletions) > 0 && !p.cur().is(".") {
			p.noViable()
		}
		p.mismatch("K_FROM")
	}
	s.Table = p.name()
	s.Using = p.using(false)
	p.keyword("where")
	s.Where = p.where()
	s.IfExists, s.Conditions = p.conditions()
	return s
}

func (p *parser) deletion() Deletion {
	d := Deletion{Column: p.ident()}
	switch {
	case p.accept("["):
		d.Key = p.term()
		p.punct("]")
	case p.accept("."):
		d.Field = p.ident()
	}
	return d
}

func (p *parser) batchStatement() Statement {
	p.keyword("begin")
	s := &Batch{}
	switch {
	case p.accept("unlogged"):
		s.Kind = BatchUnlogged
	case p.accept("counter"):
		s.Kind = BatchCounter
	}
	p.keyword("batch")
	s.Using = p.using(true)
	for {
		switch {
		case p.cur().is("insert"):
			s.Statements = append(s.Statements, p.insertStatement())
		case p.cur().is("update"):
			s.Statements = append(s.Statements, p.updateStatement())
		case p.cur().is("delete"):
			s.Statements = append(s.Statements, p.deleteStatement())
		default:
			p.keyword("apply")
			p.keyword("batch")
			return s
		}
		p.accept(";")
	}
}

func (p *parser) useStatement() Statement {
	p.keyword("use")
	s := &Use{Keyspace: p.ident()}
	p.close()
	return s
}

func (p *parser) truncateStatement() Statement {
	p.keyword("truncate")
	if !p.accept("table") {
		p.accept("columnfamily")
	}
	return &Truncate{Table: p.tableName()}
}
