package cql

import "strings"

// createFunction reads what follows CREATE [OR REPLACE] FUNCTION.
func (p *parser) createFunction(orReplace bool) Statement {
	s := &CreateFunction{OrReplace: orReplace, IfNotExists: p.ifNotExists()}
	s.Function = p.functionName()
	p.punct("(")
	if !p.accept(")") {
		for {
			s.ArgNames = append(s.ArgNames, p.ident())
			p.close()
			s.ArgTypes = append(s.ArgTypes, p.typeName())
			if !p.accept(",") {
				break
			}
		}
		p.punct(")")
	}
	switch {
	case p.accept("returns"):
		p.keyword("null")
	case p.accept("called"):
		s.CalledOnNull = true
	default:
		p.noViable()
	}
	p.keyword("on")
	p.keyword("null")
	p.keyword("input")
	p.keyword("returns")
	s.Returns = p.typeName()
	p.keyword("language")
	if p.cur().kind != tokIdent {
		p.mismatch("IDENT")
	}
	s.Language = strings.ToLower(p.advance().text)
	p.keyword("as")
	if p.cur().kind != tokString {
		p.mismatch("STRING_LITERAL")
	}
	s.Body = p.advance().text
	return s
}

// createAggregate reads what follows CREATE [OR REPLACE] AGGREGATE.
func (p *parser) createAggregate(orReplace bool) Statement {
	s := &CreateAggregate{OrReplace: orReplace, IfNotExists: p.ifNotExists()}
	s.Aggregate = p.name()
	s.ArgTypes = p.signature()
	p.keyword("sfunc")
	s.StateFunction = p.ident()
	p.keyword("stype")
	s.StateType = p.typeName()
	if p.accept("finalfunc") {
		s.FinalFunction = p.ident()
	}
	if p.accept("initcond") {
		s.InitCond = p.term()
	}
	return s
}

// signature reads (type, …), which may be empty.
func (p *parser) signature() []*TypeName {
	p.punct("(")
	if p.accept(")") {
		return nil
	}
	if p.cur().kind == tokEOF {
		p.mismatch("')'")
	}
	var all []*TypeName
	for {
		all = append(all, p.typeName())
		p.close()
		if !p.accept(",") {
			break
		}
	}
	p.punct(")")
	return all
}

// functionName is name for a function, which may be token as well.
func (p *parser) functionName() Name {
	part := func() string {
		if p.accept("token") {
			return "token"
		}
		return p.ident()
	}
	n := Name{Name: part()}
	if p.accept(".") {
		n.Keyspace, n.Name = n.Name, part()
	}
	return n
}

// dropFunction reads what follows DROP FUNCTION or DROP AGGREGATE.
func (p *parser) dropFunction(aggregate bool) Statement {
	s := &DropFunction{Aggregate: aggregate, IfExists: p.ifExists()}
	s.Function = p.functionName()
	if p.cur().is("(") {
		s.WithArgs, s.ArgTypes = true, p.signature()
	}
	return s
}
