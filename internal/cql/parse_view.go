package cql

// createView reads CREATE MATERIALIZED VIEW from the view's name on.
func (p *parser) createView() Statement {
	s := &CreateView{IfNotExists: p.ifNotExists()}
	s.View = p.name()
	p.keyword("as")
	p.keyword("select")
	if !p.accept("*") {
		if p.cur().is("distinct") && !p.nextEndsSelector() {
			p.at++
			p.noViableFrom(p.at - 1)
		}
		s.Selectors = p.selectors()
	}
	p.keyword("from")
	s.Table = p.name()
	if p.accept("where") {
		s.Where = p.where()
	}
	p.keyword("primary")
	p.keyword("key")
	p.punct("(")
	s.Key = p.primaryKey()
	p.punct(")")
	if p.accept("with") {
		p.tableProperties(&s.Properties, &s.Order, &s.CompactStorage)
	}
	return s
}

// alterView reads ALTER MATERIALIZED VIEW from the view's name on.
func (p *parser) alterView() Statement {
	s := &AlterView{IfExists: p.ifExists()}
	s.View = p.name()
	p.keyword("with")
	s.Properties = p.properties(nil)
	return s
}

// dropView reads DROP MATERIALIZED VIEW from the view's name on.
func (p *parser) dropView() Statement {
	s := &DropView{IfExists: p.ifExists()}
	s.View = p.name()
	return s
}

// ParseWhere reads relations joined by AND, as WhereText writes them.
func ParseWhere(text string) ([]Relation, error) {
	s, err := Parse("SELECT * FROM t WHERE " + text)
	if err != nil {
		return nil, err
	}
	return s.(*Select).Where, nil
}
