package awk

import (
	"fmt"
	"slices"
)

// parser reads tokens; its errors travel by panic to Parse.
type parser struct {
	tokens  []token
	at      int
	params  []string // of the function at hand
	noRight bool     // inside print without parentheses: > redirects
}

type syntaxError struct{ error }

// Parse reads a program.
func Parse(text string) (program *Program, err error) {
	tokens, err := lex(text)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens}
	defer func() {
		if caught := recover(); caught != nil {
			fault, ok := caught.(syntaxError)
			if !ok {
				panic(caught)
			}
			err = fault.error
		}
	}()
	program = &Program{functions: map[string]*function{}}
	for p.separators(); p.peek().kind != tokenEnd; p.separators() {
		p.item(program)
	}
	return program, nil
}

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) take() token {
	t := p.tokens[p.at]
	if t.kind != tokenEnd {
		p.at++
	}
	return t
}

// is says whether the next token is one of the words.
func (p *parser) is(words ...string) bool {
	t := p.peek()
	return t.kind == tokenWord && slices.Contains(words, t.text)
}

// accept takes a word if it is next.
func (p *parser) accept(word string) bool {
	if p.is(word) {
		p.at++
		return true
	}
	return false
}

func (p *parser) expect(word string) {
	if !p.accept(word) {
		p.fail(word + " expected")
	}
}

func (p *parser) fail(reason string) {
	t := p.peek()
	panic(syntaxError{fmt.Errorf("line %d: %s at %q", t.line, reason, t.text)})
}

func (p *parser) newlines() {
	for p.peek().kind == tokenNewline {
		p.at++
	}
}

func (p *parser) separators() {
	for p.peek().kind == tokenNewline || p.is(";") {
		p.at++
	}
}

// item reads a rule or a function.
func (p *parser) item(program *Program) {
	switch {
	case p.accept("BEGIN"):
		program.begin = append(program.begin, p.action())
	case p.accept("END"):
		program.end = append(program.end, p.action())
	case p.is("function", "func"):
		p.at++
		f := p.function()
		program.functions[f.name] = f
	default:
		r := &rule{}
		if !p.is("{") {
			r.from = p.expression()
			if p.accept(",") {
				p.newlines()
				r.to = p.expression()
			}
		}
		if p.is("{") {
			r.action = p.action()
		} else {
			r.action = block{&printS{}}
		}
		program.rules = append(program.rules, r)
	}
}

func (p *parser) function() *function {
	t := p.take()
	if t.kind != tokenName && t.kind != tokenFunction {
		p.fail("a function's name expected")
	}
	f := &function{name: t.text}
	p.expect("(")
	for !p.accept(")") {
		f.params = append(f.params, p.take().text)
		p.accept(",")
		p.newlines()
	}
	p.newlines()
	p.params = f.params
	f.body = p.action()
	p.params = nil
	return f
}

func (p *parser) action() block {
	p.expect("{")
	var all block
	for p.separators(); !p.accept("}"); p.separators() {
		if p.peek().kind == tokenEnd {
			p.fail("} expected")
		}
		all = append(all, p.statement())
	}
	return all
}

// statement reads one with its end.
func (p *parser) statement() stmt {
	switch {
	case p.is("{"):
		return p.action()
	case p.accept("if"):
		return p.ifStatement()
	case p.accept("while"):
		p.expect("(")
		test := p.expression()
		p.expect(")")
		if p.accept(";") {
			return &whileS{test: test, body: block{}}
		}
		return &whileS{test: test, body: p.body()}
	case p.accept("do"):
		body := p.body()
		p.separators()
		p.expect("while")
		p.expect("(")
		test := p.expression()
		p.expect(")")
		p.end()
		return &whileS{test: test, body: body, post: true}
	case p.accept("for"):
		return p.forStatement()
	case p.accept(";"):
		return block{}
	}
	s := p.simple()
	p.end()
	return s
}

// end takes what ends a simple statement.
func (p *parser) end() {
	if p.peek().kind == tokenNewline || p.is(";") {
		p.at++
	} else if !p.is("}") {
		p.fail("end of the statement expected")
	}
}

func (p *parser) body() stmt {
	p.newlines()
	return p.statement()
}

func (p *parser) ifStatement() stmt {
	p.expect("(")
	s := &ifS{test: p.expression()}
	p.expect(")")
	s.yes = p.body()
	before := p.at
	p.separators()
	if p.accept("else") {
		s.no = p.body()
	} else {
		p.at = before
	}
	return s
}

func (p *parser) forStatement() stmt {
	p.expect("(")
	if p.peek().kind == tokenName && p.tokens[p.at+1].text == "in" && p.tokens[p.at+2].kind == tokenName && p.tokens[p.at+3].text == ")" {
		s := &forInS{name: p.variable(p.take().text)}
		p.at++
		s.array = p.variable(p.take().text)
		p.at++
		s.body = p.body()
		return s
	}
	s := &forS{}
	if !p.is(";") {
		s.init = p.simple()
	}
	p.expect(";")
	p.newlines()
	if !p.is(";") {
		s.test = p.expression()
	}
	p.expect(";")
	p.newlines()
	if !p.is(")") {
		s.step = p.simple()
	}
	p.expect(")")
	if p.accept(";") {
		s.body = block{}
	} else {
		s.body = p.body()
	}
	return s
}

// simple reads a statement that needs no block.
func (p *parser) simple() stmt {
	switch t := p.peek(); {
	case p.is("print", "printf"):
		return p.print()
	case p.is("break", "continue", "next", "nextfile"):
		p.at++
		return &jumpS{word: t.text}
	case p.is("exit", "return"):
		p.at++
		s := &jumpS{word: t.text}
		if p.peek().kind != tokenNewline && !p.is(";", "}") {
			s.value = p.expression()
		}
		return s
	case p.accept("delete"):
		s := &deleteS{array: p.variable(p.take().text)}
		if p.accept("[") {
			s.index = p.list("]")
		}
		return s
	}
	return &expressionS{p.expression()}
}

// print reads print and printf with their redirection.
func (p *parser) print() stmt {
	s := &printS{format: p.take().text == "printf"}
	p.noRight = true
	if p.peek().kind != tokenNewline && !p.is(";", "}", ">", ">>", "|") {
		s.args = append(s.args, p.expression())
		for p.accept(",") {
			p.newlines()
			s.args = append(s.args, p.expression())
		}
	}
	p.noRight = false
	// print (a, b) > "file": the parentheses held the list
	if len(s.args) == 1 {
		if list, ok := s.args[0].(*exprList); ok {
			s.args = list.all
		}
	}
	if p.is(">", ">>", "|") {
		s.mode = p.take().text
		s.to = p.concatenation()
	}
	return s
}

// list reads expressions up to a closing word.
func (p *parser) list(end string) []expr {
	var all []expr
	noRight := p.noRight
	p.noRight = false
	for p.newlines(); !p.accept(end); p.newlines() {
		all = append(all, p.expression())
		p.newlines()
		if !p.accept(",") && !p.is(end) {
			p.fail(end + " expected")
		}
	}
	p.noRight = noRight
	return all
}

func (p *parser) variable(name string) *variable {
	return &variable{name, slices.Index(p.params, name)}
}
