package cql

import (
	"fmt"
	"strings"

	"helenus/internal/cassandra"
)

// nestingMax bounds how deep expressions and types may nest.
const nestingMax = 64

// Parse reads one statement, with or without a closing semicolon. The error is a *cassandra.Error with code Syntax.
func Parse(text string) (Statement, error) {
	tokens, err := tokenize(text)
	if err != nil {
		return nil, err
	}
	p := &parser{text: text, tokens: tokens, closed: -1}
	s, err := p.run()
	if err != nil {
		return nil, err
	}
	s.setMarkers(p.markers)
	return s, nil
}

// parser is a recursive descent over tokens. A failed expectation panics with a syntaxError that run turns into an error;
// no other panic is caught.
type parser struct {
	text    string
	tokens  []token
	at      int
	depth   int
	markers []Marker
	// closed is the last token that leaves no choice open to look ahead for: a word of the language, or a name that stands alone.
	closed int
	// plain is true in statements on roles and permissions, whose grammar leaves Cassandra's parser no choices to look ahead for.
	plain bool
}

// syntaxError carries the error out of the descent.
type syntaxError struct{ err error }

func (p *parser) run() (s Statement, err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case syntaxError:
			s, err = nil, r.err
		default:
			panic(r)
		}
	}()
	s = p.statement()
	for p.accept(";") {
	}
	if p.cur().kind != tokEOF {
		p.mismatch("EOF")
	}
	return s, nil
}

func (p *parser) cur() token { return p.tokens[p.at] }

func (p *parser) ahead(n int) token { return p.tokens[min(p.at+n, len(p.tokens)-1)] }

func (p *parser) advance() token {
	t := p.tokens[p.at]
	if t.kind != tokEOF {
		p.at++
	}
	return t
}

// accept takes the next token when it is s.
func (p *parser) accept(s string) bool {
	if p.cur().is(s) {
		if p.cur().kind == tokIdent {
			p.closed = p.at
		}
		p.at++
		return true
	}
	return false
}

// close says that the token before leaves no choice open.
func (p *parser) close() { p.closed = p.at - 1 }

// acceptAll takes a sequence of words or nothing.
func (p *parser) acceptAll(words ...string) bool {
	for i, w := range words {
		if !p.ahead(i).is(w) {
			return false
		}
	}
	p.at += len(words)
	p.close()
	return true
}

// keyword wants a keyword, punct a punctuation mark.
func (p *parser) keyword(word string) {
	if !p.accept(word) {
		p.mismatch("K_" + strings.ToUpper(word))
	}
}

func (p *parser) punct(mark string) {
	if !p.accept(mark) {
		p.mismatch("'" + mark + "'")
	}
}

// mismatch fails at the current token. Where a name or a value is followed by another, Cassandra's parser has found no way to go on; it looks
// two tokens ahead from a name or a marker. MASKED and AS are neither.
func (p *parser) mismatch(expecting string) {
	if !p.plain && p.at > 0 && p.closed != p.at-1 && isOperand(p.tokens[p.at-1]) && isOperand(p.cur()) && !p.cur().is("masked") && !p.cur().is("as") {
		if before := p.tokens[p.at-1]; isIdent(before) || before.kind == tokQMark {
			p.noViableFrom(p.at - 1)
		}
		p.noViableFrom(p.at)
	}
	p.fail(fmt.Sprintf("mismatched input '%s' expecting %s", p.shown(), expecting), p.at)
}

func (p *parser) noViable() {
	if !p.plain && p.at > 0 && p.closed != p.at-1 && isIdent(p.tokens[p.at-1]) && p.cur().kind != tokEOF {
		p.noViableFrom(p.at - 1)
	}
	p.noViableFrom(p.at)
}

// noViableFrom fails at the current token; the choice that it does not allow began at token at.
func (p *parser) noViableFrom(at int) {
	p.fail(fmt.Sprintf("no viable alternative at input '%s'", p.shown()), at)
}

// isOperand says whether a token is a name or a value.
func isOperand(t token) bool {
	switch t.kind {
	case tokEOF, tokPunct:
		return false
	case tokIdent:
		return !reserved[strings.ToLower(t.text)] || t.is("true") || t.is("false")
	}
	return true
}

// noViableSince is noViable for a choice that was open since the token at begin, which is shown with the one that follows it.
func (p *parser) noViableSince(begin int) {
	what, line, column := p.shown(), 0, -1
	if t := p.cur(); t.kind != tokEOF {
		line, column = position(p.text, t.start)
	}
	p.at = begin
	before, _, _ := strings.Cut(p.snippet(p.at), "]")
	after := ""
	if p.ahead(2).kind != tokEOF {
		after = "..."
	}
	p.refuse("line %d:%d no viable alternative at input '%s'%s]%s%s)", line, column, what, before, p.text[p.cur().end:p.ahead(1).end], after)
}

// noViableSinceWord is noViableSince for a statement's first word, of which nothing is shown where the statement ends.
func (p *parser) noViableSinceWord(begin int) {
	if p.cur().kind == tokEOF {
		p.noViable()
	}
	p.noViableSince(begin)
}

func (p *parser) shown() string {
	if p.cur().kind == tokEOF {
		return "<EOF>"
	}
	if p.cur().kind == tokHex {
		return "0x" + p.cur().text
	}
	return p.cur().text
}

// fail fails at the current token; the text shows the token at in its surroundings.
func (p *parser) fail(what string, at int) {
	t := p.cur()
	if t.kind == tokEOF {
		panic(syntaxError{cassandra.Syntaxf("line 0:-1 %s", what)})
	}
	line, column := position(p.text, t.start)
	panic(syntaxError{cassandra.Syntaxf("line %d:%d %s%s", line, column, what, p.snippet(at))})
}

// refuse fails with a message of its own, not tied to a token.
func (p *parser) refuse(format string, args ...any) {
	panic(syntaxError{cassandra.Syntaxf(format, args...)})
}

// snippet shows a token in its surroundings: the ten tokens before it, white space counted as Cassandra does, and what follows up to the
// current one.
func (p *parser) snippet(at int) string {
	t := p.tokens[at]
	from, pieces := t.start, 0
	for i := at - 1; i >= 0 && pieces < 10; i-- {
		if p.tokens[i].end < from {
			from = p.tokens[i].end
			if pieces++; pieces == 10 {
				break
			}
		}
		from = p.tokens[i].start
		pieces++
	}
	if pieces < 10 && from == p.tokens[0].start {
		from = 0 // white space at the beginning is a token, too
	}
	before := p.text[from:t.start]
	if from > 0 {
		before = "..." + before
	}
	end := t.end
	if t.kind == tokString || t.kind == tokQuoted {
		end = min(t.start+len(t.text), t.end) // the width of the value, as ANTLR's token text
	}
	last := min(max(at, p.at), len(p.tokens)-1)
	after := p.text[end:p.tokens[last].end]
	if at == p.at {
		after = p.text[end:t.end]
	}
	if last+1 < len(p.tokens) && p.tokens[last+1].kind != tokEOF {
		if at == p.at {
			after = ""
		}
		after += "..."
	} else if at == p.at && end < t.end {
		after = "..."
	}
	return fmt.Sprintf(" (%s[%s]%s)", before, p.text[t.start:end], after)
}

// enter counts nesting; leave it with defer p.leave().
func (p *parser) enter() {
	if p.depth++; p.depth > nestingMax {
		p.refuse("Failed parsing statement: nested deeper than %d levels", nestingMax)
	}
}

func (p *parser) leave() { p.depth-- }

// marker takes ? or :name when one is next.
func (p *parser) marker() (*Bind, bool) {
	m := Marker{Index: len(p.markers)}
	switch {
	case p.cur().kind == tokQMark:
		p.at++
	case p.cur().is(":"):
		p.at++
		m.Name = p.ident()
	default:
		return nil, false
	}
	p.markers = append(p.markers, m)
	return &Bind{m}, true
}

// ident wants a name: an unreserved word, folded to lower case, or a quoted one.
func (p *parser) ident() string {
	t := p.cur()
	switch {
	case t.kind == tokQuoted:
		p.at++
		return t.text
	case t.kind == tokIdent:
		name := strings.ToLower(t.text)
		if !reserved[name] {
			p.at++
			return name
		}
	}
	p.noViable()
	return ""
}

// isIdent says whether t can be a name.
func isIdent(t token) bool {
	return t.kind == tokQuoted || t.kind == tokIdent && !reserved[strings.ToLower(t.text)]
}

// name reads [keyspace.]name.
func (p *parser) name() Name {
	if p.cur().kind == tokQMark {
		p.refuse("Bind variables cannot be used for table names")
	}
	n := Name{Name: p.ident()}
	if p.accept(".") {
		n.Keyspace, n.Name = n.Name, p.ident()
	}
	return n
}

// noTypes are words that are names of much, but not of types.
var noTypes = words("cast count distinct json maxwritetime ttl writetime")

// userType is name where a user type is named.
func (p *parser) userType() Name {
	isType := func(t token) bool { return t.kind != tokIdent || !noTypes[strings.ToLower(t.text)] }
	first := p.cur()
	if p.ahead(1).is(".") && !isType(p.ahead(2)) {
		p.at += 2
		p.noViableFrom(p.at)
	}
	n := p.name()
	if n.Keyspace == "" && !isType(first) {
		p.plain = true
		p.mismatch("'.'")
	}
	return n
}

// tableName is name where no list may follow.
func (p *parser) tableName() Name {
	n := p.name()
	if p.cur().is(",") {
		p.noViableFrom(p.at - 1)
	}
	return n
}

func (p *parser) ifExists() bool {
	if !p.accept("if") {
		return false
	}
	p.keyword("exists")
	return true
}

func (p *parser) ifNotExists() bool {
	if !p.accept("if") {
		return false
	}
	p.keyword("not")
	p.keyword("exists")
	return true
}

// statement dispatches on the first words.
func (p *parser) statement() Statement {
	first := strings.ToLower(p.cur().text)
	if p.cur().kind != tokIdent {
		p.noViable()
	}
	parse, ok := statements[first]
	if !ok {
		p.noViable()
	}
	return parse(p)
}

// statements is the one table of what may begin a statement. It is filled in init because the parsers refer to it.
var statements map[string]func(*parser) Statement

func init() {
	statements = map[string]func(*parser) Statement{
		"select":   (*parser).selectStatement,
		"insert":   (*parser).insertStatement,
		"update":   (*parser).updateStatement,
		"delete":   (*parser).deleteStatement,
		"begin":    (*parser).batchStatement,
		"use":      (*parser).useStatement,
		"truncate": (*parser).truncateStatement,
		"describe": (*parser).describeStatement,
		"desc":     (*parser).describeStatement,
		"create":   (*parser).createStatement,
		"alter":    (*parser).alterStatement,
		"drop":     (*parser).dropStatement,
		"grant":    (*parser).grantStatement,
		"revoke":   (*parser).grantStatement,
		"list":     (*parser).listStatement,
		"add":      (*parser).addStatement,
	}
}

// reserved words are no names unless quoted.
// Source: Cassandra 5.0, reserved_keywords.txt, less the words that its grammar takes as names all the same; true and false are constants of
// its lexer.
var reserved = words(`add allow alter and apply asc authorize batch begin by columnfamily create delete desc describe
	drop entries execute from full grant if in index infinity insert into is keyspace limit materialized modify
	nan norecursive not null of on or order primary rename revoke schema select set table to token truncate unlogged
	update use using view where with true false`)

func words(list string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(list) {
		m[w] = true
	}
	return m
}
