package cql

import "strings"

// The statements here are of Cassandra's grammar but not yet executed: the parser recognises them by their leading words and
// the executor refuses them by name.

func (p *parser) laterCreate() Statement {
	what := "CREATE " + strings.ToUpper(p.advance().text)
	s := &Unsupported{What: what, IfNotExists: p.ifNotExists()}
	if !p.cur().is("on") {
		if p.cur().kind == tokString {
			p.at++
		} else {
			s.Name = p.name()
		}
	}
	p.rest()
	return s
}

// rest passes what is left of the statement.
func (p *parser) rest() {
	for p.cur().kind != tokEOF && !p.cur().is(";") {
		p.at++
	}
}

// describeStatement reads DESCRIBE in the forms of cqlsh, which Cassandra 4.0 moved into the server.
func (p *parser) describeStatement() Statement {
	p.at++
	s := &Describe{}
	plural := func(words ...string) bool {
		return p.ahead(len(words)).kind == tokEOF || p.ahead(len(words)).is(";") || p.ahead(len(words)).is("with")
	}
	switch {
	case plural("x") && p.accept("keyspaces"):
		s.What = "keyspaces"
	case plural("x") && p.accept("tables"):
		s.What = "tables"
	case plural("x") && p.accept("types"):
		s.What = "types"
	case plural("x") && p.accept("functions"):
		s.What = "functions"
	case plural("x") && p.accept("aggregates"):
		s.What = "aggregates"
	case plural("x") && p.accept("cluster"):
		s.What = "cluster"
	case plural("x") && p.accept("schema"):
		s.What = "schema"
	case p.acceptAll("full", "schema"):
		s.What = "full schema"
	case p.acceptAll("only", "keyspace"):
		s.What = "only keyspace"
		p.describeTarget(s)
	case p.accept("keyspace"):
		s.What = "keyspace"
		p.describeTarget(s)
	case p.accept("table"), p.accept("columnfamily"):
		s.What, s.Name = "table", p.name()
	case p.accept("type"):
		s.What, s.Name = "type", p.userType()
	case p.accept("index"):
		s.What, s.Name = "index", p.name()
	case p.acceptAll("materialized", "view"):
		s.What, s.Name = "view", p.name()
	case p.accept("function"):
		s.What, s.Name = "function", p.name()
	case p.accept("aggregate"):
		s.What, s.Name = "aggregate", p.name()
	default:
		s.What, s.Name = "any", p.name()
		if p.cur().kind != tokEOF && !p.cur().is(";") && !p.cur().is("with") {
			p.noViable()
		}
	}
	if p.accept("with") {
		p.keyword("internals")
		s.Internals = true
	}
	return s
}

// describeTarget reads an optional keyspace name.
func (p *parser) describeTarget(s *Describe) {
	if isIdent(p.cur()) {
		s.Name.Name = p.ident()
	}
}
