package cql

import "strings"

// createIndex reads what follows CREATE [CUSTOM] INDEX.
func (p *parser) createIndex(custom bool) Statement {
	s := &CreateIndex{Custom: custom, IfNotExists: p.ifNotExists()}
	if isIdent(p.cur()) && !p.cur().is("on") {
		s.Index = p.ident()
	}
	p.keyword("on")
	s.Table = p.name()
	p.punct("(")
	if !p.cur().is(")") {
		s.Targets = append(s.Targets, p.indexTarget())
		for p.accept(",") {
			s.Targets = append(s.Targets, p.indexTarget())
		}
	}
	p.punct(")")
	if p.accept("using") {
		if p.cur().kind != tokString {
			p.mismatch("STRING_LITERAL")
		}
		s.Using = p.advance().text
	}
	if p.accept("with") {
		s.Properties = p.properties(nil)
	}
	return s
}

func (p *parser) indexTarget() IndexTarget {
	for _, part := range [...]string{"keys", "values", "entries", "full"} {
		if p.cur().is(part) && p.ahead(1).is("(") {
			p.at += 2
			t := IndexTarget{Column: p.ident(), Part: strings.ToLower(part)}
			p.punct(")")
			return t
		}
	}
	p.refuseReserved()
	return IndexTarget{Column: p.ident()}
}
